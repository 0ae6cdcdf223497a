/**
 * Tonight against earlier nights, and the file that remembers them.
 */
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Attempt, resultOf } from '../../../harness/campaign/attempts.ts';
import { type ScenarioSummary, stateOfRun, summarizeScenarios } from '../../../harness/campaign/compare.ts';
import { appendTrend, knownMs, readTrend, type TrendLine } from '../../../harness/campaign/trend.ts';
import { attempt, failure, night, planned } from './samples.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-trend-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function tonight(tries: readonly Attempt[], trend: readonly TrendLine[]): ScenarioSummary {
  const runs = tries.map((one, i) => resultOf(planned({ id: `r#${i}`, seeds: [one.seed!] }), [one])!);
  return summarizeScenarios(runs, trend)[0]!;
}

const FAILED = night(2, { verdicts: { fail: 1, pass: 2 }, failed: [{ seed: 41, kinds: ['lost-write'] }] });

describe('a scenario that fails', () => {
  it('is new when it did not fail the last time', () => {
    expect(tonight([failure()], [])).toMatchObject({ state: 'new', said: 'first night of this scenario' });
    expect(tonight([failure()], [FAILED, night(3), night(4)])).toMatchObject({
      state: 'new',
      said: 'did not fail in the last 2 nights',
    });
  });

  it('is still failing when it did, in the same way', () => {
    expect(tonight([failure()], [night(1), FAILED])).toMatchObject({
      state: 'still',
      said: 'night 2 in a row',
    });
    expect(tonight([failure({ kinds: ['stale-read'] })], [FAILED])).toMatchObject({
      state: 'new',
      said: 'failed before, but not by stale-read',
    });
  });
});

describe('a run of a scenario that fails by something new', () => {
  const scenario = tonight([failure(), failure({ seed: 8, kinds: ['stale-read'] })], [FAILED]);

  it('is new only when it fails by that itself', () => {
    expect(scenario).toMatchObject({ state: 'new', known: ['lost-write'] });
    const of = (...kinds: string[]): string => stateOfRun({ verdict: 'fail', kinds }, scenario).state;
    expect(of('stale-read')).toBe('new');
    expect(of('lost-write', 'stale-read')).toBe('new');
    expect(of('lost-write')).toBe('still');
    expect(of()).toBe('new');
  });
});

describe('a scenario that failed and does not', () => {
  it('is fixed only when a seed that failed passes', () => {
    expect(tonight([attempt({ seed: 41 }), attempt()], [FAILED])).toMatchObject({ state: 'fixed' });
    expect(tonight([attempt()], [FAILED])).toMatchObject({
      state: 'unproved',
      said: 'did not fail, but the seeds that did (41) did not pass tonight',
    });
  });
});

describe('a scenario that passes', () => {
  it('is slower, or does less, than lately', () => {
    expect(tonight([attempt({ toMs: 9_000 })], [night(1)])).toMatchObject({
      state: 'slower',
      said: '9.0 s a run, 1.0 s lately',
    });
    expect(tonight([attempt({ operations: 40 })], [night(1)])).toMatchObject({
      state: 'fewer-operations',
      said: '40 operations a run, 100 lately',
    });
    expect(tonight([attempt()], [night(1)])).toMatchObject({ state: 'plain', said: '' });
  });
});

it('tells a new unknown from one that stays', () => {
  const unknown = attempt({ verdict: 'unknown' });
  expect(tonight([unknown], [night(1)])).toMatchObject({ state: 'new-unknown' });
  expect(tonight([unknown], [night(1, { verdicts: { unknown: 1 } })])).toMatchObject({
    state: 'plain',
    said: 'unknown, night 2 in a row',
  });
  expect(tonight([attempt({ verdict: 'broken' })], [night(1)])).toMatchObject({ state: 'new-broken' });
});

describe('trend.jsonl', () => {
  it('is read as it was written, oldest night first', () => {
    const path = join(folder, 'a', 'trend.jsonl');
    expect(readTrend(path)).toEqual({ lines: [], notes: [] });
    appendTrend(path, [night(2)]);
    appendTrend(path, [night(1)]);
    expect(readTrend(path)).toEqual({ lines: [night(1), night(2)], notes: [] });
    expect(knownMs(readTrend(path).lines, 'raft/register/storm')).toBe(1_000);
    expect(knownMs(readTrend(path).lines, 'other')).toBeNull();
  });

  it('remembers a night that was resumed as it was in the end', () => {
    const path = join(folder, 'resumed.jsonl');
    appendTrend(path, [night(1), night(2, { meanMs: 5 })]);
    appendTrend(path, [night(2, { meanMs: 9 })]);
    expect(readTrend(path).lines).toEqual([night(1), night(2, { meanMs: 9 })]);
  });

  it('leaves out a torn line, says so, and tears none after it', () => {
    const path = join(folder, 'torn.jsonl');
    appendTrend(path, [night(1)]);
    appendFileSync(path, '{"schema":1,"nig');
    appendTrend(path, [night(2)]);
    const { lines, notes } = readTrend(path);
    expect(lines).toEqual([night(1), night(2)]);
    expect(notes).toEqual([`line 2 of ${path} is not of a trend and was left out`]);
  });
});
