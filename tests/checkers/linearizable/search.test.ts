import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bruteLinearizable } from '../../../checkers/linearizable/brute.ts';
import { linearizable } from '../../../checkers/linearizable/linearizable.ts';
import { Outcomes } from '../../../checkers/linearizable/outcomes.ts';
import { partition } from '../../../checkers/linearizable/parts.ts';
import { problemOf } from '../../../checkers/linearizable/problem.ts';
import { search } from '../../../checkers/linearizable/search.ts';
import { casRegister } from '../../../checkers/models/cas-register.ts';
import { queue } from '../../../checkers/models/queue.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import type { History } from '../../../harness/history/history.ts';
import type { Op } from '../../../harness/op.ts';
import { Seed } from '../../../harness/random.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { drawnOps, drawnSteps, registerHistory, shapes } from './random-register.ts';

const LIMITS = { steps: 1e7, configurations: 1e6 };

test('search agrees with trying every order, and its relaxations bound it', () => {
  const seen = { valid: 0, invalid: 0 };
  fc.assert(
    fc.property(drawnOps(11), drawnSteps(11), shapes, (drawn, steps, shape) => {
      const history = registerHistory(drawn, steps, { ...shape, keys: 1 });
      const outcomes = new Outcomes(history, casRegister, 'declared');
      const parts = partition(history, casRegister);
      const problem = problemOf(history, casRegister, outcomes, parts.calls, null);
      const truth = bruteLinearizable(problem, problem.initial)! ? 'valid' : 'invalid';
      seen[truth]++;
      expect(search(problem, 'exact', LIMITS).verdict).toBe(truth);
      if (search(problem, 'none', LIMITS).verdict === 'valid') expect(truth).toBe('valid');
      if (search(problem, 'endless', LIMITS).verdict === 'invalid') expect(truth).toBe('invalid');
    }),
    { numRuns: fuzzRuns(2000) },
  );
  expect(Math.min(seen.valid, seen.invalid)).toBeGreaterThan(50);
});

/** Fifty processes at once, values written once; from `stale` on, reads show a value long gone. */
function crowded(operations: number, stale = Number.POSITIVE_INFINITY): History {
  const rng = Seed.of(7).rng();
  const ops: Op[] = [];
  const running = new Map<number, { f: string; value: number | null; done: boolean }>();
  const values: (number | null)[] = [null];
  let [next, invoked] = [1, 0];
  const add = (process: number, type: 'invoke' | 'ok', f: string, shown: number | null): void => {
    ops.push({ index: ops.length, time: ops.length, process, type, f, value: shown });
  };
  while (ops.length < 2 * operations) {
    const process = rng.int(0, 49);
    const op = running.get(process);
    if (op === undefined) {
      if (invoked === operations) continue;
      const f = rng.chance(0.5) ? 'write' : 'read';
      running.set(process, { f, value: f === 'write' ? next++ : null, done: false });
      add(process, 'invoke', f, running.get(process)!.value);
      invoked++;
    } else if (op.done) {
      add(process, 'ok', op.f, op.value);
      running.delete(process);
    } else {
      op.done = true;
      if (op.f === 'read') op.value = values.at(ops.length > stale ? -120 : -1) ?? null;
      else values.push(op.value);
    }
  }
  return historyOf(ops);
}

test('what is still to come decides what order alone would not', () => {
  const search = (history: History) => linearizable(history, { engine: 'search', maxSteps: 1e6 });
  expect(search(crowded(600))).toMatchObject({ verdict: 'pass', stats: { engine: 'search' } });
  const wrong = search(crowded(600, 1000));
  expect(wrong.verdict).toBe('fail');
  expect(wrong.anomalies[0]!.ops.length).toBeLessThan(20);
});

test('an endless supply that only fills a queue is given up, and many orders are not remembered without end', () => {
  const ops: Omit<Op, 'index' | 'time'>[] = [];
  const enqueue = (value: number, type: 'ok' | 'info'): void => {
    ops.push(
      { process: value, type: 'invoke', f: 'enqueue', value },
      { process: value, type, f: 'enqueue', value },
    );
  };
  for (let value = 0; value < 9; value++) enqueue(value, 'info');
  for (let value = 9; value < 12; value++) enqueue(value, 'ok');
  // 10 was enqueued after 9 and cannot come first, whichever of the others took effect.
  for (const value of [10, 9]) {
    ops.push({ process: 20, type: 'invoke', f: 'dequeue', value: null });
    ops.push({ process: 20, type: 'ok', f: 'dequeue', value });
  }
  const history = historyOf(ops.map((op, index) => ({ ...op, index, time: index })));
  const outcomes = new Outcomes(history, queue, 'declared');
  const parts = partition(history, queue);
  const problem = problemOf(history, queue, outcomes, parts.calls, null);
  const endless = search(problem, 'endless', { steps: 1e6, configurations: 1e6 });
  expect(endless.verdict).toBe('limit');
  expect(endless.steps).toBeLessThan(5_000);
  expect(
    Math.max(...Array.from({ length: problem.table.states }, (_, i) => problem.table.describe(i).length)),
  ).toBeLessThan(2_000);
  const exact = search(problem, 'exact', { steps: 1e6, configurations: 20_000 });
  expect(exact.verdict).toBe('limit');
  expect(problem.table.states).toBeLessThan(10_000);
});
