/**
 * What a checker is: a pure function from a history to a verdict with witnesses. No I/O, no time, no
 * randomness of its own, no `node:` modules, so that it runs in workers and in a browser.
 */
import type { CheckerOptions, ParameterSpec } from '../harness/contracts.ts';
import type { History } from '../harness/history/history.ts';
import type { CheckerResult } from '../harness/verdict.ts';

/**
 * Bounds the work of a search. A checker calls `spend` as it goes; once it answers false the checker stops
 * and returns `unknown` with how far it got.
 */
export interface Budget {
  /** Records `steps` units of work; false when time or memory is used up. Cheap: call it every few hundred steps. */
  spend(steps: number): boolean;
  /** Why the budget ended, for the note: `time limit of 60 s`, `memory limit of 2 GB`. */
  readonly reason: string;
}

/** A budget that never ends. */
export const UNLIMITED: Budget = { spend: () => true, reason: 'no limit' };

/** A check that several threads make together, each on its own view of the same history. */
export interface SharedCheck {
  /** Memory, zeroed, on which they tell each other what is claimed and found. */
  readonly boardBytes: number;
  /** Does what nobody has claimed, until nothing is left; what it returns is plain data. */
  work(board: ArrayBufferLike): unknown;
  /** The verdict from what all of them returned, in any order: the one `check` would give. */
  merge(shares: readonly unknown[]): CheckerResult;
}

/** One checker, by name in the registry. */
export interface Checker {
  name: string;
  summary: string;
  options: Readonly<Record<string, ParameterSpec>>;
  /** The functions it understands, each as operations of it look: `read: 'read -> [v...]'`. All others are left alone. */
  reads?: Readonly<Record<string, string>>;
  /** Every kind of anomaly it can report, and what each means in one clause. */
  anomalies?: Readonly<Record<string, string>>;
  check(history: History, options: CheckerOptions, budget: Budget): CheckerResult;
  /** The same check for several threads; null when one thread does it as fast. */
  share?(history: History, options: CheckerOptions, budget: Budget): SharedCheck | null;
}
