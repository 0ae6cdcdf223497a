/**
 * Violations on their way to the result: shrunk, confirmed by the oracle, told. Only the first few are told;
 * all are counted.
 */
import type { Anomaly } from '../../harness/verdict.ts';
import { confirmed, explain } from './explain.ts';
import type { Inquiry } from './inquiry.ts';
import type { Problem } from './problem.ts';
import { shrink } from './shrink.ts';

const MAX_ANOMALIES = 10;

/** Collects the violations of one check. */
export class Findings {
  readonly anomalies: Anomaly[] = [];
  /** Keys that are violated. */
  count = 0;
  /** Set when a violation was not confirmed: a fault of ours that must not pass for a verdict. */
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
    const core = shrink(problem, stuckAt);
    if (core === null || !confirmed(core)) {
      this.doubt =
        'a violation was found that a second look did not confirm: this is a fault of the checker, please report it';
      return;
    }
    this.count++;
    this.anomalies.push(explain(this.#inquiry, core, key, calls));
  }
}
