/**
 * The replicated log of one node over its durable logs: positions from 1, terms, conflicts. What a snapshot holds
 * may be dropped from the front; since durable logs are only cut at their ends, what stays moves to another one,
 * and the record of the snapshot says which of the two counts, so that a crash finds either all of the old or all
 * of the new.
 */
import type { DurableLog, Storage } from '../api.ts';
import type { Command, Entry } from './messages.ts';

/** Where the log is kept and what is gone from it; part of the durable record of the snapshot. */
export type Place = {
  log: string;
  /** Last position that is gone, and its term. */
  base: number;
  baseTerm: number;
};

/** Hears of what happens to the log. */
export interface LogListener {
  /** A configuration entry was added. */
  configured?(index: number, command: Command): void;
  /** The tail was cut off; so many positions are left. */
  cut?(lastIndex: number): void;
  /** Entries up to `base` are about to be dropped from the front. */
  compacting?(base: number): void;
  /** The log was replaced: it begins after `base`, and nothing is known of what was before. */
  replaced?(base: number, baseTerm: number): void;
}

const NAMES = ['raft', 'raft-2'] as const;
/** No entries: most messages of a leader hold these. */
const NOTHING = Object.freeze([]) as unknown as Entry[];

/** Entries by position; position `base` is the last that only a snapshot holds. */
export class RaftLog {
  readonly #storage: Storage;
  readonly #listeners: LogListener[] = [];
  #items: DurableLog;
  #place: Place;

  /** The log as an earlier life left it; `place` is that of the snapshot, null without one. */
  constructor(storage: Storage, place: Place | null) {
    this.#storage = storage;
    this.#place = place ?? { log: NAMES[0], base: 0, baseTerm: 0 };
    this.#items = storage.log(this.#place.log);
    // A crash in the middle of a move.
    this.#other.truncate(0);
  }

  listen(listener: LogListener): void {
    this.#listeners.push(listener);
  }

  /** Last position that is gone from the front; 0 when none is. */
  get base(): number {
    return this.#place.base;
  }

  /** Where it is kept now. */
  get place(): Place {
    return this.#place;
  }

  get lastIndex(): number {
    return this.#place.base + this.#items.length;
  }

  get lastTerm(): number {
    return this.term(this.lastIndex);
  }

  /** Entry at a position; throws RangeError outside the log. */
  entry(index: number): Entry {
    return this.#items.get(index - this.#place.base - 1) as Entry;
  }

  /** Term at a position from `base` on; 0 for position 0. */
  term(index: number): number {
    return index === this.#place.base ? this.#place.baseTerm : this.entry(index).term;
  }

  /** True when the entry at a position is here, or was the last that is gone, and is of this term. */
  holds(index: number, term: number): boolean {
    return index >= this.base && index <= this.lastIndex && this.term(index) === term;
  }

  /** Adds at the end and returns the position. */
  push(entry: Entry): number {
    this.#append([entry]);
    return this.lastIndex;
  }

  /** At most `limit` entries from a position on. */
  from(index: number, limit: number): Entry[] {
    const end = Math.min(this.lastIndex, index + limit - 1);
    if (end < index) return NOTHING;
    // One is the rule, and a list that has to grow takes room for seventeen.
    const out: Entry[] = [this.entry(index)];
    for (let i = index + 1; i <= end; i++) out.push(this.entry(i));
    return out;
  }

  /** First position of the run of equal terms that ends at `index`, as far as it is here. */
  startOfTerm(index: number): number {
    let first = index;
    while (first > this.base + 1 && this.term(first - 1) === this.term(index)) first--;
    return first;
  }

  /**
   * Makes the log hold `entries` after `prevIndex`, which is not before `base`. Only a real conflict cuts the
   * tail: an old message that arrives late must not remove entries that came after it.
   */
  merge(prevIndex: number, entries: readonly Entry[]): void {
    for (let i = 0; i < entries.length; i++) {
      const index = prevIndex + 1 + i;
      if (index <= this.lastIndex && this.term(index) === entries[i]!.term) continue;
      if (index <= this.lastIndex) {
        this.#items.truncate(index - 1 - this.base);
        for (const listener of this.#listeners) listener.cut?.(index - 1);
      }
      this.#append(i === 0 ? entries : entries.slice(i));
      return;
    }
  }

  /** Drops everything up to `base`. `record` must durably name the place it is given. */
  compact(base: number, record: (place: Place) => void): void {
    for (const listener of this.#listeners) listener.compacting?.(base);
    this.#move({ base, baseTerm: this.term(base) }, this.from(base + 1, this.lastIndex - base), record);
  }

  /** Begins anew after `base`; of what was after it, `kept` stays. */
  replace(base: number, baseTerm: number, kept: readonly Entry[], record: (place: Place) => void): void {
    this.#move({ base, baseTerm }, kept, record);
    for (const listener of this.#listeners) listener.replaced?.(base, baseTerm);
    for (const [i, { command }] of kept.entries()) this.#configured(base + 1 + i, command);
  }

  /** Tells of the configuration entries after a position. */
  retell(index: number): void {
    for (let i = Math.max(index, this.base) + 1; i <= this.lastIndex; i++)
      this.#configured(i, this.entry(i).command);
  }

  get #other(): DurableLog {
    return this.#storage.log(NAMES[this.#place.log === NAMES[0] ? 1 : 0]!);
  }

  /** First what stays, then the record that makes it count, then what was before. */
  #move(bounds: Omit<Place, 'log'>, kept: readonly Entry[], record: (place: Place) => void): void {
    const old = this.#items;
    const items = this.#other;
    items.append(kept);
    this.#place = { log: NAMES[this.#place.log === NAMES[0] ? 1 : 0]!, ...bounds };
    this.#items = items;
    record(this.#place);
    old.truncate(0);
  }

  #append(entries: readonly Entry[]): void {
    const first = this.lastIndex + 1;
    this.#items.append(entries);
    for (let i = 0; i < entries.length; i++) this.#configured(first + i, entries[i]!.command);
  }

  #configured(index: number, command: Command): void {
    if (command.type !== 'config') return;
    for (const listener of this.#listeners) listener.configured?.(index, command);
  }
}
