/** Atomic visibility of registers, against the checkers of weak isolation: where no process does two things. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UNLIMITED } from '../../../checkers/contract.ts';
import { rwRegister } from '../../../checkers/txn/rw-register.ts';
import { weakIsolation } from '../../../checkers/weak/checkers.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { randomHistory } from './random-txns.ts';

const seeds = fc.integer({ min: 0, max: 0x7fff_ffff });
/** What that checker finds wrong with reads by themselves. */
const SINGLE = [
  'garbage-read',
  'aborted-read',
  'intermediate-read',
  'future-read',
  'internal',
  'non-repeatable-read',
];

for (const [level, kind] of [
  ['read-atomic', 'fractured-read'],
  ['read-committed', 'non-monotonic-read'],
] as const) {
  test(`${kind} is found exactly where ${level} falls for more than a single read`, () => {
    let compared = 0;
    fc.assert(
      fc.property(seeds, (seed) => {
        const { ops, txns } = randomHistory(seed, 'w', 7);
        if (txns.some((t) => t.mops.some(([f]) => f === 'scan')) || !txns.some((t) => t.type === 'ok'))
          return;
        const own = new Map<number, number>();
        const apart = ops.map((op) => {
          if (op.type === 'invoke') own.set(op.process as number, op.index);
          return { ...op, process: own.get(op.process as number)! };
        });
        const history = historyOf(apart);
        const weak = weakIsolation(history, level, UNLIMITED);
        const kinds = weak.anomalies.map((anomaly) => anomaly.kind);
        if (kinds.some((each) => SINGLE.includes(each))) return;
        const counted = rwRegister(history, { consistencyModel: 'read-uncommitted' }).stats[
          'anomalies'
        ] as object;
        // A key read twice with two answers is named so here.
        if ('internal' in counted) return;
        const mine = kind in counted || 'G1c' in counted || 'G0' in counted;
        expect(mine).toBe(weak.verdict === 'fail');
        compared++;
      }),
      { numRuns: fuzzRuns(500) },
    );
    expect(compared).toBeGreaterThan(200);
  });
}
