/**
 * What can be done with a run once it is stored: judged again, shown, reported, replayed; and that the same
 * configuration and seed give the same plan.
 */
import { cpSync, existsSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VerdictFile } from '../../harness/store/files.ts';
import { type CliResult, Workplace } from './cli.ts';

const place = new Workplace();
afterAll(() => place.remove());

const words = [
  'run',
  'bully',
  '--workload',
  'leader',
  '--nemesis',
  'partition',
  '--time-limit',
  '6s',
  '--rate',
  '50',
  '--seed',
  '11',
];

describe('a stored run', () => {
  let first: CliResult;
  const folder = place.file('first');

  beforeAll(async () => {
    first = await place.run(...words, '--out', folder);
  });

  it('exits with the plain code of its verdict', () => {
    expect(first.code, first.stderr).toBe(1);
    expect(first.stderr).toContain('FAIL');
  });

  it('is judged again to the same verdict, without being changed', async () => {
    const before = place.read('first/verdict.json');
    const again = await place.run('check', folder, '--json');
    expect(again.code).toBe(1);
    const verdict = JSON.parse(again.stdout) as VerdictFile;
    const stored = JSON.parse(before) as VerdictFile;
    expect(verdict.sentence).toBe(stored.sentence);
    expect(verdict.checkers['election-safety']!.anomalies).toEqual(
      stored.checkers['election-safety']!.anomalies,
    );
    expect(place.read('first/verdict.json')).toBe(before);
  });

  it('is shown on the terminal and as Markdown', async () => {
    const shown = await place.run('show', folder);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain('both led');
    expect((await place.run('show', folder, '--markdown')).stdout).toContain('both led');
  });

  it('gets its report back from what is stored', async () => {
    const copy = place.file('copy');
    cpSync(folder, copy, { recursive: true });
    rmSync(`${copy}/report.html`);
    expect((await place.run('report', copy)).code).toBe(0);
    expect(existsSync(`${copy}/report.html`)).toBe(true);
  });

  it('has the same plan, byte for byte, when it is run again with the same seed', async () => {
    await place.run(...words, '--out', place.file('second'));
    expect(place.read('second/plan.json')).toBe(place.read('first/plan.json'));
  });

  it('is replayed from its plan, and the two are compared', async () => {
    const replayed = await place.run('replay', folder, '--out', place.file('third'));
    expect(replayed.code, replayed.stderr).toBe(1);
    expect(replayed.stderr).toContain('same verdict as before: fail');
    expect(place.read('third/plan.json')).toBe(place.read('first/plan.json'));
  });
});
