import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bruteLinearizable } from '../../../checkers/linearizable/brute.ts';
import { Outcomes } from '../../../checkers/linearizable/outcomes.ts';
import { partition } from '../../../checkers/linearizable/parts.ts';
import { problemOf } from '../../../checkers/linearizable/problem.ts';
import { search } from '../../../checkers/linearizable/search.ts';
import { casRegister } from '../../../checkers/models/cas-register.ts';
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
