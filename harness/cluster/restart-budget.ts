/**
 * Decides what follows when a node has ended by itself: nothing, a restart, or giving up. Pure but for its
 * own count.
 */
import type { Exit } from './cluster-error.ts';
import type { RestartPolicy } from './options.ts';

/** What to do about a node that ended by itself. */
export type AfterEnd =
  | { kind: 'stay' }
  | { kind: 'give-up'; restarts: number }
  | { kind: 'restart'; delayMs: number };

/** The restarts of one node under its policy. */
export class RestartBudget {
  readonly #policy: RestartPolicy;
  #used = 0;

  constructor(policy: RestartPolicy) {
    this.#policy = policy;
  }

  /** What follows an end with this exit. */
  after(exit: Exit): AfterEnd {
    const { policy, max, delayMs } = this.#policy;
    if (policy === 'never' || (policy === 'on-crash' && exit.code === 0)) return { kind: 'stay' };
    return this.#used >= max ? { kind: 'give-up', restarts: this.#used } : { kind: 'restart', delayMs };
  }

  /** Takes one restart; returns its number, from 1. */
  take(): number {
    return ++this.#used;
  }
}
