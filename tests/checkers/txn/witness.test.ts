/** Every violation is shown by its own few transactions, in a history that holds nothing else. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listAppend } from '../../../checkers/txn/list-append.ts';
import { rwRegister } from '../../../checkers/txn/rw-register.ts';
import { withSources } from '../../../cli/sources.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { randomHistory } from './random-txns.ts';

const seeds = fc.integer({ min: 0, max: 0x7fff_ffff });
const MODELS = [
  'strict-serializable',
  'serializable',
  'snapshot-isolation',
  'repeatable-read',
  'PL-3U',
  'PL-2L',
];

for (const [name, style, check] of [
  ['list-append', 'append', listAppend],
  ['rw-register', 'w', rwRegister],
] as const) {
  test(`${name}: each witness fails alone in the same way, and the other judge confirms it`, () => {
    const sizes: number[] = [];
    const kinds = new Set<string>();
    fc.assert(
      fc.property(seeds, fc.constantFrom(...MODELS), (seed, consistencyModel) => {
        const { ops } = randomHistory(seed, style, 8);
        const history = historyOf(ops);
        const { anomalies, stats } = check(history, { consistencyModel });
        expect(stats['unconfirmed']).toBeUndefined();
        for (const anomaly of anomalies) {
          const part = withSources(history, Int32Array.from(anomaly.ops)).history;
          const again = check(part, { consistencyModel });
          expect([again.verdict, anomaly.kind, again.anomalies.map(({ kind }) => kind)]).toEqual([
            'fail',
            anomaly.kind,
            expect.arrayContaining([anomaly.kind]),
          ]);
          kinds.add(anomaly.kind);
          sizes.push(anomaly.ops.length);
        }
      }),
      { numRuns: fuzzRuns(300) },
    );
    expect(kinds.size).toBeGreaterThan(8);
    sizes.sort((a, b) => a - b);
    expect(sizes[sizes.length >> 1]!).toBeLessThanOrEqual(6);
  });
}
