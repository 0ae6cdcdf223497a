/**
 * Ctrl-C and kill -9 of the harness in the middle of faults: nothing is lost, nothing is left.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { readJsonl } from '../../harness/history/jsonl.ts';
import type { VerdictFile } from '../../harness/store/files.ts';
import { notLinux, skipping } from '../kits/skipping.ts';
import { markedProcesses, Workplace } from './cli.ts';

const elsewhere = skipping('runs that are interrupted', notLinux);

const place = new Workplace();
afterAll(() => place.remove());

const words = [
  'run',
  'raft',
  '--workload',
  'register',
  '--nemesis',
  'pause,partition',
  '--time-limit',
  '60s',
  '--interval',
  '1s',
  '--duration',
  '30s',
  '--seed',
  '3',
];

describe('an interrupted run', () => {
  it('heals, judges what there is and exits 130 on Ctrl-C', async () => {
    const run = place.start(...words, '--json');
    await run.says('fault partition');
    run.child.kill('SIGINT');
    const result = await run.done;
    expect(result.code, result.stderr).toBe(130);
    const verdict = JSON.parse(result.stdout) as VerdictFile;
    expect(verdict.checkers['linearizable']!.verdict).toBe('pass');
    for (const fault of verdict.faults) {
      if (fault.state === 'installed') expect(fault.undo?.state, fault.id).toBe('installed');
    }
    expect(markedProcesses(place.path)).toEqual([]);
  });

  it('says that it ended early, and so does who judges it again', async () => {
    const run = place.start(...words, '--out', 'early', '--interval', '40s', '--json');
    await run.says('load started');
    run.child.kill('SIGINT');
    const { code, stdout, stderr } = await run.done;
    expect(code, stderr).toBe(130);
    const { verdict, sentence } = JSON.parse(stdout) as VerdictFile;
    expect(verdict).toBe('vacuous');
    expect(sentence).toMatch(/^the load was ended early by SIGINT; it proved too little: /);
    expect(stdout).toContain('the load was over before the first of 1: run longer');
    const judged = await place.run('check', 'early', '--json');
    expect(judged.code, judged.stderr).toBe(3);
    expect(JSON.parse(judged.stdout)).toMatchObject({ verdict, sentence });
  });

  it('does the same when its terminal is closed, and exits 129', async () => {
    const run = place.start(...words);
    await run.says('fault partition');
    run.child.kill('SIGHUP');
    const result = await run.done;
    expect(result.code, result.stderr).toBe(129);
    expect(result.stderr).toContain('SIGHUP: ending the load');
    expect(markedProcesses(place.path)).toEqual([]);
  });

  it.skipIf(elsewhere)('leaves a readable history after kill -9, and clean ends the rest', async () => {
    const run = place.start(...words);
    await run.says('fault pause');
    run.child.kill('SIGKILL');
    await run.done;
    const left = markedProcesses(place.path);
    expect(left.length).toBeGreaterThan(0);
    const { history } = await readJsonl(place.file('.faultline/latest/history.jsonl'));
    expect(history.length).toBeGreaterThan(100);
    const cleaned = await place.run('clean');
    expect(cleaned.code, cleaned.stderr).toBe(0);
    expect(markedProcesses(place.path)).toEqual([]);
    expect((await place.run('clean')).stdout).toContain('nothing to clean');
    const judged = await place.run('check', 'last');
    expect(judged.code, judged.stdout + judged.stderr).toBe(0);
    expect(judged.stdout).toContain('this run broke off');
  });

  it('undoes faults and leaves on the second Ctrl-C', async () => {
    const run = place.start(...words);
    await run.says('fault pause');
    run.child.kill('SIGINT');
    await run.says('SIGINT: ending the load');
    run.child.kill('SIGINT');
    const { code, stderr } = await run.done;
    expect(code, stderr).toBe(130);
    expect(stderr).toContain('undoing faults and leaving');
    expect(place.read('.faultline', 'latest', 'verdict.json')).toContain('"undo"');
    expect(markedProcesses(place.path)).toEqual([]);
  });

  it.skipIf(elsewhere)('finishes although nobody can read its output', async () => {
    const out = place.file('unread');
    const run = place.startUnread(
      'run',
      'raft',
      '--time-limit',
      '3s',
      '--nemesis',
      'pause',
      '--rate',
      '50',
      '--out',
      out,
    );
    const { code } = await run;
    expect(code).toBe(4);
    expect(JSON.parse(place.read('unread', 'verdict.json')).faults[0].undo.state).toBe('installed');
    expect(markedProcesses(place.path)).toEqual([]);
  });

  it.skipIf(elsewhere)('is found by clean where --out put it', async () => {
    const run = place.start(...words, '--out', place.file('far', 'away'));
    await run.says('fault pause');
    run.child.kill('SIGKILL');
    await run.done;
    expect(markedProcesses(place.path).length).toBeGreaterThan(0);
    expect((await place.run('clean')).code).toBe(0);
    expect(markedProcesses(place.path)).toEqual([]);
  });
});
