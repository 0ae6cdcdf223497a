/**
 * A stack of unique items, by elimination: an item can be set aside when both its push and its pop may happen
 * at times at which no other item certainly lies in the stack; what is set aside is in nobody's way. The stack
 * is linearizable exactly when all items can be set aside, and whoever found it empty had a time for it.
 * O(n log n). Looks (peek) are left to the search.
 */
import { CoverTree, StabbingTree } from './elimination.ts';
import type { FastDecision, FastPath } from './fast-path.ts';
import { invalidBy, VALID } from './fast-path.ts';
import type { Inquiry } from './inquiry.ts';
import { cover, EVER, type ItemColumns, ItemReader, neverEmpty } from './item-columns.ts';
import { type Assignment, resolve } from './loose-removals.ts';

/** Judges stacks. */
export class StackPath implements FastPath {
  readonly name = 'elimination';
  readonly #inquiry: Inquiry;
  readonly #reader: ItemReader;

  constructor(inquiry: Inquiry) {
    this.#inquiry = inquiry;
    this.#reader = new ItemReader(inquiry, 'push', 'pop');
  }

  /** The verdict on one key. */
  judge(calls: Int32Array): FastDecision {
    const c = this.#reader.read(calls);
    if ('ambiguous' in c) return null;
    if ('impossible' in c) return this.#invalid(calls, new Set(c.impossible), []);
    if (c.peeks.item.length > 0) return null;
    const answer = resolve(c, stuck, this.#inquiry.budget);
    if (answer === null) return null;
    if (answer.valid) return VALID;
    return this.#invalid(calls, new Set(answer.stuck.map((item) => c.value[item]!)), c.empties.call);
  }

  #invalid(calls: Int32Array, values: Set<number>, extra: Iterable<number>): FastDecision {
    return invalidBy(this.#inquiry, [...this.#reader.callsOf(calls, values, EVER), ...extra]);
  }
}

/** Items that cannot be set aside, or that cover what found it empty; null when all is well. */
function stuck(c: ItemColumns, { gone }: Assignment): readonly number[] | null {
  const change = new Int32Array(c.slots + 3);
  const items: number[] = [];
  for (let item = 0; item < c.count; item++) {
    // Pushed and popped at one instant, it is in nobody's way.
    if (gone[item] === 1 || c.ar[item]! >= c.ri[item]!) continue;
    items.push(item);
    change[c.ar[item]!]!++;
    change[c.ri[item]!]!--;
  }
  const full = neverEmpty(c, change);
  if (full >= 0) return cover(c, items, c.empties.from[full]!, c.empties.to[full]!);
  const waiting = new Uint8Array(c.count);
  for (const item of items) waiting[item] = 2;
  const covers = new CoverTree(change, c.slots + 2);
  const operations = new StabbingTree(c, items);
  let left = items.length;
  for (let slot = covers.takeFree(); slot >= 0; slot = covers.takeFree()) {
    for (let op = operations.take(slot); op >= 0; op = operations.take(slot)) {
      const item = op >> 1;
      if (--waiting[item]! > 0) continue;
      left--;
      covers.uncover(c.ar[item]!, c.ri[item]!);
    }
  }
  return left === 0 ? null : items.filter((item) => waiting[item]! > 0);
}
