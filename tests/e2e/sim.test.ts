/**
 * The sim backend from the command line: a run is the same run every time, and a replay proves it.
 */
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compareHistories } from '../../cli/replayed.ts';
import { Workplace } from './cli.ts';

const place = new Workplace();
afterAll(() => place.remove());

describe('--backend sim', () => {
  it('does the same with the same seed, faults and all', async () => {
    const words = ['run', 'raft', '--backend', 'sim', '--nemesis', 'partition,kill,pause,clock,loss,latency'];
    for (const out of ['one', 'two']) {
      const more = ['--time-limit', '20s', '--rate', '50', '--seed', '7', '--out', out];
      const { code, stderr } = await place.run(...words, ...more);
      expect(code, stderr).toBe(0);
    }
    const files = ['one', 'two'].map((run) => join(place.path, run, 'history.jsonl'));
    expect(compareHistories(files[0]!, files[1]!)).toMatchObject({ differ: null });
    const journals = ['one', 'two'].map((run) => place.read(`${run}/messages.jsonl`));
    expect(journals[0] === journals[1]).toBe(true);
  });

  it('refuses to judge while it goes', async () => {
    const { code, stderr } = await place.run('run', 'raft', '--backend', 'sim', '--live-check');
    expect(code).toBe(64);
    expect(stderr).toContain('a simulated run is over before it can be judged while it goes');
  });

  it('demonstrates, replays byte for byte, and up to a time', async () => {
    const demo = await place.run('demo', 'bully', '--backend', 'sim', '--seed', '7', '--out', 'bully');
    expect(demo.code, demo.stderr).toBe(0);
    expect(demo.stderr).toContain('same seed, same run');
    const again = await place.run('replay', 'bully');
    expect(again.stderr).toMatch(
      /history hash [0-9a-f]{16}: the same \d+ operations as before, byte for byte/,
    );
    expect(again.stderr).toMatch(/message hash [0-9a-f]{16}: the same messages, byte for byte/);
    const part = await place.run('replay', 'bully', '--until', '3s', '--print-events');
    expect(part.stderr).toMatch(/the same until 3s: \d+ operations, byte for byte/);
    expect(part.stdout).toMatch(/ms {2}n\d receives heartbeat from n5/);
  });
});
