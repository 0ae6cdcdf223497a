/**
 * What a test may hand to a matcher as a history: a `History`, a simulated run, operations as objects, or the
 * path of a file or run folder. Operations given by hand are often partial; what they lack is filled in.
 */
import { HistoryError, historyOf } from '../../harness/history/builder.ts';
import { History } from '../../harness/history/history.ts';
import { readHistory } from '../../harness/history/open.ts';
import { indexOf, inIndexOrder } from '../../harness/history/order.ts';
import { withOrigin } from '../../harness/history/origin.ts';
import type { Op } from '../../harness/op.ts';

/** An operation as a test writes it: position and time follow from the order when they are left out. */
export type TestOp = Omit<Op, 'index' | 'time'> & Partial<Pick<Op, 'index' | 'time'>>;

/** Anything a matcher takes for a history; a path makes the matcher asynchronous. */
export type HistorySubject = History | { readonly history: History } | readonly TestOp[] | string;

/** Milliseconds between operations whose times were left out: enough to be told apart in messages. */
const STEP_NS = 1e6;

/**
 * The history a test means. A promise for a path. Throws `TypeError` for anything that is none, `HistoryError`
 * for operations that break the rules of processes.
 */
export function historyFrom(subject: unknown): History | Promise<History> {
  if (subject instanceof History) return subject;
  if (hasHistory(subject)) return subject.history;
  if (typeof subject === 'string') return read(subject);
  if (Array.isArray(subject) && subject.every(isOp)) return historyOf(ordered(subject).map(completed));
  throw new TypeError(
    'expected a History, an array of operations ({ process, type, f, value }), or the path of a history',
  );
}

/** Reads a file; what is wrong with it is said in full, with its place, as the command line would say it. */
async function read(path: string): Promise<History> {
  try {
    const { history, notes } = await readHistory(path);
    return withOrigin(history, () => [`read from ${path}`, ...notes.map((note) => `note: ${note}`)]);
  } catch (error) {
    if (!(error instanceof Error && 'format' in error && typeof error.format === 'function')) throw error;
    throw new Error(String(error.format()), { cause: error });
  }
}

/** A simulated run, or anything else that has its history. */
function hasHistory(value: unknown): value is { history: History } {
  return (
    typeof value === 'object' && value !== null && (value as { history?: unknown }).history instanceof History
  );
}

function isOp(value: unknown): value is TestOp {
  return typeof value === 'object' && value !== null && 'process' in value && 'type' in value && 'f' in value;
}

/** By index, where every operation has one of its own; as they stand, where they have none. */
function ordered(ops: readonly TestOp[]): readonly TestOp[] {
  const items = ops.map((op, i) => ({
    op,
    index: indexOf(op.index),
    where: () => `operation ${i}`,
    placed: (error: HistoryError) =>
      new HistoryError(error.index, `operation ${i} of the array: ${error.message}`, {
        ...(error.hint === undefined ? {} : { hint: error.hint }),
      }),
  }));
  return inIndexOrder(items)?.map(({ op }) => op) ?? ops;
}

function completed(op: TestOp, index: number): Op {
  return { ...op, index, time: op.time ?? index * STEP_NS };
}
