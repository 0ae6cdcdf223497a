/**
 * Replays of every kind of run from the command line, what they say and how they end: on sockets, with clients that
 * do something about timeouts, on virtual time, of a case; and of what somebody has damaged.
 */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRegression } from '../../search/regression.ts';
import { type CliResult, Workplace } from './cli.ts';

const place = new Workplace();
afterAll(() => place.remove());

const SHORT = ['--time-limit', '2s', '--rate', '40', '--seed', '5'];

describe('replay on real processes', () => {
  it('says of a run on tcp how far it went the same way, and ends as the new run does', async () => {
    const run = await place.run(
      'run',
      'quorum',
      '--backend',
      'tcp',
      '--nodes',
      '3',
      ...SHORT,
      '--out',
      'tcp',
    );
    expect(run.code, run.stderr).toBe(0);
    const again = await place.run('replay', 'tcp');
    expect(again.code, again.stderr).toBe(0);
    expect(again.stderr).toMatch(/replay {5}.*operations/);
    expect(again.stderr).toContain('same verdict as before: pass');
    expect(again.stderr).not.toContain('byte for byte');
    expect(JSON.parse(place.read('tcp/run.json')).backend).toBe('tcp');
  });

  it('keeps what clients do about timeouts', async () => {
    const client = ['--client', 'retry', '--client', 'timeout:ms=300'];
    const run = await place.run('run', 'quorum', '--nodes', '3', ...SHORT, ...client, '--out', 'client');
    expect(run.code, run.stderr).toBe(0);
    const again = await place.run('replay', 'client', '--out', 'client-again');
    expect(again.code, again.stderr).toBe(0);
    expect(again.stderr).toContain('same verdict as before: pass');
    const config = (folder: string): unknown => JSON.parse(place.read(`${folder}/plan.json`)).config.client;
    expect(config('client-again')).toEqual(config('client'));
    expect(JSON.stringify(config('client'))).toContain('retry');
  });
});

describe('replay of a damaged plan', () => {
  beforeAll(async () => {
    await place.run('run', 'quorum', '--backend', 'sim', ...SHORT, '--out', 'whole');
  });

  async function damaged(change: (plan: string) => string): Promise<CliResult> {
    cpSync(place.file('whole'), place.file('damaged'), { recursive: true });
    const path = place.file('damaged', 'plan.json');
    writeFileSync(path, change(readFileSync(place.file('whole', 'plan.json'), 'utf8')));
    return place.run('replay', 'damaged');
  }

  it.each<[string, (plan: string) => string, RegExp]>([
    ['that is cut off', (plan) => plan.slice(0, 200), /plan\.json/],
    [
      'whose nodes are no list',
      (plan) => plan.replace(/"nodes": \[.*\]/, '"nodes": 3'),
      /nodes must be an array, not 3/,
    ],
    ['without a time limit', (plan) => plan.replace(/ {2}"timeLimitMs": .*\n/, ''), /timeLimitMs/],
    ['without a system', (plan) => plan.replace('"system":"quorum"', '"system":null'), /no configuration/],
    ['of another system', (plan) => plan.replace('"system":"quorum"', '"system":"quorun"'), /quorum/],
  ])('%s is refused with its file, and without a stack', async (_, change, said) => {
    const { code, stderr } = await damaged(change);
    expect(code, stderr).toBe(64);
    expect(stderr).toMatch(said);
    expect(stderr).toMatch(/^faultline: /m);
    expect(stderr).not.toMatch(/\n {4}at /);
  });
});

describe('replay on virtual time', () => {
  const stale = ['--workload', 'register', '--bug', 'stale-read', '--nemesis', 'partition:isolate-leader'];

  it('is byte for byte, wherever the run is stored, and as far as asked', async () => {
    const run = await place.run(
      ...['run', 'raft', '--backend', 'stdio', '--virtual-time', '--nodes', '3', '--seed', '7'],
      ...['--time-limit', '6s', '--rate', '50', ...stale, '--out', 'virtual'],
    );
    expect(run.code, run.stderr).toBe(1);
    const out = ['--out', 'a-folder-with-a-much-longer-name-than-the-first'];
    const again = await place.run('replay', 'virtual', ...out);
    expect(again.code, again.stderr).toBe(1);
    expect(again.stderr).toMatch(
      /history hash [0-9a-f]{16}: the same \d+ operations as before, byte for byte/,
    );
    expect(again.stderr).toMatch(/message hash [0-9a-f]{16}: the same messages, byte for byte/);
    const part = await place.run('replay', 'virtual', '--until', '3s', '--print-events');
    expect(part.stderr).toMatch(/the same until 3s: \d+ operations, byte for byte/);
    expect(part.stdout).toMatch(/ms {2}n\d sends append to n\d/);
  });

  it('is how a run on virtual time is reduced', async () => {
    const { code, stdout, stderr } = await place.run('shrink', 'virtual', '--budget', '5s');
    expect(code, stderr).toBe(1);
    expect(stdout).toMatch(/^regression regressions\/raft-stale-read\.json/m);
    expect(readRegression(place.file('regressions', 'raft-stale-read.json')).cluster).toMatchObject({
      backend: 'stdio',
      virtualTime: true,
    });
    const again = await place.run('run', 'regressions/raft-stale-read.json');
    expect(again.code, again.stderr).toBe(1);
    const folder = /^report {5}(.*)\/report\.html$/m.exec(again.stderr)![1]!;
    const meta = JSON.parse(readFileSync(`${folder}/run.json`, 'utf8'));
    expect(meta.environment.clockMechanism).toBe('virtual time');
    // A run that carries a case of real nodes: tried once more.
    const replayed = await place.run('replay', folder);
    expect(replayed.code, replayed.stderr).toBe(1);
    expect(replayed.stderr).toMatch(/history hash [0-9a-f]{16}: the same \d+ operations/);
  });
});
