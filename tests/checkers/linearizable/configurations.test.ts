import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bruteLinearizable } from '../../../checkers/linearizable/brute.ts';
import { judgeByConfigurations } from '../../../checkers/linearizable/by-configurations.ts';
import { linearizable } from '../../../checkers/linearizable/linearizable.ts';
import { Outcomes } from '../../../checkers/linearizable/outcomes.ts';
import { partition } from '../../../checkers/linearizable/parts.ts';
import { problemOf } from '../../../checkers/linearizable/problem.ts';
import { casRegister } from '../../../checkers/models/cas-register.ts';
import type { Model } from '../../../checkers/models/model.ts';
import { MODELS } from '../../../checkers/models/registry.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import type { Json, Op } from '../../../harness/op.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { objectHistory } from './random-objects.ts';
import { drawnOps, drawnSteps, registerHistory, shapes } from './random-register.ts';
import { VOCABULARIES } from './vocabularies.ts';

const LIMITS = { steps: 1e9, configurations: 1e6 };

test('configuration sets agree with trying every order, for registers', () => {
  const seen = { valid: 0, invalid: 0 };
  fc.assert(
    fc.property(drawnOps(11), drawnSteps(11), shapes, (drawn, steps, shape) => {
      const history = registerHistory(drawn, steps, { ...shape, keys: 1 });
      const outcomes = new Outcomes(history, casRegister, 'declared');
      const parts = partition(history, casRegister);
      const problem = problemOf(history, casRegister, outcomes, parts.calls, null);
      const truth = bruteLinearizable(problem, problem.initial)! ? 'valid' : 'invalid';
      seen[truth]++;
      expect(judgeByConfigurations(problem, LIMITS).verdict).toBe(truth);
    }),
    { numRuns: fuzzRuns(2000) },
  );
  expect(Math.min(seen.valid, seen.invalid)).toBeGreaterThan(50);
});

const MODEL_NAMES = Object.keys(VOCABULARIES) as (keyof typeof VOCABULARIES)[];
const objectShapes = fc.record({
  unique: fc.boolean(),
  info: fc.constantFrom(0, 10, 25),
  refused: fc.boolean(),
  spoil: fc.constantFrom(0, 15, 40),
  mask: fc.constantFrom(255, 255, 0b11, 0b10110, 0b1011),
});

test.each(MODEL_NAMES)('configuration sets agree with trying every order, for %s', (name) => {
  const model = MODELS[name] as Model<unknown>;
  const seen = { valid: 0, invalid: 0 };
  fc.assert(
    fc.property(drawnOps(9), drawnSteps(9), objectShapes, (drawn, steps, shape) => {
      const history = objectHistory(model, VOCABULARIES[name]!, drawn, steps, shape);
      const outcomes = new Outcomes(history, model, 'declared');
      const parts = partition(history, model);
      const problem = problemOf(history, model, outcomes, parts.calls, null);
      const truth = bruteLinearizable(problem, problem.initial)! ? 'valid' : 'invalid';
      seen[truth]++;
      expect(judgeByConfigurations(problem, LIMITS).verdict).toBe(truth);
    }),
    { numRuns: fuzzRuns(300) },
  );
  expect(Math.min(seen.valid, seen.invalid)).toBeGreaterThan(5);
});

test('one completion that takes millions of steps stops at the budget, not after it', () => {
  // Pushes of unknown outcome in any order and number before the only answer.
  const ops: Op[] = [];
  for (let process = 0; process < 24; process++) {
    const op = { time: process, process, f: 'push', value: process };
    ops.push({ ...op, index: ops.length, type: 'invoke' });
  }
  const pop = { process: 99, f: 'pop', value: null };
  ops.push({ ...pop, index: ops.length, time: 100, type: 'invoke' });
  ops.push({ ...pop, index: ops.length, time: 101, type: 'ok', value: 'nothing pushed' });
  const model = MODELS.stack as Model<unknown>;
  const history = historyOf(ops);
  const outcomes = new Outcomes(history, model, 'declared');
  const problem = problemOf(history, model, outcomes, partition(history, model).calls, null);
  const charged: number[] = [];
  const budget = { spend: (steps: number) => charged.push(steps) < 10, reason: 'time limit' };
  const { verdict, steps } = judgeByConfigurations(problem, { ...LIMITS, budget });
  expect(verdict).toBe('limit');
  expect(charged).toHaveLength(10);
  expect(steps).toBeLessThan(50_000);
});

test('the engine is chosen by name, and says what would settle it when its bound is too small', () => {
  const op = (index: number, process: number, type: Op['type'], f: string, value: Json): Op => {
    return { index, time: index * 1e6, process, type, f, value };
  };
  const writes = Array.from({ length: 8 }, (_, i) => op(i, i, 'invoke', 'write', i));
  const answers = writes.map(({ process, value }, i) => op(8 + i, process as number, 'ok', 'write', value));
  const reads = [op(16, 9, 'invoke', 'read', null), op(17, 9, 'ok', 'read', 3)];
  const history = historyOf([...writes, ...answers, ...reads]);
  const check = (maxConfigurations: number) =>
    linearizable(history, { model: 'register', engine: 'configurations', maxConfigurations });
  expect(check(100_000)).toMatchObject({ verdict: 'pass', stats: { engine: 'configurations' } });
  const small = check(20);
  expect(small.verdict).toBe('unknown');
  expect(small.note).toMatch(/limit of 20 configurations.*Engine auto or search/s);
  const wrong = historyOf([...writes, ...answers, reads[0]!, { ...reads[1]!, value: 77 }]);
  const failed = linearizable(wrong, { model: 'register', engine: 'configurations' });
  expect(failed).toMatchObject({ verdict: 'fail', anomalies: [{ kind: 'garbage-read' }] });
});

test('a violation shows what could hold just before it, and what came too late to explain it', () => {
  const op = (index: number, process: number, type: Op['type'], f: string, value: Json): Op => {
    return { index, time: index * 1e6, process, type, f, value };
  };
  const history = historyOf([
    op(0, 0, 'invoke', 'write', 1),
    op(1, 1, 'invoke', 'write', 3),
    op(2, 0, 'ok', 'write', 1),
    op(3, 1, 'ok', 'write', 3),
    op(4, 2, 'invoke', 'read', null),
    op(5, 2, 'ok', 'read', 3),
    op(6, 3, 'invoke', 'read', null),
    op(7, 3, 'ok', 'read', 1),
    op(8, 4, 'invoke', 'write', 1),
    op(9, 4, 'ok', 'write', 1),
  ]);
  for (const engine of ['auto', 'search', 'configurations']) {
    const result = linearizable(history, { model: 'register', engine });
    const [anomaly] = result.anomalies;
    const texts = anomaly!.steps.map((step) => step.text);
    expect(texts).toContain(
      'After process 0 wrote 1, then process 1 wrote 3, then process 2 read 3 the register must hold 3; ' +
        'process 3 read 1.',
    );
    expect(texts).toContain('process 4, which wrote 1, was not yet invoked then.');
    expect(anomaly!.detail).toMatchObject({ configurations: [{ after: [0, 1, 4], holds: '3' }] });
  }
});
