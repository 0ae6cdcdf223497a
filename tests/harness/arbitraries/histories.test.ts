/**
 * Histories by construction against the checkers, which know nothing of how they were made: correct ones never
 * fail, broken ones always do.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Budget, Checker } from '../../../checkers/contract.ts';
import { CHECKERS } from '../../../checkers/registry.ts';
import {
  brokenHistories,
  type HistoryShape,
  histories,
  violationsOf,
} from '../../../harness/arbitraries/histories.ts';
import { OBJECTS, type ObjectName } from '../../../harness/arbitraries/objects.ts';
import type { CheckerOptions } from '../../../harness/contracts.ts';
import type { History } from '../../../harness/history/history.ts';
import type { Verdict } from '../../../harness/verdict.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';

const linearizable = (model: string, engine = 'auto') =>
  ['linearizable', { model, engine, maxConfigurations: 1 << 20 }] as const;

/** Who judges histories of an object. */
const JUDGES: Readonly<Record<ObjectName, readonly (readonly [string, CheckerOptions])[]>> = {
  register: [linearizable('register'), linearizable('register', 'search'), linearizable('cas-register')],
  'cas-register': [linearizable('cas-register'), linearizable('cas-register', 'search')],
  set: [['set-full', {}], ['set-full', { linearizable: true }], linearizable('set')],
  queue: [linearizable('queue'), linearizable('queue', 'search')],
  'list-append': [['list-append', { consistencyModel: 'strict-serializable' }]],
};

/** Ten enqueues of unknown outcome have ten factorial orders: a search of all of them needs limits. */
const MAX_STEPS = 500_000;

/** Null where a search hit a limit. */
function verdict(history: History, [name, options]: readonly [string, CheckerOptions]): Verdict | null {
  const checker = (CHECKERS as Readonly<Record<string, Checker>>)[name]!;
  let left = name === 'linearizable' ? MAX_STEPS : Number.POSITIVE_INFINITY;
  const budget: Budget = {
    reason: 'limit of this test',
    spend(steps) {
      left -= steps;
      return left > 0;
    },
  };
  const given = checker.check(history, options, budget).verdict;
  return left <= 0 || (name === 'linearizable' && given === 'unknown') ? null : given;
}

const shapes: fc.Arbitrary<HistoryShape> = fc.record({
  operations: fc.integer({ min: 1, max: 12 }),
  processes: fc.integer({ min: 1, max: 4 }),
  keys: fc.integer({ min: 1, max: 2 }),
  values: fc.constantFrom('unique' as const, 3),
  uncertain: fc.boolean(),
  failing: fc.boolean(),
});
const objects = Object.keys(OBJECTS) as ObjectName[];

describe.each(objects)('histories of a %s', (object) => {
  it('are correct by every checker', () => {
    let unsettled = 0;
    fc.assert(
      fc.property(
        shapes.chain((shape) => histories({ ...shape, object })),
        (history) => {
          for (const judge of JUDGES[object]) {
            const given = verdict(history, judge);
            if (given === null) unsettled++;
            else expect(['pass', 'vacuous']).toContain(given);
          }
        },
      ),
      { numRuns: fuzzRuns(150) },
    );
    expect(unsettled).toBeLessThanOrEqual(fuzzRuns(150) / 100);
  });

  it('fail by every checker once broken', () => {
    expect(violationsOf(object).length).toBeGreaterThan(0);
    const seen = new Set<string>();
    fc.assert(
      fc.property(
        shapes.chain((shape) => brokenHistories({ ...shape, object })),
        ({ history, violation }) => {
          seen.add(violation);
          for (const judge of JUDGES[object]) {
            const given = verdict(history, judge);
            if (given !== null) expect(`${violation} ${given}`).toBe(`${violation} fail`);
          }
        },
      ),
      { numRuns: fuzzRuns(150) },
    );
    expect([...seen].sort()).toEqual(violationsOf(object).sort());
  });
});

describe('histories', () => {
  it('hold everything a real one does: overlap, failures, unknown outcomes, late effects', () => {
    const sample = fc.sample(histories({ operations: 30, keys: 2, values: 3 }), { numRuns: 60, seed: 7 });
    const types = new Set<string>();
    let overlapping = 0;
    let open = 0;
    for (const history of sample) {
      let running = 0;
      for (const op of history.ops()) {
        types.add(op.error === undefined ? op.type : `${op.type} ${op.error.kind}`);
        running += op.type === 'invoke' ? 1 : -1;
        if (running > 1) overlapping++;
        if (op.type === 'invoke' && history.pair(op.index) < 0) open++;
      }
    }
    expect([...types].sort()).toEqual([
      'fail connection-refused',
      'fail precondition-failed',
      'info timeout',
      'invoke',
      'ok',
    ]);
    expect(overlapping).toBeGreaterThan(100);
    expect(open).toBeGreaterThan(10);
  });

  it('keep to their shape', () => {
    fc.assert(
      fc.property(
        histories({ operations: 5, processes: 2, keys: 3, uncertain: false, failing: false }),
        (history) => {
          const invocations = history.select({ type: 'invoke' });
          expect(invocations.length).toBeLessThanOrEqual(5);
          for (const op of history.ops()) {
            expect(op.process).toBeLessThan(2);
            expect([0, 1, 2]).toContain(op.key);
            expect(op.type).not.toBe('info');
            if (op.type === 'fail') expect(op.error?.kind).toBe('precondition-failed');
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('name a shape they cannot take', () => {
    expect(() => histories({ object: 'register ' as ObjectName })).toThrow(/no object "register "; one of/);
    expect(() => histories({ operations: 0 })).toThrow(/operations must be a whole number above 0, not 0/);
  });
});
