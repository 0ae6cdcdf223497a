import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Budget } from '../../../checkers/contract.ts';
import { bruteLinearizable } from '../../../checkers/linearizable/brute.ts';
import { linearizable } from '../../../checkers/linearizable/linearizable.ts';
import { Outcomes } from '../../../checkers/linearizable/outcomes.ts';
import { partition } from '../../../checkers/linearizable/parts.ts';
import { problemOf } from '../../../checkers/linearizable/problem.ts';
import type { Model } from '../../../checkers/models/model.ts';
import { MODELS, type ModelName } from '../../../checkers/models/registry.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import type { History } from '../../../harness/history/history.ts';
import type { Json, Op } from '../../../harness/op.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { objectHistory, type Vocabulary } from './random-objects.ts';
import { drawnOps, drawnSteps } from './random-register.ts';
import {
  COUNTER_BY_THREES,
  ECHOING_SET,
  LOOKING_QUEUE,
  named,
  REPEATING_APPEND,
  SEVERAL_PERMITS,
  VOCABULARIES,
} from './vocabularies.ts';

/** By trying every order. */
function truth(history: History, model: Model<unknown>): boolean {
  const outcomes = new Outcomes(history, model, 'declared');
  const parts = partition(history, model);
  const problem = problemOf(history, model, outcomes, parts.calls, null);
  return bruteLinearizable(problem, problem.initial)!;
}

const shapes = fc.record({
  unique: fc.constantFrom(true, true, false),
  info: fc.constantFrom(0, 10, 25),
  refused: fc.boolean(),
  spoil: fc.constantFrom(0, 15, 40),
  mask: fc.constantFrom(255, 255, 0b11, 0b1100, 0b10110, 0b1011, 0b1000001, 0b111),
});

/** Ten enqueues at once are ten factorial states for a search: more memory than a test should take. */
const MAX_STEPS = 500_000;
const upTo = (most: number): Budget => {
  let steps = 0;
  return {
    reason: `${most} steps`,
    spend: (taken) => {
      steps += taken;
      return steps < most;
    },
  };
};

const cases: [ModelName, string, Vocabulary][] = [
  ...Object.entries(VOCABULARIES).map(([name, words]): [ModelName, string, Vocabulary] => [
    name as ModelName,
    'plain',
    words,
  ]),
  ['set', 'echoing', ECHOING_SET],
  ['multiset', 'echoing', ECHOING_SET],
  ['append-kv', 'repeating', REPEATING_APPEND],
  ['queue', 'looking', LOOKING_QUEUE],
  ['counter', 'by threes', COUNTER_BY_THREES],
  ['semaphore', 'several permits', SEVERAL_PERMITS],
  ['mutex', 'named owners', named(VOCABULARIES.mutex!)],
  ['reentrant-mutex', 'named owners', named(VOCABULARIES['reentrant-mutex']!)],
  ['rw-lock', 'named owners', named(VOCABULARIES['rw-lock']!)],
];

test.each(cases)(
  '%s (%s): both engines agree with trying every order, and every witness fails by itself',
  (name, _, words) => {
    const model = MODELS[name] as Model<unknown>;
    const seen = { valid: 0, invalid: 0, fast: 0, tooMany: 0 };
    fc.assert(
      fc.property(drawnOps(10), drawnSteps(10), shapes, (drawn, steps, shape) => {
        const history = objectHistory(model, words, drawn, steps, shape);
        const expected = truth(history, model);
        seen[expected ? 'valid' : 'invalid']++;
        for (const engine of ['auto', 'search']) {
          const result = linearizable(history, { model: name, engine }, upTo(MAX_STEPS));
          if (result.verdict === 'vacuous' && expected) continue;
          if (result.verdict === 'unknown' && result.note?.includes(`${MAX_STEPS} steps`)) {
            seen.tooMany++;
            continue;
          }
          expect(result.verdict).toBe(expected ? 'pass' : 'fail');
          if (engine === 'auto' && result.stats['engine'] !== 'search') seen.fast++;
          for (const { ops } of result.anomalies) {
            const witness = historyOf(ops.map((i, index) => ({ ...history.op(i), index })));
            expect(truth(witness, model)).toBe(false);
          }
        }
      }),
      { numRuns: fuzzRuns(300) },
    );
    expect(Math.min(seen.valid, seen.invalid)).toBeGreaterThan(10);
    expect(seen.tooMany).toBeLessThanOrEqual(fuzzRuns(300) / 500);
    if (process.env['FUZZ_RUNS'] !== undefined) process.stdout.write(`${name} ${JSON.stringify(seen)}\n`);
  },
);

test('a removal of unknown outcome is not spent on an item that a later one could have taken', () => {
  const ops: Op[] = [];
  const add = (process: number, type: Op['type'], f: string, value: Json): void => {
    ops.push({ index: ops.length, time: ops.length, process, type, f, value });
  };
  const call = (f: string, value: Json, answer: Json): void => {
    add(9, 'invoke', f, value);
    add(9, 'ok', f, answer);
  };
  // The first open dequeue must have taken 5, the second 8, which the first could have taken as well.
  add(0, 'invoke', 'dequeue', null);
  for (const value of [3, 5]) call('enqueue', value, value);
  call('dequeue', null, 3);
  add(1, 'invoke', 'dequeue', null);
  for (const value of [7, 8]) call('enqueue', value, value);
  call('dequeue', null, 7);
  const result = linearizable(historyOf(ops), { model: 'priority-queue' });
  expect(result.verdict).toBe('pass');
  expect(result.stats.engine).toBe('priorities');
});
