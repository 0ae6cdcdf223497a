/**
 * A first-in first-out queue of unique items, in linear time but for one sort.
 *
 * Without looks (peek) it is linearizable exactly when
 *  - of no two removed items the one that certainly went in first certainly came out last;
 *  - every item that came out although an earlier one never did has enough removals of unknown outcome before
 *    it for all such earlier ones (a matching between nested sets: earliest deadline, earliest removal);
 *  - whoever found it empty did so at an instant at which no item was certainly in it, and at which every other
 *    item that never came out could have been removed by one of unknown outcome.
 * With looks, items are peeled off in an order in which they can have been at the front. With looks and removals of
 * unknown outcome, which of these took which item is tried, as for stacks.
 */
import type { FastDecision, FastPath } from './fast-path.ts';
import { invalidBy, VALID } from './fast-path.ts';
import type { Inquiry } from './inquiry.ts';
import { cover, EVER, type ItemColumns, ItemReader, neverEmpty } from './item-columns.ts';
import { type Assignment, resolve } from './loose-removals.ts';

/** Judges queues. */
export class QueuePath implements FastPath {
  readonly name = 'queue order';
  readonly #inquiry: Inquiry;
  readonly #reader: ItemReader;

  constructor(inquiry: Inquiry) {
    this.#inquiry = inquiry;
    this.#reader = new ItemReader(inquiry, 'enqueue', 'dequeue');
  }

  /** The verdict on one key. O(n), and O(u log u) for u removals of unknown outcome. */
  judge(calls: Int32Array): FastDecision {
    const c = this.#reader.read(calls);
    if ('ambiguous' in c) return null;
    if ('impossible' in c) return this.#invalid(calls, c.impossible, []);
    if (c.peeks.item.length > 0 && c.loose.length > 0) return this.#looked(calls, c);
    const looks = c.peeks.item.length > 0;
    const wrong = looks ? stuck(c) : (outOfOrder(c) ?? overdue(c));
    if (wrong !== null)
      return this.#invalid(
        calls,
        [...wrong].map((item) => c.value[item]!),
        [],
      );
    const empty = notEmpty(c);
    if (empty === null) return VALID;
    const items = empty.items.map((item) => c.value[item]!);
    return this.#invalid(calls, items, [c.empties.call[empty.at]!]);
  }

  /** With looks and removals of unknown outcome, which took what is tried where it hurts. */
  #looked(calls: Int32Array, c: ItemColumns): FastDecision {
    const answer = resolve(c, inTheWay, this.#inquiry.budget);
    if (answer === null) return null;
    if (answer.valid) return VALID;
    const values = answer.stuck.map((item) => c.value[item]!);
    return this.#invalid(calls, values, [...c.empties.call]);
  }

  #invalid(calls: Int32Array, values: number[], extra: number[]): FastDecision {
    return invalidBy(this.#inquiry, [...this.#reader.callsOf(calls, new Set(values), EVER), ...extra]);
  }
}

const removed = (c: ItemColumns, item: number): boolean => c.ri[item]! < c.slots;

/** Item by the slot in which its insertion may first happen, or must have happened; -1 where there is none. */
function bySlot(c: ItemColumns, column: Int32Array): Int32Array {
  const at = new Int32Array(c.slots + 1).fill(-1);
  for (let item = 0; item < c.count; item++) at[column[item]!] = item;
  return at;
}

/** Two removed items in the wrong order. */
function outOfOrder(c: ItemColumns): Set<number> | null {
  const begins = bySlot(c, c.ai);
  const ends = new Int32Array(c.slots + 1).fill(-1);
  for (let item = 0; item < c.count; item++) if (removed(c, item)) ends[c.ar[item]!] = item;
  let latest = -1;
  let who = -1;
  for (let t = 0; t < c.slots; t++) {
    const b = begins[t]!;
    if (b >= 0 && removed(c, b) && latest > c.rr[b]!) return new Set([who, b]);
    const a = ends[t]!;
    if (a >= 0 && c.ri[a]! > latest) {
      latest = c.ri[a]!;
      who = a;
    }
  }
  return null;
}

/** Items that never came out, more of them than can have been removed before a later item was. */
function overdue(c: ItemColumns): Set<number> | null {
  const begins = bySlot(c, c.ai);
  // Of the removed items inserted from a slot on, the one that came out first.
  const next = new Int32Array(c.slots + 2).fill(-1);
  for (let t = c.slots - 1; t >= 0; t--) {
    const item = begins[t]!;
    const best = next[t + 1]!;
    const better = item >= 0 && removed(c, item) && (best < 0 || c.rr[item]! < c.rr[best]!);
    next[t] = better ? item : best;
  }
  const due: number[] = [];
  for (let item = 0; item < c.count; item++) {
    if (!removed(c, item) && next[c.ar[item]!]! >= 0) due.push(item);
  }
  const deadline = (item: number): number => c.rr[next[c.ar[item]!]!]!;
  due.sort((a, b) => deadline(a) - deadline(b));
  for (let k = 0; k < due.length; k++) {
    if (k < c.loose.length && c.loose[k]! < deadline(due[k]!)) continue;
    const late = due.slice(0, k + 1);
    return new Set(late.flatMap((item) => [item, next[c.ar[item]!]!]));
  }
  return null;
}

