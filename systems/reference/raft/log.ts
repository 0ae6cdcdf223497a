/**
 * The replicated log of one node over its durable log: positions from 1, terms, conflicts.
 */
import type { DurableLog } from '../api.ts';
import type { Entry } from './messages.ts';

/** Entries by position; position 0 is the empty log. */
export class RaftLog {
  readonly #items: DurableLog;
  /** Told the new length whenever the tail was cut off. */
  onCut: (length: number) => void = () => {};

  constructor(items: DurableLog) {
    this.#items = items;
  }

  get lastIndex(): number {
    return this.#items.length;
  }

  get lastTerm(): number {
    return this.term(this.lastIndex);
  }

  /** Entry at a position; throws RangeError outside the log. */
  entry(index: number): Entry {
    return this.#items.get(index - 1) as Entry;
  }

  /** Term at a position; 0 for position 0. */
  term(index: number): number {
    return index === 0 ? 0 : this.entry(index).term;
  }

  /** Adds at the end and returns the position. */
  push(entry: Entry): number {
    this.#items.append([entry]);
    return this.lastIndex;
  }

  /** At most `limit` entries from a position on. */
  from(index: number, limit: number): Entry[] {
    const out: Entry[] = [];
    const end = Math.min(this.lastIndex, index + limit - 1);
    for (let i = index; i <= end; i++) out.push(this.entry(i));
    return out;
  }

  /** First position of the run of equal terms that ends at `index`. */
  startOfTerm(index: number): number {
    let first = index;
    while (first > 1 && this.term(first - 1) === this.term(index)) first--;
    return first;
  }

  /**
   * Makes the log hold `entries` after `prevIndex`. Only a real conflict cuts the tail: an old message that
   * arrives late must not remove entries that came after it.
   */
  merge(prevIndex: number, entries: readonly Entry[]): void {
    for (let i = 0; i < entries.length; i++) {
      const index = prevIndex + 1 + i;
      if (index <= this.lastIndex && this.term(index) === entries[i]!.term) continue;
      if (index <= this.lastIndex) {
        this.#items.truncate(index - 1);
        this.onCut(index - 1);
      }
      this.#items.append(entries.slice(i));
      return;
    }
  }
}
