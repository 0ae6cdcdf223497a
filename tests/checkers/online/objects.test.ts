import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bruteLinearizable } from '../../../checkers/linearizable/brute.ts';
import { Outcomes } from '../../../checkers/linearizable/outcomes.ts';
import { partition } from '../../../checkers/linearizable/parts.ts';
import { problemOf } from '../../../checkers/linearizable/problem.ts';
import type { Model } from '../../../checkers/models/model.ts';
import { MODELS } from '../../../checkers/models/registry.ts';
import { LinearizableWatch } from '../../../checkers/online/linearizable-watch.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { objectHistory } from '../linearizable/random-objects.ts';
import { drawnOps, drawnSteps } from '../linearizable/random-register.ts';
import { VOCABULARIES } from '../linearizable/vocabularies.ts';

const shapes = fc.record({
  unique: fc.boolean(),
  info: fc.constantFrom(0, 10, 25),
  refused: fc.boolean(),
  spoil: fc.constantFrom(0, 15, 40),
  mask: fc.constantFrom(255, 255, 0b11, 0b10110, 0b1011),
});
const names = Object.keys(VOCABULARIES) as (keyof typeof VOCABULARIES)[];

test.each(names)(
  '%s: operation by operation as by trying every order; without patience never more',
  (name) => {
    const model = MODELS[name] as Model<unknown>;
    const options = { model, initial: null, failedCas: 'declared' } as const;
    const seen = { valid: 0, invalid: 0, hasty: 0 };
    fc.assert(
      fc.property(drawnOps(9), drawnSteps(9), shapes, fc.nat(6), (drawn, steps, shape, ms) => {
        const history = objectHistory(model, VOCABULARIES[name]!, drawn, steps, shape);
        const parts = partition(history, model);
        const problem = problemOf(
          history,
          model,
          new Outcomes(history, model, 'declared'),
          parts.calls,
          null,
        );
        const valid = bruteLinearizable(problem, problem.initial)!;
        seen[valid ? 'valid' : 'invalid']++;
        const alarmed = (watch: LinearizableWatch): boolean => {
          const alarms = [...history.ops()].map((op) => watch.take(op));
          return watch.end() || alarms.includes(true);
        };
        expect(alarmed(new LinearizableWatch(options))).toBe(!valid);
        const hasty = alarmed(new LinearizableWatch({ ...options, patienceNs: ms * 1e6 }));
        if (hasty) seen.hasty++;
        // Answers that were swapped say of a transaction that it wrote what it was never asked to write: only whoever
        // waits for the answer can know.
        if (valid && name !== 'multi-register') expect(hasty).toBe(false);
      }),
      { numRuns: fuzzRuns(120) },
    );
    expect(Math.min(seen.valid, seen.invalid)).toBeGreaterThan(1);
    expect(seen.hasty).toBeGreaterThan(0);
  },
);
