/**
 * The operations of one queue, stack or priority queue as columns: when each item went in and came out, in
 * small ints. What the fast paths of all three read instead of operations.
 */
import { type History, NONE } from '../../harness/history/history.ts';
import type { Inquiry } from './inquiry.ts';
import { OPEN } from './problem.ts';

/** One key's items. Times are slots: 0 up to but excluding `slots`, in the order of the history. */
export interface ItemColumns {
  slots: number;
  /** Number of items. */
  count: number;
  /** Id of each item's value. */
  value: Int32Array;
  /** Slots: the insertion may happen from `ai` on and before `ar`; the removal from `ri` on and before `rr`. */
  ai: Int32Array;
  ar: Int32Array;
  /** `slots` when the item was never removed for certain; then `rr` is one more. */
  ri: Int32Array;
  rr: Int32Array;
  /** From when on the item can have come out at all: once inserted, and seen for the last time. */
  leaves: Int32Array;
  /** Completed looks at items: item and slots. */
  peeks: { item: Int32Array; from: Int32Array; to: Int32Array };
  /** Operations that found it empty: history index of the call, and slots. */
  empties: { call: Int32Array; from: Int32Array; to: Int32Array };
  /** Slots of the calls of removals of unknown outcome, ascending. */
  loose: Int32Array;
}

/** What reading comes to: columns, values that repeat, or values whose operations cannot be. */
export type ItemReading = ItemColumns | { ambiguous: true } | { impossible: number[] };

const OTHER = 0;
const INSERT = 1;
const TAKE = 2;
const PEEK = 3;

/** Reads keys of one history, reusing memory. */
export class ItemReader {
  readonly #inquiry: Inquiry;
  readonly #kinds: Uint8Array;
  readonly #nothing: number;
  /** Local number of each value, valid where the stamp is of this round. */
  readonly #local: Int32Array;
  readonly #stamp: Int32Array;
  /** Slot of each history index. */
  #rank: Int32Array | null = null;
  #round = 0;
  #count = 0;
  #value = new Int32Array(16);
  #inserted = new Int32Array(16);
  #taken = new Int32Array(16);
  #repeats = false;
  #impossible: number[] = [];

  constructor(inquiry: Inquiry, insert: string, take: string) {
    this.#inquiry = inquiry;
    const { history } = inquiry;
    this.#kinds = new Uint8Array(history.names.size);
    for (const [name, kind] of [[insert, INSERT] as const, [take, TAKE] as const, ['peek', PEEK] as const]) {
      const id = history.names.find(name);
      if (id >= 0) this.#kinds[id] = kind;
    }
    this.#nothing = history.values.find(null);
    this.#local = new Int32Array(history.values.size);
    this.#stamp = new Int32Array(history.values.size);
  }

