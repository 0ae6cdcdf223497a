import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OnlineJudge } from '../../../checkers/online/online.ts';
import type { History } from '../../../harness/history/history.ts';
import { brokenHistories, histories } from '../../../testing/fast-check.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';

/** What one history shows while it is taken, and once it is over. */
function found(history: History, name: string, options: Record<string, string>): string[] {
  const judge = new OnlineJudge([{ name, options }]);
  const seen = [...history.ops()].flatMap((op) => judge.take(op));
  return [...seen, ...judge.end()].map(({ anomaly }) => anomaly.kind);
}

const CASES = [
  ['register', 'linearizable', { model: 'register' }],
  ['cas-register', 'linearizable', { model: 'cas-register' }],
  ['queue', 'linearizable', { model: 'queue' }],
  ['set', 'linearizable', { model: 'set' }],
  ['set', 'set-full', {}],
  ['list-append', 'list-append', {}],
] as const;

test.each(CASES)(
  'a correct %s is never called wrong by %s, a broken one nearly always',
  (object, name, options) => {
    // Operations of unknown outcome make queues dear.
    const shape = { object, operations: object === 'queue' ? 12 : 30, processes: object === 'queue' ? 3 : 5 };
    fc.assert(
      fc.property(histories(shape), (history) => {
        expect(found(history, name, options)).toEqual([]);
      }),
      { numRuns: fuzzRuns(80) },
    );
    let broken = 0;
    let seen = 0;
    fc.assert(
      fc.property(brokenHistories(shape), ({ history }) => {
        broken++;
        if (found(history, name, options).length > 0) seen++;
      }),
      { numRuns: fuzzRuns(60) },
    );
    if (process.env['FUZZ_RUNS'] !== undefined) {
      process.stdout.write(`${object} by ${name}: ${seen} of ${broken} broken histories found live\n`);
    }
    expect(seen).toBeGreaterThan(broken * 0.6);
  },
);
