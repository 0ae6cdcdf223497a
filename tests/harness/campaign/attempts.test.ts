/**
 * What is tried next, and what all tries together say.
 */
import { describe, expect, it } from 'vitest';
import { type Attempt, nextAttempt, resultOf } from '../../../harness/campaign/attempts.ts';
import type { Verdict } from '../../../harness/verdict.ts';
import { attempt, failure, planned } from './samples.ts';

const TRIES = { retries: 2, reruns: 3 };
const broken = (over: Partial<Attempt> = {}): Attempt =>
  attempt({ verdict: 'broken', sentence: 'no port was free', digest: null, ...over });

describe('a run that broke', () => {
  it('is tried again, as often as allowed', () => {
    expect(nextAttempt(planned(), [broken()], TRIES)).toEqual({ purpose: 'retry', seed: 7 });
    expect(nextAttempt(planned(), [broken(), broken()], TRIES)).toEqual({ purpose: 'retry', seed: 7 });
    expect(nextAttempt(planned(), [broken(), broken(), broken()], TRIES)).toBeNull();
    expect(nextAttempt(planned(), [broken()], { retries: 0, reruns: 3 })).toBeNull();
  });

  it('is what it ends as, and is flaky', () => {
    expect(resultOf(planned(), [broken(), attempt({ purpose: 'retry' })])).toMatchObject({
      verdict: 'pass',
      broke: 1,
      attempts: 2,
    });
    expect(resultOf(planned(), [broken(), broken()])).toMatchObject({ verdict: 'broken', broke: 0 });
  });

  it('is not tried again where that cannot help', () => {
    expect(nextAttempt(planned(), [broken({ final: true })], TRIES)).toBeNull();
  });
});

describe('a run that failed', () => {
  it('has failed, however often its reruns pass', () => {
    const tries = [failure()];
    for (let i = 0; i < 3; i++) {
      expect(nextAttempt(planned(), tries, TRIES)).toEqual({ purpose: 'rerun', seed: 7 });
      tries.push(attempt({ purpose: 'rerun' }));
    }
    expect(nextAttempt(planned(), tries, TRIES)).toBeNull();
    expect(resultOf(planned(), tries)).toMatchObject({
      verdict: 'fail',
      sentence: 'a write was lost',
      reproduced: { failed: 1, of: 4 },
    });
  });

  it('counts only tries that say something', () => {
    const tries = [
      broken(),
      failure({ purpose: 'retry' }),
      failure({ purpose: 'rerun' }),
      broken({ purpose: 'rerun' }),
    ];
    expect(resultOf(planned(), tries)).toMatchObject({
      verdict: 'fail',
      reproduced: { failed: 2, of: 2 },
    });
  });
});

describe('a run carried out twice', () => {
  const run = planned({ twice: true });

  it('has to have the same history', () => {
    expect(nextAttempt(run, [attempt()], TRIES)).toEqual({ purpose: 'twice', seed: 7 });
    const same = [attempt(), attempt({ purpose: 'twice' })];
    expect(nextAttempt(run, same, TRIES)).toBeNull();
    expect(resultOf(run, same)).toMatchObject({ verdict: 'pass', twice: 'same' });
    const other = [attempt(), attempt({ purpose: 'twice', digest: 'bb' })];
    expect(resultOf(run, other)).toMatchObject({
      verdict: 'fail',
      twice: 'different',
      sentence: 'not deterministic: two runs of the same seed have different histories',
    });
  });

  it('counts its operations once, so that nights can be compared', () => {
    const tries = [attempt({ operations: 421 }), attempt({ purpose: 'twice', operations: 421 })];
    expect(resultOf(planned({ twice: true }), tries)).toMatchObject({ operations: 421, attempts: 2 });
  });

  it('has to have the same verdict', () => {
    const other = [attempt(), failure({ purpose: 'twice', digest: 'aa' })];
    expect(resultOf(run, other)).toMatchObject({ verdict: 'fail', twice: 'different' });
  });
});

describe('a canary', () => {
  const canary = planned({
    id: 'canary/linearizable',
    kind: 'canary',
    seeds: [1, 2],
    foundBy: 'linearizable',
  });

  it('is caught when the checker it is for finds it', () => {
    expect(nextAttempt(canary, [], TRIES)).toEqual({ purpose: 'first', seed: 1 });
    const caught = [failure({ seed: 1 })];
    expect(nextAttempt(canary, caught, TRIES)).toBeNull();
    expect(resultOf(canary, caught)).toMatchObject({ verdict: 'pass', canary: { caught: true } });
  });

  it('is tried with other seeds, and breaks the night when none is caught', () => {
    const missed = [attempt({ seed: 1 })];
    expect(nextAttempt(canary, missed, TRIES)).toEqual({ purpose: 'first', seed: 2 });
    missed.push(failure({ seed: 2, foundBy: ['stats'] }));
    expect(nextAttempt(canary, missed, TRIES)).toBeNull();
    expect(resultOf(canary, missed)).toMatchObject({
      verdict: 'broken',
      sentence: 'linearizable did not find a planted bug in 2 tries',
      canary: { caught: false },
    });
  });
});

it.each(['unknown', 'vacuous', 'pass'] satisfies Verdict[])('takes %s for an answer', (verdict) => {
  expect(nextAttempt(planned(), [attempt({ verdict })], TRIES)).toBeNull();
  expect(resultOf(planned(), [attempt({ verdict })])).toMatchObject({ verdict });
});

it('says nothing of a run that was never tried', () => {
  expect(resultOf(planned(), [])).toBeNull();
});