/** An operation that found it empty when it cannot have been. */
function notEmpty(c: ItemColumns): { at: number; items: number[] } | null {
  const { from, to } = c.empties;
  if (from.length === 0) return null;
  const change = new Int32Array(c.slots + 2);
  const surplus = new Int32Array(c.slots + 2);
  for (let item = 0; item < c.count; item++) {
    if (!removed(c, item)) surplus[c.ar[item]!]!++;
    else if (c.ar[item]! < c.ri[item]!) {
      change[c.ar[item]!]!++;
      change[c.ri[item]!]!--;
    }
  }
  for (const t of c.loose) surplus[t]!--;
  // The next slot, from each on, at which it can have been empty.
  const free = new Uint8Array(c.slots + 1);
  let inside = 0;
  let left = 0;
  for (let t = 0; t < c.slots; t++) {
    inside += change[t]!;
    left += surplus[t]!;
    free[t] = inside === 0 && left <= 0 ? 1 : 0;
  }
  const next = new Int32Array(c.slots + 1).fill(c.slots);
  for (let t = c.slots - 1; t >= 0; t--) next[t] = free[t] === 1 ? t : next[t + 1]!;
  for (let i = 0; i < from.length; i++) {
    if (next[from[i]!]! < to[i]!) continue;
    const items: number[] = [];
    for (let item = 0; item < c.count; item++) {
      if (c.ar[item]! < to[i]! && c.ri[item]! > from[i]!) items.push(item);
    }
    return { at: i, items };
  }
  return null;
}

/** Items that cannot be peeled off, or that cover what found it empty; null when all is well. */
function inTheWay(c: ItemColumns, { gone }: Assignment): readonly number[] | null {
  const left = stuck(c, gone);
  if (left !== null) return [...left];
  const items = Array.from({ length: c.count }, (_, item) => item).filter((item) => gone[item] === 0);
  const certain = items.filter((item) => c.ar[item]! < c.ri[item]!);
  const change = new Int32Array(c.slots + 3);
  for (const item of certain) {
    change[c.ar[item]!]!++;
    change[c.ri[item]!]!--;
  }
  const full = neverEmpty(c, change);
  return full < 0 ? null : cover(c, certain, c.empties.from[full]!, c.empties.to[full]!);
}

/**
 * Items of which none can be the next to go in and to be at the front; null when all can be peeled off. An item
 * can be when it may go in before any other must have, and its looks and removal may all begin before those of
 * any other must have ended. O(n log n).
 */
function stuck(c: ItemColumns, without: Uint8Array = new Uint8Array(c.count)): Set<number> | null {
  const fronts = c.rr.slice();
  for (let i = 0; i < c.peeks.item.length; i++) {
    const item = c.peeks.item[i]!;
    fronts[item] = Math.min(fronts[item]!, c.peeks.to[i]!);
  }
  // Latest beginning of looks and removal; `ri` already is the latest of all when it was removed.
  const last = new Int32Array(c.count);
  for (let item = 0; item < c.count; item++) {
    last[item] = removed(c, item) ? c.ri[item]! : c.slots;
  }
  const order = (column: Int32Array): Int32Array => {
    const sorted = new Float64Array(c.count);
    for (let item = 0; item < c.count; item++) sorted[item] = column[item]! * (c.count + 1) + item;
    return Int32Array.from(sorted.sort(), (packed) => packed % (c.count + 1));
  };
  return peel(c, without, fronts, last, order(c.ar), order(fronts), order(c.ai), order(last));
}

function peel(
  c: ItemColumns,
  without: Uint8Array,
  fronts: Int32Array,
  last: Int32Array,
  byEnd: Int32Array,
  byFront: Int32Array,
  byBegin: Int32Array,
  byLast: Int32Array,
): Set<number> | null {
  const gone = without.slice();
  /** Bit 1: may go in now. Bit 2: may be at the front now, all others considered. */
  const ready = new Uint8Array(c.count);
  const pending: number[] = [];
  const mark = (item: number, bit: number): void => {
    if (gone[item] === 1) return;
    ready[item]! |= bit;
    if (ready[item] === 3) pending.push(item);
  };
  let [end, front, second, begin, late] = [0, 0, 0, 0, 0];
  let left = gone.reduce((count, away) => count - away, c.count);
  while (left > 0) {
    while (end < c.count && gone[byEnd[end]!] === 1) end++;
    while (front < c.count && gone[byFront[front]!] === 1) front++;
    second = Math.max(second, front + 1);
    while (second < c.count && gone[byFront[second]!] === 1) second++;
    const firstEnd = c.ar[byEnd[end]!]!;
    const leader = byFront[front]!;
    const lead = fronts[leader]!;
    while (begin < c.count && c.ai[byBegin[begin]!]! < firstEnd) mark(byBegin[begin++]!, 1);
    // An item that never came out has no end, and may stay behind all others: compare not strictly.
    while (late < c.count && last[byLast[late]!]! < lead) mark(byLast[late++]!, 2);
    const others = second < c.count ? fronts[byFront[second]!]! : c.slots + 2;
    if (gone[leader] === 0 && (ready[leader]! & 2) === 0 && last[leader]! < others) mark(leader, 2);
    const item = pending.pop();
    if (item === undefined) break;
    if (gone[item] === 1) continue;
    gone[item] = 1;
    left--;
  }
  if (left === 0) return null;
  const rest = new Set<number>();
  for (let item = 0; item < c.count; item++) if (gone[item] === 0) rest.add(item);
  return rest;
}
