/**
 * The order of operations is that of their `index`, whatever the order of lines. Readers go by lines as long as
 * indexes rise; where they do not, everything is put into order first, if every operation has an index of its own.
 */
import type { Json } from '../op.ts';
import { HistoryError } from './builder.ts';

/** Something with an index, before it is an operation. */
export interface Indexed {
  /** Null where it has none. */
  index: number | null;
  /** `line 3`. */
  where(): string;
  /** The same error, with the place of this in its file. */
  placed(error: HistoryError): HistoryError;
}

/** The index a record gives itself, or null: negative ones stand for none in other tools. */
export function indexOf(value: Json | undefined): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** Watches that indexes rise. */
export class IndexOrder {
  #last = -1;

  /** The index of the operation at this position. Throws `HistoryError` when it is not above the one before. */
  next(index: number, position: number): void {
    if (index <= this.#last) throw notAbove(index, this.#last, position);
    this.#last = index;
  }
}

/**
 * The items by ascending index, or null when they are so already. Throws `HistoryError` when two have one index, and
 * when some have none, so that nobody knows where those belong. O(n log n).
 */
export function inIndexOrder<T extends Indexed>(items: readonly T[]): T[] | null {
  let last = -1;
  let late: T | null = null;
  let before = -1;
  for (const item of items) {
    if (item.index === null) continue;
    if (item.index <= last && late === null) {
      late = item;
      before = last;
    }
    last = Math.max(last, item.index);
  }
  if (late === null) return null;
  if (items.some(({ index }) => index === null)) {
    throw late.placed(notAbove(late.index!, before, items.indexOf(late)));
  }
  const sorted = [...items].sort((a, b) => a.index! - b.index!);
  for (let i = 1; i < sorted.length; i++) {
    const [first, second] = [sorted[i - 1]!, sorted[i]!];
    if (first.index !== second.index) continue;
    const error = new HistoryError(i, `index ${second.index} stands here and on ${first.where()}`, {
      hint: 'expected an index of its own for every operation',
    });
    throw second.placed(error);
  }
  return sorted;
}

/** What is said where order was made. */
export const SORTED_NOTE = 'the operations did not stand in the order of their index and were put into it';

function notAbove(index: number, last: number, position: number): HistoryError {
  return new HistoryError(position, `index ${index} is not above ${last}, which stands before it`, {
    hint: 'expected rising indexes; where every operation has one of its own, they may stand in any order',
  });
}
