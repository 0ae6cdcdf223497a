/**
 * What a fast exact way to judge an object is: faster than search, and never a guess.
 */
import type { Inquiry } from './inquiry.ts';
import { type Problem, problemOf } from './problem.ts';
import { StateTable } from './state-table.ts';

/**
 * One key's verdict. `invalid` comes with a problem that is invalid by itself, up to the completion `stuckAt`. `split`: what is undecided falls
 * into these groups of calls, each an object of its own; the rest is valid. null: it is for the search.
 */
export type FastDecision =
  | { verdict: 'valid' }
  | { verdict: 'invalid'; problem: Problem; stuckAt?: number }
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

/** The same, with operations about all items cut down to these. */
export function invalidAbout(
  inquiry: Inquiry,
  calls: Iterable<number>,
  items: ReadonlySet<string>,
): FastDecision {
  const { history, model, outcomes, initial } = inquiry;
  const ascending = Int32Array.from(new Set(calls)).sort();
  const whole = problemOf(history, model, outcomes, ascending, initial);
  const table = new StateTable(model);
  const cls = whole.cls.map((id) => {
    const op = whole.table.op(id);
    return table.classOf(model.restrict?.(op, items) ?? op);
  });
  const readOnly = new Uint8Array(table.classes);
  for (let id = 0; id < table.classes; id++) readOnly[id] = model.readOnly(table.op(id)) ? 1 : 0;
  const problem: Problem = { ...whole, cls, table, readOnly, initial: table.initial(initial) };
  return { verdict: 'invalid', problem };
}

/** A verdict of invalid that rests on everything up to a completion. */
export function invalidUpTo(inquiry: Inquiry, calls: Int32Array, stuckAt: number): FastDecision {
  const decision = invalidBy(
    inquiry,
    calls.filter((call) => call < stuckAt),
  );
  return { ...decision, stuckAt } as FastDecision;
}
