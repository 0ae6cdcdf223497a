/**
 * What a night established.
 */
import { describe, expect, it } from 'vitest';
import { type NightPart, summarize, trendLines } from '../../../harness/campaign/summary.ts';
import { reproducedText } from '../../../reports/campaign/text.ts';
import { sampleSummary } from '../../reports/campaign/samples.ts';
import { attempt, failure, night as past, planned, storedPlan } from './samples.ts';

const CANARY = planned({ id: 'canary/lock', scenario: 'canary/lock', kind: 'canary', foundBy: 'lock' });

function night(over: Partial<NightPart>): ReturnType<typeof summarize> {
  const part = {
    ...{ plan: storedPlan([planned()]), attempts: [attempt()], skipped: [], notRerun: [], jobs: 1 },
    ...{ elapsedMs: 1_000, interrupted: false, prefix: '', ...over },
  };
  return summarize({ parts: [part], trend: [], notes: [], allow: [], budgetMs: null });
}

describe('a night', () => {
  it('is as bad as its worst run', () => {
    expect(night({})).toMatchObject({ verdict: 'pass', sentence: '1 run of 1 scenario passed' });
    expect(sampleSummary()).toMatchObject({
      verdict: 'fail',
      sentence: '1 scenario fails, 1 of them new: a write was lost',
      counts: { pass: 3, fail: 1, unknown: 1, vacuous: 0, broken: 0 },
      canaries: { planned: 1, caught: 1, missed: [], without: ['stats'] },
      twice: { compared: 1, different: 0 },
      flaky: ['etcd/register/storm'],
      skipped: [{ id: 'raft/set/storm#1' }],
      cost: { attempts: 10, operations: 1_000, machineMs: 10_500 },
    });
  });

  it('puts failures first', () => {
    expect(sampleSummary().runs.map(({ verdict }) => verdict)).toEqual([
      'fail',
      'unknown',
      ...Array<string>(4).fill('pass'),
    ]);
  });

  it('puts what is new before what was known, in its sentence too', () => {
    const known = failure({ run: 'raft/set/calm#1', seed: 41 });
    const fresh = failure({
      run: 'raft/set/calm#2',
      seed: 8,
      kinds: ['stale-read'],
      sentence: 'a read was stale',
    });
    const plans = [
      planned({ id: 'raft/set/calm#1', scenario: 'raft/set/calm', seeds: [41] }),
      planned({ id: 'raft/set/calm#2', scenario: 'raft/set/calm', seeds: [8] }),
    ];
    const part: NightPart = {
      ...{ plan: storedPlan(plans), attempts: [known, fresh], skipped: [], notRerun: [], jobs: 1 },
      ...{ elapsedMs: 1_000, interrupted: false, prefix: '' },
    };
    const trend = [
      past(1, {
        scenario: 'raft/set/calm',
        verdicts: { fail: 1 },
        failed: [{ seed: 41, kinds: known.kinds }],
      }),
    ];
    const both = summarize({ parts: [part], trend, notes: [], allow: [], budgetMs: null });
    expect(both.runs.map(({ seed }) => seed)).toEqual([8, 41]);
    expect(both.sentence).toBe('1 scenario fails, 1 of them new: a read was stale');
  });

  it('says of a failure which reruns were left out', () => {
    const { runs, skipped } = night({
      attempts: [failure()],
      notRerun: [{ id: planned().id, tries: 3, because: 'budget' }],
    });
    expect(runs[0]!.reproduced).toEqual({ failed: 1, of: 1, skipped: { tries: 3, because: 'budget' } });
    expect(reproducedText(runs[0]!)).toBe('1 of 1 reproduce, 3 tries skipped: budget');
    expect(skipped).toEqual([]);
    const [all] = night({ attempts: [failure()] }).runs;
    expect(reproducedText(all!)).toBe('1 of 1 reproduce');
  });

  it('that ran nothing proves nothing', () => {
    expect(night({ attempts: [] })).toMatchObject({ verdict: 'vacuous', sentence: 'nothing ran' });
  });

  it('is not compared with an earlier part of itself', () => {
    const plan = storedPlan([planned()], { started: '2026-11-09T02:00:00.000Z' });
    const part = {
      plan,
      attempts: [failure()],
      skipped: [],
      notRerun: [],
      jobs: 1,
      elapsedMs: 1,
      interrupted: false,
      prefix: '',
    };
    const trend = [past(8), past(9, { verdicts: { fail: 1 }, failed: [{ seed: 7, kinds: ['lost-write'] }] })];
    const summary = summarize({ parts: [part], trend, notes: [], allow: [], budgetMs: null });
    expect(summary.scenarios[0]).toMatchObject({ state: 'new', past: [{ night: past(8).night }] });
    expect(summary.nights.map(({ night: when }) => when)).toEqual([past(8).night]);
  });

  it('that was interrupted says so first', () => {
    expect(night({ interrupted: true })).toMatchObject({
      sentence: 'interrupted, 1 of 1 runs done: 1 run of 1 scenario passed',
    });
  });

  it('cannot be believed when a planted bug went unseen', () => {
    const runs = [CANARY, planned()];
    const blind = night({ plan: storedPlan(runs), attempts: [attempt(), attempt({ run: CANARY.id })] });
    expect(blind).toMatchObject({
      verdict: 'broken',
      sentence: 'nothing that passed tonight can be believed: lock missed a planted bug',
    });
    const cut = night({ plan: storedPlan(runs), attempts: [attempt()] });
    expect(cut).toMatchObject({
      verdict: 'vacuous',
      sentence: 'not every canary was tried: the budget ended before',
    });
  });

  it('is remembered by scenario, failures by their seed', () => {
    const lines = trendLines(sampleSummary());
    expect(lines.find(({ scenario }) => scenario === 'raft/register/storm')).toEqual({
      ...{ schema: 1, night: '2026-11-20T02:00:00.000Z', commit: 'abc1234', scenario: 'raft/register/storm' },
      ...{ kind: 'run', verdicts: { fail: 1 }, failed: [{ seed: 7, kinds: ['lost-write'] }] },
      ...{ meanMs: 1_000, operations: 100, flaky: 0 },
    });
  });
});

