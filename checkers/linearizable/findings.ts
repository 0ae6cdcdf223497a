/**
 * Violations on their way to the result: shrunk, confirmed by the oracle, told. Only the first few are told;
 * all are counted.
 */
import type { Anomaly } from '../../harness/verdict.ts';
import { explain, secondLook } from './explain.ts';
import type { Inquiry } from './inquiry.ts';
import type { Problem } from './problem.ts';
import { shrink } from './shrink.ts';

/** Most violations that are told. */
export const MAX_ANOMALIES = 10;

/** Collects the violations of one check. */
export class Findings {
  readonly anomalies: Anomaly[] = [];
  /** Keys that are violated. */
  count = 0;
  /** Set when a violation was not confirmed: what nobody confirmed must not pass for a verdict. */
  doubt: string | null = null;
  readonly #inquiry: Inquiry;

  constructor(inquiry: Inquiry) {
    this.#inquiry = inquiry;
  }

  /** Adds a problem that is not linearizable; `calls` are all invocations of its key. */
  add(problem: Problem, stuckAt: number, key: number, calls: Int32Array): void {
    if (this.anomalies.length >= MAX_ANOMALIES) {
      this.count++;
      return;
    }
    const { budget } = this.#inquiry;
    const core = shrink(problem, stuckAt, budget);
    const { verdict, exhaustive } = secondLook(core, budget);
    if (verdict !== 'invalid') {
      this.doubt =
        verdict === 'valid'
          ? 'a violation was found that a second look refuted: this is a fault of the checker, please report it'
          : `a violation was found, but confirming it did not end within the ${budget.spend(0) ? 'limit of configurations' : budget.reason}; a higher limit may settle it`;
      return;
    }
    this.count++;
    this.anomalies.push(explain(this.#inquiry, core, key, calls, exhaustive));
  }
}
