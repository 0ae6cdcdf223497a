/**
 * The first minute of a newcomer: bully fails as it must, Raft passes under the same faults, and everything a
 * reader needs lies in the run folder.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VerdictFile } from '../../harness/store/files.ts';
import { type CliResult, markedProcesses, Workplace } from './cli.ts';

const place = new Workplace();
afterAll(() => place.remove());

describe('faultline demo', () => {
  let result: CliResult;
  let verdict: VerdictFile;

  beforeAll(async () => {
    result = await place.run('demo', '--seed', '7', '--json');
    verdict = JSON.parse(result.stdout) as VerdictFile;
  });

  it('finds the split brain, as expected, and exits 0', () => {
    expect(result.code, result.stderr).toBe(0);
    expect(verdict.verdict).toBe('fail');
    expect(verdict.expected).toBe('fail');
    expect(result.stderr).toContain('bully is expected to fail: it has no quorum');
  });

  it('says so in one sentence: two leaders, the times, the partition', () => {
    expect(verdict.sentence).toMatch(
      /n\d and n\d both led from [\d.]+ s to [\d.]+ s while partition .+ \| .+ was in force/,
    );
  });

  it('carries a proved witness whose operations exist', () => {
    const anomaly = verdict.checkers['election-safety']!.anomalies[0]!;
    expect(anomaly.certainty).toBe('proved');
    const lines = place.read('.faultline/latest/history.jsonl').trimEnd().split('\n');
    expect(anomaly.ops.length).toBeGreaterThanOrEqual(4);
    for (const index of anomaly.ops) expect(JSON.parse(lines[index]!).index).toBe(index);
  });

  it('shows that every partition bit, and was undone', () => {
    expect(verdict.faults.length).toBeGreaterThan(0);
    for (const fault of verdict.faults) {
      expect(fault).toMatchObject({ fault: 'partition', state: 'installed', bit: true });
      expect(fault.undo?.state).toBe('installed');
    }
  });

  it('writes one self-contained report below 1 MB, and prints its path', () => {
    const path = /^report +(\S+report\.html)/m.exec(result.stderr)?.[1];
    expect(path, result.stderr).toBeDefined();
    expect(statSync(path!).size).toBeLessThan(1_000_000);
    expect(readFileSync(path!, 'utf8')).not.toMatch(/(src|href)="https?:/);
    const folder = dirname(path!);
    for (const name of [
      'plan.json',
      'run.json',
      'verdict.json',
      'history.jsonl',
      'ledger.jsonl',
      'junit.xml',
    ]) {
      expect(existsSync(join(folder, name)), name).toBe(true);
    }
  });

  it('prints the command that runs it again', () => {
    expect(result.stderr).toMatch(/^again +faultline demo --seed 7$/m);
    expect(verdict.repro).toContain('--seed 7');
  });

  it('leaves no process behind', () => {
    expect(markedProcesses(place.path)).toEqual([]);
  });

  it('passes Raft under the same faults', async () => {
    const raft = await place.run('demo', 'raft', '--seed', '7', '--json');
    expect(raft.code, raft.stderr).toBe(0);
    const answer = JSON.parse(raft.stdout) as VerdictFile;
    expect(answer.verdict).toBe('pass');
    const plan = (name: string): unknown[] =>
      JSON.parse(place.read('.faultline', name, 'latest', 'plan.json')).faults;
    expect(plan('demo-raft')).toEqual(plan('demo-bully'));
  });

  it.each([
    ['merge', 'pass'],
    ['lww', 'fail'],
  ])('knows what becomes of carts that dynamo resolves by %s', async (how, verdict) => {
    const run = await place.run(
      'demo',
      'dynamo',
      '--resolve',
      how,
      '--backend',
      'sim',
      '--seed',
      '5',
      '--json',
    );
    expect(run.code, run.stderr).toBe(0);
    expect((JSON.parse(run.stdout) as VerdictFile).verdict).toBe(verdict);
  });
});

describe('a bug that hardly any plan shows', () => {
  it('is searched for, and the run in which it shows is carried out and reported', async () => {
    const own = new Workplace();
    const words = ['--bug', 'install-snapshot-keeps-conflicting-log'];
    const { code, stderr, stdout } = await own.run('demo', 'raft', ...words);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/search {5}set-full\/lost-element after \d+ runs, seed \d+/);
    expect(stdout).toMatch(/^✖ set-full: lost-element/);
    expect(stderr).toContain('demo       as expected: raft with install-snapshot-keeps-conflicting-log');
    expect(existsSync(/^report +(\S+)/m.exec(stderr)![1]!)).toBe(true);
    const judged = await own.run(
      'run',
      '.faultline/explore/raft-install-snapshot-keeps-conflicting-log.json',
    );
    expect(judged.stderr).toContain('fails as recorded');
    own.remove();
  });
});