describe('shards', () => {
  const all = ['a#1', 'b#1'];
  const part = (index: number, id: string, tries = [attempt({ run: id })]): NightPart => ({
    plan: storedPlan([planned({ id, scenario: id[0]! })], { all, shard: { index, of: 2 } }),
    ...{ attempts: tries, skipped: [], notRerun: [], jobs: 1, elapsedMs: 1_000 * index, interrupted: false },
    prefix: `s${index}/`,
  });
  const merged = (parts: NightPart[]): ReturnType<typeof summarize> =>
    summarize({ parts, trend: [], notes: [], allow: [], budgetMs: null });

  it('are one night, with the folders of each', () => {
    const summary = merged([part(1, 'a#1'), part(2, 'b#1', [failure({ run: 'b#1' })])]);
    expect(summary).toMatchObject({ verdict: 'fail', elapsedMs: 2_000, planned: 2 });
    expect(summary.runs.map(({ shard, folder }) => `${shard} ${folder}`)).toEqual([
      '2 s2/runs/raft-register-storm.1/1',
      '1 s1/runs/raft-register-storm.1/1',
    ]);
  });

  it('are made again by the command of the whole night', () => {
    const [one, two] = [part(1, 'a#1'), part(2, 'b#1')];
    one.plan.command = "faultline campaign nightly.yaml --shard 1/2 --trend trend.jsonl --out 'night 1'";
    expect(merged([one, two]).command).toBe('faultline campaign nightly.yaml --trend trend.jsonl');
    expect(merged([one]).command).toBe(one.plan.command);
  });

  it('that are not all there prove too little', () => {
    expect(merged([part(1, 'a#1'), part(1, 'a#1')])).toMatchObject({
      verdict: 'vacuous',
      notes: ['1 run is in no shard: b#1', '1 run is in more than one shard: a#1'],
    });
    expect(merged([part(1, 'a#1')])).toMatchObject({ verdict: 'pass', notes: [] });
  });
});
