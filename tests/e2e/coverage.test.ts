/**
 * What faultline shows of distributed systems, one command each, as a user types it: the faults of this table run,
 * bite, and end as the system's promise says. Simulated, so that each takes a moment and is the same every time.
 */
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { VerdictFile } from '../../harness/store/files.ts';
import { FALLACIES } from '../../nemesis/catalogue.ts';
import { Workplace } from './cli.ts';

const place = new Workplace();
afterAll(() => place.remove());

/** Words, the exit code, and what must be said somewhere. */
type Row = [words: string, code: number, ...says: RegExp[]];

const SIM = '--backend sim --time-limit 10s --seed 3';

const ROWS: Row[] = [
  [`run pbft --nodes 4 --nemesis byzantine ${SIM} --rate 200`, 0, /PASS/],
  [`run pbft --nodes 3 --nemesis byzantine@n1 ${SIM} --rate 300 --concurrency 4n`, 1, /decide/],
  [`run oral-messages --nodes 4 --nemesis byzantine ${SIM} --rate 100`, 0, /PASS/],
  [`run oral-messages --nodes 3 --nemesis byzantine ${SIM} --rate 100`, 1, /correct/i],
  ['demo pbft --nodes 3 --backend sim --seed 3', 0, /expected to fail/],
  [`run raft --nemesis tamper,replay --workload register ${SIM} --rate 100`, 1],
  [`run raft --nemesis replay --workload register ${SIM} --rate 100`, 0, /PASS/],
  [`run quorum --nemesis forge ${SIM} --rate 100`, 1, /nobody ever put in/],
  [`run pbft --nodes 4 --nemesis forge ${SIM} --rate 200`, 0, /PASS/],
  [`run raft --nemesis eavesdrop --workload register ${SIM} --rate 100`, 0, /PASS/],
  [`run raft --workload register --net-profile wan-5 ${SIM} --rate 30`, 0, /n1>n2 3\d\.\d+ ms/],
  [`run queue --workload requests --nemesis drop-reply --client retry ${SIM} --rate 100`, 1, /two effects/],
  [
    `run queue --workload requests --nemesis drop-reply --client retry,idempotency-key ${SIM} --rate 100`,
    0,
    /PASS/,
  ],
  [`run raft --workload register --nemesis rolling ${SIM} --rate 100`, 0, /restarted one by one as/],
  [`run raft --workload register --nemesis partition:switch,clock:ntp ${SIM} --rate 100`, 0, /PASS/],
];

describe('the table', () => {
  it.each(ROWS)('faultline %s', async (words, code, ...says) => {
    const result = await place.run(...words.split(' '));
    expect(result.code, result.stderr).toBe(code);
    for (const pattern of says) expect(result.stderr).toMatch(pattern);
  });
});

describe('the eight fallacies, by the commands of docs/faults.md', () => {
  it.each(Object.values(FALLACIES))('$claim: faultline $shown', async ({ shown, ends }) => {
    const words = shown.startsWith('run ')
      ? `${shown} ${SIM} --rate 100`
      : `${shown.replace(',7,9', '')} --times 1`;
    const result = await place.run(...words.split(' '));
    expect(result.code, result.stderr).toBe(ends === 'fails' ? 1 : 0);
    // Of two sizes no growth is claimed; four, as a user types it, take a minute.
    if (ends === 'prints a table')
      expect(result.stdout).toMatch(/messages grow as n to the power of [12]\.\d/);
    else
      for (const fault of faultsOf(shown)) expect(result.stderr).toMatch(new RegExp(`fault-${fault} +\\S`));
  });

  function faultsOf(command: string): string[] {
    const [, list] = /--nemesis (\S+)/.exec(command)!;
    return list!.split(',').map((fault) => fault.split(':')[0]!);
  }
});

describe('which backend it was, and why', () => {
  it.each([
    ['--backend sim', 'sim: it was asked for'],
    ['--backend tcp', 'tcp: it was asked for'],
    ['', 'stdio: raft runs on stdio, tcp, netns, ssh, sim, in this order'],
  ])('is in the report of a run with %j', async (words, told) => {
    const options = ['--nemesis', 'none', '--time-limit', '1s', '--rate', '50', '--allow', 'vacuous'];
    const out = ['--out', `backend${words.replace(/\W+/g, '-')}`];
    const chosen = words.split(' ').filter(Boolean);
    const result = await place.run('run', 'raft', '--workload', 'register', ...chosen, ...options, ...out);
    expect(result.code, result.stderr).toBe(0);
    expect(place.read(`${out[1]}/report.html`)).toContain(told);
  });
});

const MIXED = fileURLToPath(new URL('../../examples/mixed-cluster/faultline.yaml', import.meta.url));

describe('a mixed cluster', () => {
  it('runs two implementations side by side, and says which node runs what in the plan', async () => {
    const result = await place.run('run', MIXED, '--time-limit', '4s', '--seed', '3', '--out', 'mixed');
    expect(result.code, result.stderr).toBe(0);
    const plan = JSON.parse(place.read('mixed/plan.json')) as { config: { mixed: unknown } };
    expect(plan.config.mixed).toEqual({ n1: 'javascript', n2: 'javascript' });
  });
});

describe('the causes of a timeout', () => {
  it.each(['drop-request', 'drop-reply', 'kill', 'slow'])('%s leaves operations unknown', async (fault) => {
    const words = `run raft --workload register --nemesis ${fault} ${SIM} --rate 400 --op-timeout 800ms --json`;
    const { code, stdout, stderr } = await place.run(...words.split(' '), '--out', fault);
    expect(code, stderr).toBe(0);
    const verdict = JSON.parse(stdout) as VerdictFile;
    expect(verdict.faults.some((each) => each.bit === true)).toBe(true);
    const ops = place
      .read(`${fault}/history.jsonl`)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { process: unknown; type: string; error?: { kind: string } });
    const unknown = ops.filter(({ process, type }) => typeof process === 'number' && type === 'info');
    expect(unknown.length).toBeGreaterThan(0);
    for (const op of ops.filter(({ process, type }) => typeof process === 'number' && type === 'fail'))
      expect(op.error?.kind).not.toBe('timeout');
  });
});
