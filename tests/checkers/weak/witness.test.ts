import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UNLIMITED } from '../../../checkers/contract.ts';
import { weakIsolation } from '../../../checkers/weak/checkers.ts';
import { CAUSAL_MODELS, LEVELS } from '../../../checkers/weak/isolation.ts';
import { breaks, type PlainTxn } from '../../../checkers/weak/oracle.ts';
import { sessionGuarantees } from '../../../checkers/weak/session-guarantees.ts';
import { breaksGuarantees } from '../../../checkers/weak/session-oracle.ts';
import { failingPart, firstFailure } from '../../../cli/witness.ts';
import type { History } from '../../../harness/history/history.ts';
import type { CheckerResult } from '../../../harness/verdict.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { drawnTxns, txnHistory, valued } from './random-txns.ts';

type Check = (history: History) => CheckerResult;

/** Judges, and judges the part that is written as the witness: it must fail with the same anomaly. */
async function failsAlone(history: History, name: string, check: Check): Promise<boolean> {
  const result = check(history);
  expect(result.stats['contradicted']).toBeUndefined();
  const spec = { name, options: {} };
  const failure = firstFailure([spec], [result]);
  if (failure === null) return false;
  const part = await failingPart(history, failure, async (some) => check(some));
  const again = check(part.history);
  expect(again.verdict).toBe('fail');
  expect(again.anomalies.map((anomaly) => anomaly.kind)).toContain(failure.anomaly.kind);
  // Nothing of the witness is idle: all that its anomaly cites is cited by the steps.
  expect(failure.anomaly.steps.length).toBeGreaterThan(0);
  expect(part.history.length).toBeLessThanOrEqual(history.length);
  return true;
}

describe('witnesses of weak promises', () => {
  it.each(LEVELS)('fail %s by themselves, with the same anomaly', async (level) => {
    let failed = 0;
    await fc.assert(
      fc.asyncProperty(drawnTxns(9, 4), fc.boolean(), async (drawn, outcomes) => {
        const history = txnHistory(valued(drawn, outcomes));
        if (await failsAlone(history, level, (some) => weakIsolation(some, level))) failed++;
      }),
      { numRuns: fuzzRuns(400) },
    );
    expect(failed).toBeGreaterThan(50);
  });

  it.each(CAUSAL_MODELS)('fail causal consistency of the model %s by themselves', async (model) => {
    let failed = 0;
    await fc.assert(
      fc.asyncProperty(drawnTxns(9, 1), async (drawn) => {
        const check: Check = (some) => weakIsolation(some, 'causal', UNLIMITED, model);
        if (await failsAlone(txnHistory(valued(drawn, false)), 'causal', check)) failed++;
      }),
      { numRuns: fuzzRuns(400) },
    );
    expect(failed).toBeGreaterThan(50);
  });

  it('fail session guarantees by themselves', async () => {
    let failed = 0;
    await fc.assert(
      fc.asyncProperty(drawnTxns(9, 1), async (drawn) => {
        const history = txnHistory(valued(drawn, false));
        if (await failsAlone(history, 'session-guarantees', (some) => sessionGuarantees(some))) failed++;
      }),
      { numRuns: fuzzRuns(400) },
    );
    expect(failed).toBeGreaterThan(50);
  });
});

describe('the oracle', () => {
  const op = (session: number, reads: [number, number][], writes: number[]): PlainTxn => ({
    session,
    reads: reads.map(([key, source]) => ({ key, source })),
    writes: new Set(writes),
  });

  it('knows each promise from the next', () => {
    const fractured = [
      op(0, [], [0, 1]),
      op(
        1,
        [
          [0, 0],
          [1, -1],
        ],
        [],
      ),
    ];
    expect(breaks(fractured, 'read-committed')).toBe(true);
    const backwards = [
      op(0, [], [0, 1]),
      op(
        1,
        [
          [1, -1],
          [0, 0],
        ],
        [],
      ),
    ];
    expect(breaks(backwards, 'read-committed')).toBe(false);
    expect(breaks(backwards, 'read-atomic')).toBe(true);
    const opposite = [
      op(0, [], [0]),
      op(1, [], [0]),
      op(2, [[0, 0]], []),
      op(2, [[0, 1]], []),
      op(3, [[0, 1]], []),
      op(3, [[0, 0]], []),
    ];
    expect(breaks(opposite, 'causal')).toBe(true);
    expect(breaks(opposite, 'weak-causal')).toBe(false);
    expect(breaks(opposite, 'causal-memory')).toBe(false);
    const stores = [op(0, [], [0]), op(0, [[1, -1]], []), op(1, [], [1]), op(1, [[0, -1]], [])];
    expect(breaks(stores, 'causal')).toBe(false);
    expect(breaks(stores, 'causal-memory')).toBe(false);
    expect(breaks(stores, 'sequential')).toBe(true);
    expect(breaksGuarantees([op(0, [], [0]), op(0, [[0, -1]], [])], 1)).toBe(true);
    expect(breaksGuarantees([op(0, [], [0]), op(0, [[0, -1]], [])], 14)).toBe(false);
  });

  it('says so when there is too much to try', () => {
    const many = Array.from({ length: 17 }, (_, t) => op(t, [], [0]));
    expect(breaks(many, 'causal')).toBeNull();
    expect(breaksGuarantees(many, 15)).toBeNull();
  });
});
