/**
 * The reduction of a failing case: stage after stage leaves something out or makes something simpler, and keeps
 * it when the same class of failure is still there, until a whole round changes nothing.
 *
 * Big things first: what comes after the failure, faults, clients, keys, operations, nodes; then everything
 * that is a number. Staged reduction with re-rolled seeds gets smaller in far fewer runs than the integrated
 * shrinking of property testing, which starts over at the first field after every success.
 */
import type { Case } from '../harness/sim/case.ts';
import { Attempts, BudgetSpent, type Limits } from './attempts.ts';
import type { Scenario, Signature } from './scenario.ts';
import { PATIENT_STAGES, STAGES, type Stage } from './stages.ts';

/** What a reduction has reached. */
export interface Reduced {
  case: Case;
  /** When the failure was complete in it, ns. */
  shownNs: number;
  runs: number;
  remembered: number;
  tookMs: number;
  /** False when time or runs ended before nothing could be left out any more. */
  complete: boolean;
}

/** Where a reduction is. */
export interface ReductionStep extends Omit<Reduced, 'complete'> {
  stage: string;
  round: number;
}

/** Ten other seeds; a minute. */
export const DEFAULT_LIMITS: Limits = { reseeds: 10, budgetMs: 60_000, maxRuns: 100_000 };

const MOST_ROUNDS = 8;

/**
 * What is left of this size is small enough. Of more, things are left out once again with so many times as many seeds:
 * a failure that takes several coincidences shows itself in one seed of a hundred when one of them is gone.
 */
const SMALL = { faults: 2, ops: 6 };
const PATIENCE = 10;

/**
 * Reduces the case of a scenario that fails with this signature at `shownNs`. Deterministic as long as the
 * budget in time does not end it. `onStep` hears every stage that made something smaller.
 */
export function shrinkScenario(
  scenario: Scenario,
  signature: Signature,
  shownNs: number,
  limits: Partial<Limits> = {},
  onStep?: (step: ReductionStep) => void,
): Reduced {
  const attempts = new Attempts(scenario, signature, shownNs, { ...DEFAULT_LIMITS, ...limits });
  const reached = (): Omit<Reduced, 'complete'> => ({
    case: attempts.best,
    shownNs: attempts.shownNs,
    runs: attempts.runs,
    remembered: attempts.remembered,
    tookMs: attempts.elapsedMs,
  });
  const walk = (stages: Readonly<Record<string, Stage>>, round: number): void => {
    for (const [stage, reduce] of Object.entries(stages)) {
      const from = attempts.best;
      reduce(attempts);
      if (attempts.best !== from) onStep?.({ stage, round, ...reached() });
    }
  };
  try {
    for (let round = 1; round <= MOST_ROUNDS; round++) {
      const before = shapeOf(attempts.best);
      walk(STAGES, round);
      if (shapeOf(attempts.best) !== before) continue;
      const { faults, ops } = attempts.best;
      if (faults.length <= SMALL.faults && ops.length <= SMALL.ops) break;
      attempts.patience = PATIENCE;
      walk(PATIENT_STAGES, round);
      attempts.patience = 1;
      if (shapeOf(attempts.best) === before) break;
    }
    return { ...reached(), complete: true };
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error;
    return { ...reached(), complete: false };
  }
}

/** Everything of a case but its seed. */
function shapeOf({ seed: _, ...rest }: Case): string {
  return JSON.stringify(rest);
}
