/**
 * Looks at a budget from the middle of a pass that has nothing to answer but its result: over a million operations
 * one linear pass takes as long as a tenth of a short limit, and a limit is kept within that.
 */
import type { Budget } from './contract.ts';

/** The budget of a check ended in the middle of a pass. */
export class OutOfBudget extends Error {}

/** Steps between two looks: some tenth of a millisecond of the simplest loops. */
const EVERY = 1 << 14;

/** Steps of passes; each some dozen instructions. Throws OutOfBudget where the budget has ended. */
export class Pace {
  readonly #budget: Budget;
  #left = EVERY;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** One step of a pass. */
  step(): void {
    if (--this.#left === 0) this.look();
  }

  /** Looks at once: before something whose length is known to be great. */
  look(): void {
    this.#left = EVERY;
    if (!this.#budget.spend(EVERY)) throw new OutOfBudget();
  }
}

/** What `check` gives, or what `ended` does where the budget ended in the middle of a pass. */
export function inTime<T>(check: () => T, ended: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof OutOfBudget)) throw error;
    return ended();
  }
}