  /** Reads the operations of one key. O(n), plus a native sort when there are many keys. */
  read(calls: Int32Array): ItemReading {
    this.#round++;
    this.#count = 0;
    this.#repeats = false;
    this.#impossible = [];
    const { outcomes, history } = this.#inquiry;
    const { fs, values, pairs } = history.columns;
    const loose: number[] = [];
    const empties: number[] = [];
    const peeks: number[] = [];
    for (let i = 0; i < calls.length; i++) {
      const call = calls[i]!;
      const outcome = outcomes.of(call);
      const kind = this.#kinds[fs[call]!]!;
      if (outcome === null || kind === OTHER) continue;
      if (kind === INSERT) this.#insert(values[call]!, call);
      else if (outcome === 'info') {
        if (kind === TAKE) loose.push(call);
      } else if (outcome === 'refused' || values[pairs[call]!] === this.#nothing) empties.push(call);
      else if (kind === TAKE) this.#take(values[pairs[call]!]!, call);
      else peeks.push(call);
    }
    for (const call of peeks) this.#item(values[pairs[call]!]!);
    if (this.#repeats) return { ambiguous: true };
    if (this.#impossible.length > 0) return { impossible: this.#impossible };
    return this.#columns(calls, loose, empties, peeks);
  }

  #item(value: number): number {
    if (this.#stamp[value] !== this.#round) {
      if (this.#count === this.#value.length) this.#grow();
      this.#stamp[value] = this.#round;
      this.#local[value] = this.#count;
      this.#value[this.#count] = value;
      this.#inserted[this.#count] = NONE;
      this.#taken[this.#count++] = NONE;
    }
    return this.#local[value]!;
  }

  #insert(value: number, call: number): void {
    const item = this.#item(value);
    if (value === this.#nothing || this.#inserted[item] !== NONE) this.#repeats = true;
    this.#inserted[item] = call;
  }

  #take(value: number, call: number): void {
    const item = this.#item(value);
    if (this.#taken[item] === NONE) this.#taken[item] = call;
    else if (this.#impossible.length === 0) this.#impossible.push(value);
  }

  #grow(): void {
    for (const name of ['value', 'inserted', 'taken'] as const) {
      const old = name === 'value' ? this.#value : name === 'inserted' ? this.#inserted : this.#taken;
      const grown = new Int32Array(old.length * 2);
      grown.set(old);
      if (name === 'value') this.#value = grown;
      else if (name === 'inserted') this.#inserted = grown;
      else this.#taken = grown;
    }
  }

  #columns(calls: Int32Array, loose: number[], empties: number[], peeks: number[]): ItemReading {
    const history = this.#inquiry.history;
    const { values } = history.columns;
    const rank = this.#ranks(calls);
    const slots = rank.slots;
    const endOf = (call: number): number => rank.of(history.pair(call));
    const spans = (list: number[]): { from: Int32Array; to: Int32Array } => ({
      from: Int32Array.from(list, (call) => rank.of(call)),
      to: Int32Array.from(list, endOf),
    });
    const seen = {
      item: Int32Array.from(peeks, (call) => this.#local[values[history.pair(call)]!]!),
      ...spans(peeks),
    };
    // Earliest end and latest beginning of the looks at each item.
    const firstSeen = new Int32Array(this.#count).fill(slots);
    const lastSeen = new Int32Array(this.#count).fill(-1);
    for (const [i, item] of seen.item.entries()) {
      firstSeen[item] = Math.min(firstSeen[item]!, seen.to[i]!);
      lastSeen[item] = Math.max(lastSeen[item]!, seen.from[i]!);
    }
    const c: ItemColumns = {
      slots,
      count: 0,
      value: new Int32Array(this.#count),
      ai: new Int32Array(this.#count),
      ar: new Int32Array(this.#count),
      ri: new Int32Array(this.#count),
      rr: new Int32Array(this.#count),
      leaves: new Int32Array(this.#count),
      peeks: seen,
      empties: { call: Int32Array.from(empties), ...spans(empties) },
      loose: Int32Array.from(loose, (call) => rank.of(call)),
    };
    const place = new Int32Array(this.#count).fill(NONE);
    for (let item = 0; item < this.#count; item++) {
      const call = this.#inserted[item]!;
      const taken = this.#taken[item]!;
      const value = this.#value[item]!;
      if (call === NONE) return { impossible: [value] };
      const seenAt = firstSeen[item]!;
      const open = this.#inquiry.outcomes.of(call) === 'info';
      // Never seen, and perhaps never there: whatever it would explain can be explained without it.
      if (open && taken === NONE && seenAt === slots) continue;
      const from = rank.of(call);
      const end = taken === NONE ? slots + 1 : endOf(taken);
      if (end < from || seenAt < from || end < lastSeen[item]!) return { impossible: [value] };
      const at = c.count++;
      place[item] = at;
      c.value[at] = value;
      c.ai[at] = from;
      c.ar[at] = Math.min(open ? slots : endOf(call), end, seenAt);
      c.leaves[at] = Math.max(from, lastSeen[item]!);
      c.ri[at] = taken === NONE ? slots : Math.max(rank.of(taken), c.leaves[at]!);
      c.rr[at] = end;
    }
    for (const [i, item] of seen.item.entries()) seen.item[i] = place[item]!;
    return c;
  }

  /** Slots: history indexes themselves where most of them belong to this key, else their ranks among its own. */
  #ranks(calls: Int32Array): { slots: number; of(index: number): number } {
    const history: History = this.#inquiry.history;
    if (calls.length * 8 > history.length) return { slots: history.length, of: (index) => index };
    const { pairs } = history.columns;
    const events = new Int32Array(calls.length * 2);
    let size = 0;
    for (const call of calls) {
      events[size++] = call;
      if (pairs[call] !== NONE) events[size++] = pairs[call]!;
    }
    this.#rank ??= new Int32Array(history.length);
    const rank = this.#rank;
    const sorted = events.subarray(0, size).sort();
    for (let i = 0; i < size; i++) rank[sorted[i]!] = i;
    return { slots: size, of: (index) => rank[index]! };
  }

  /** All calls about these values, and of every removal of unknown outcome invoked before a history index. */
  callsOf(calls: Int32Array, wanted: ReadonlySet<number>, before: number): number[] {
    const { outcomes, history } = this.#inquiry;
    const { fs, values, pairs } = history.columns;
    return [...calls].filter((call) => {
      const outcome = outcomes.of(call);
      const kind = this.#kinds[fs[call]!]!;
      if (kind === INSERT) return wanted.has(values[call]!);
      if (outcome === 'info') return kind === TAKE && call < before;
      return outcome === 'ok' && wanted.has(values[pairs[call]!]!);
    });
  }
}

/** The end of time, for removals of any time. */
export const EVER = OPEN;

/**
 * A few of these items that certainly were there, one or another, throughout a span; all that were there at
 * some time of it, should they leave gaps. Greedy: of those there already, the one that stays longest.
 */
export function cover(c: ItemColumns, items: Iterable<number>, from: number, to: number): number[] {
  const there = [...items].filter((item) => c.ar[item]! < to && c.ri[item]! > from);
  const sorted = [...there].sort((a, b) => c.ar[a]! - c.ar[b]!);
  const chosen: number[] = [];
  for (let at = 0, until = from; until < to; ) {
    let best = -1;
    for (; at < sorted.length && c.ar[sorted[at]!]! <= until; at++) {
      if (best < 0 || c.ri[sorted[at]!]! > c.ri[best]!) best = sorted[at]!;
    }
    if (best < 0 || c.ri[best]! <= until) return there;
    chosen.push(best);
    until = c.ri[best]!;
  }
  return chosen;
}

/** The columns of some items alone, in as few slots as tell their times apart; looks and empties left out. */
export function pickItems(c: ItemColumns, items: readonly number[]): ItemColumns {
  const times = new Set<number>();
  for (const item of items) {
    for (const column of [c.ai, c.ar, c.ri, c.rr]) if (column[item]! < c.slots) times.add(column[item]!);
  }
  const slot = new Map<number, number>();
  for (const time of [...times].sort((a, b) => a - b)) slot.set(time, slot.size);
  const at = (time: number): number => slot.get(time) ?? slot.size + (time - c.slots);
  const pick = (column: Int32Array): Int32Array => Int32Array.from(items, (item) => at(column[item]!));
  const nothing = new Int32Array(0);
  return {
    slots: slot.size,
    count: items.length,
    value: Int32Array.from(items, (item) => c.value[item]!),
    ai: pick(c.ai),
    ar: pick(c.ar),
    ri: pick(c.ri),
    rr: pick(c.rr),
    leaves: pick(c.ai),
    peeks: { item: nothing, from: nothing, to: nothing },
    empties: { call: nothing, from: nothing, to: nothing },
    loose: nothing,
  };
}

/** Number of an operation that found it empty at no time when it can have been, or -1; `change` is of how many are there. */
export function neverEmpty(c: ItemColumns, change: Int32Array): number {
  const { from, to } = c.empties;
  if (from.length === 0) return -1;
  const next = new Int32Array(c.slots + 2).fill(c.slots);
  const count = new Int32Array(c.slots + 1);
  for (let t = 0, inside = 0; t < c.slots; t++) count[t] = inside += change[t]!;
  for (let t = c.slots - 1; t >= 0; t--) next[t] = count[t] === 0 ? t : next[t + 1]!;
  for (let i = 0; i < from.length; i++) if (next[from[i]!]! >= to[i]!) return i;
  return -1;
}
