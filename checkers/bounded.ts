/**
 * Keeps checkers within their budget while they read: every so many values a checker takes out of a history, its
 * budget is consulted, and once it has ended the check does, as `unknown`. Checkers that consult their budget
 * themselves see it first and may still tell what they had found.
 */
import type { CheckerOptions } from '../harness/contracts.ts';
import { History } from '../harness/history/history.ts';
import type { Interner } from '../harness/history/interner.ts';
import type { Json } from '../harness/op.ts';
import type { CheckerResult } from '../harness/verdict.ts';
import type { Budget, Checker } from './contract.ts';
import { inTime, OutOfBudget } from './pace.ts';

/** Values taken between two looks at the budget. */
const EVERY = 512;

/** The checker, ending in time while it reads. */
export function bounded<C extends Checker>(checker: C): C {
  const check = (history: History, options: CheckerOptions, budget: Budget): CheckerResult => {
    const watch = new Watch(budget);
    return inTime(
      () => checker.check(watchedHistory(history, watch), options, watch),
      () => {
        const note = `stopped at the ${budget.reason} while the history was read; a higher limit would settle it`;
        return { verdict: 'unknown', anomalies: [], stats: { steps: watch.spent }, note };
      },
    );
  };
  return { ...checker, check };
}

/** A budget that knows whether the checker has been told that it ended. */
class Watch implements Budget {
  readonly #budget: Budget;
  #told = false;
  #taken = 0;
  spent = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  get reason(): string {
    return this.#budget.reason;
  }

  spend(steps: number): boolean {
    this.spent += steps;
    const more = this.#budget.spend(steps);
    if (!more) this.#told = true;
    return more;
  }

  /** A value was taken. A checker that knows that its time is over may still word what it found. */
  take(): void {
    if (++this.#taken < EVERY || this.#told) return;
    this.#taken = 0;
    this.spent += EVERY;
    if (!this.#budget.spend(EVERY)) throw new OutOfBudget();
  }
}

function watchedHistory(history: History, watch: Watch): History {
  return new History(
    history.length,
    history.columns,
    history.names,
    new WatchedValues(history.values, watch),
  );
}

/** The values of a history, each taken under watch. */
class WatchedValues implements Interner<Json> {
  readonly #values: Interner<Json>;
  readonly #watch: Watch;

  constructor(values: Interner<Json>, watch: Watch) {
    this.#values = values;
    this.#watch = watch;
  }

  get size(): number {
    return this.#values.size;
  }

  intern(item: Json): number {
    return this.#values.intern(item);
  }

  find(item: Json): number {
    return this.#values.find(item);
  }

  get(id: number): Json {
    this.#watch.take();
    return this.#values.get(id);
  }

  unparsedText(id: number): string | undefined {
    this.#watch.take();
    return this.#values.unparsedText?.(id);
  }
}
