/**
 * What a fast exact way to judge an object is: faster than search, and never a guess.
 */
import type { Inquiry } from './inquiry.ts';
import { type Problem, problemOf } from './problem.ts';

/**
 * One key's verdict. `invalid` comes with a problem that is invalid by itself. `split`: what is undecided falls
 * into these groups of calls, each an object of its own; the rest is valid. null: it is for the search.
 */
export type FastDecision =
  | { verdict: 'valid' }
  | { verdict: 'invalid'; problem: Problem }
  | { verdict: 'split'; parts: Int32Array[] }
  | null;

/** Judges keys one after the other. */
export interface FastPath {
  /** What the statistics call it. */
  readonly name: string;
  /** Judges the operations with these invocations (ascending). */
  judge(calls: Int32Array): FastDecision;
}

/** The verdict valid. */
export const VALID: FastDecision = { verdict: 'valid' };

/** A verdict of invalid that rests on the operations with these invocations, in any order. */
export function invalidBy(inquiry: Inquiry, calls: Iterable<number>): FastDecision {
  const { history, model, outcomes, initial } = inquiry;
  const ascending = Int32Array.from(new Set(calls)).sort();
  return { verdict: 'invalid', problem: problemOf(history, model, outcomes, ascending, initial) };
}
