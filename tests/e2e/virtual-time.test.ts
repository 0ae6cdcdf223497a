/**
 * Processes of other languages on virtual time from the command line: the same run every time, faults and all, and a
 * replay that proves it; what cannot be run so is refused with the reason.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { compareHistories } from '../../cli/replayed.ts';
import { sleep } from '../../harness/time.ts';
import { markedProcesses, Workplace } from './cli.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));
const PYTHON = join(EXAMPLES, 'maelstrom-python/faultline.yaml');

const place = new Workplace();
afterAll(() => place.remove());

describe('--virtual-time', () => {
  it('does the same with the same seed and another thing with another', async () => {
    for (const [out, seed] of [
      ['one', '7'],
      ['two', '7'],
      ['three', '8'],
    ] as const) {
      const faults = ['--nemesis', 'partition,kill,pause,clock,loss,duplicate'];
      const { code, stderr } = await place.run(
        ...['run', PYTHON, '--virtual-time', '--seed', seed, '--time-limit', '20s', '--out', out, ...faults],
        // The example keeps its set in memory.
        ...['--workload', 'echo'],
      );
      expect(code, stderr).toBe(0);
      expect(stderr).not.toContain('may differ');
    }
    const [one, two, three] = ['one', 'two', 'three'].map((run) => place.read(`${run}/history.jsonl`));
    expect(one === two).toBe(true);
    expect(one === three).toBe(false);
    expect(place.read('one/messages.jsonl') === place.read('two/messages.jsonl')).toBe(true);
    const files = ['one', 'two'].map((run) => place.file(run, 'history.jsonl'));
    expect(compareHistories(files[0]!, files[1]!)).toMatchObject({ differ: null });
    const { environment, durationMs } = JSON.parse(place.read('one/run.json'));
    expect(environment.clockMechanism).toBe('virtual time');
    expect(durationMs).toBeLessThan(60_000);
  });

  it('replays byte for byte', async () => {
    const { stderr } = await place.run('replay', 'one');
    expect(stderr).toMatch(/history hash [0-9a-f]{16}: the same \d+ operations as before, byte for byte/);
    expect(stderr).toMatch(/message hash [0-9a-f]{16}: the same messages, byte for byte/);
  });

  it('runs a reference system as node processes, and Maelstrom programs by their flags', async () => {
    const raft = await place.run(
      ...['run', 'raft', '--backend', 'stdio', '--virtual-time', '--nodes', '3', '--seed', '7'],
      ...['--nemesis', 'kill', '--time-limit', '10s', '--rate', '50'],
    );
    expect(raft.code, raft.stderr).toBe(0);
    expect(raft.stderr).not.toContain('may differ');
    const kv = await place.run(
      ...['maelstrom', '-w', 'lin-kv', '--bin', join(EXAMPLES, 'maelstrom/kv.py'), '--node-count', '2'],
      ...[
        '--time-limit',
        '5',
        '--rate',
        '50',
        '--concurrency',
        '2n',
        '--virtual-time',
        '--seed',
        '7',
        'cached',
      ],
    );
    expect(kv.code, kv.stderr).toBe(1);
  });

  it('leaves nothing behind when the harness is killed', async () => {
    const running = place.start('run', PYTHON, '--virtual-time', '--time-limit', '2000s', '--out', 'killed');
    await running.says('load started');
    expect(markedProcesses(place.file('killed')).length).toBeGreaterThan(3);
    running.child.kill('SIGKILL');
    await running.done;
    for (let i = 0; i < 100 && markedProcesses(place.file('killed')).length > 0; i++) await sleep(50);
    expect(markedProcesses(place.file('killed'))).toEqual([]);
  });

  it('refuses what it cannot do', async () => {
    const tcp = await place.run('run', 'raft', '--virtual-time', '--backend', 'tcp');
    expect(tcp.code).toBe(64);
    expect(tcp.stderr).toContain('--virtual-time is of backend stdio, not of tcp');
    const live = await place.run('run', 'raft', '--virtual-time', '--live-check');
    expect(live.code).toBe(64);
    const http = await place.run(
      'run',
      join(EXAMPLES, 'python-primary-backup/faultline.yaml'),
      '--virtual-time',
    );
    expect(http.code).toBe(64);
    expect(http.stderr).toMatch(/does not run on backend stdio|do not speak the Maelstrom protocol/);
  });
});
