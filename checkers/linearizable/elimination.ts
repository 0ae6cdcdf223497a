/**
 * The data structures of stack elimination: how many items certainly lie in the stack in each slot of time, and
 * which pushes and pops could happen in a slot. Both are trees in typed arrays; every slot is used up once and
 * every operation found once, so all of it is O(n log n). (The elimination is Lee and Mathur's.)
 */
import type { ItemColumns } from './item-columns.ts';

const USED = 1 << 29;

/** Cover counts of slots: add to a range, find a slot that nothing covers, use a slot up. */
export class CoverTree {
  readonly #size: number;
  /** Least count below each node, its own addition included and those above it not. */
  readonly #least: Int32Array;
  readonly #added: Int32Array;

  /** `change[t]`: by how much the count of slot t is above that of the slot before it. */
  constructor(change: Int32Array, slots: number) {
    let size = 1;
    while (size < slots) size <<= 1;
    this.#size = size;
    this.#least = new Int32Array(2 * size).fill(USED);
    this.#added = new Int32Array(2 * size);
    let count = 0;
    for (let t = 0; t < slots; t++) {
      count += change[t]!;
      this.#least[size + t] = count;
    }
    for (let node = size - 1; node > 0; node--) this.#pull(node);
  }

  #pull(node: number): void {
    const a = this.#least[2 * node]!;
    const b = this.#least[2 * node + 1]!;
    this.#least[node] = Math.min(a, b) + this.#added[node]!;
  }

  #pullUp(leaf: number): void {
    for (let node = leaf >> 1; node > 0; node >>= 1) this.#pull(node);
  }

  /** One item fewer from `from` on and before `to`. */
  uncover(from: number, to: number): void {
    const [first, last] = [from + this.#size, to - 1 + this.#size];
    for (let a = first, b = last + 1; a < b; a >>= 1, b >>= 1) {
      if ((a & 1) === 1) this.#lower(a++);
      if ((b & 1) === 1) this.#lower(--b);
    }
    this.#pullUp(first);
    this.#pullUp(last);
  }

  #lower(node: number): void {
    this.#least[node]!--;
    this.#added[node]!--;
  }

  /** A slot that nothing covers and that was not taken before, or -1; it is used up by this. */
  takeFree(): number {
    if (this.#least[1]! > 0) return -1;
    let node = 1;
    while (node < this.#size) {
      node = this.#least[2 * node]! <= this.#least[2 * node + 1]! ? 2 * node : 2 * node + 1;
    }
    this.#least[node] = USED;
    this.#pullUp(node);
    return node - this.#size;
  }
}

/** Pushes (2 * item) and pops (2 * item + 1) by the slots they may happen in; each is found once. */
export class StabbingTree {
  readonly #size: number;
  /** Operations in order of their first slot, and how many of them begin up to each slot. */
  readonly #order: Int32Array;
  readonly #upTo: Int32Array;
  /** Latest end below each node; -1 where all have been found. */
  readonly #end: Int32Array;

  constructor(c: ItemColumns, items: readonly number[]) {
    this.#upTo = new Int32Array(c.slots + 3);
    for (const item of items) {
      this.#upTo[c.ai[item]! + 1]!++;
      this.#upTo[c.ri[item]! + 1]!++;
    }
    for (let t = 0; t + 1 < this.#upTo.length; t++) this.#upTo[t + 1]! += this.#upTo[t]!;
    const next = this.#upTo.slice();
    this.#order = new Int32Array(2 * items.length);
    for (const item of items) {
      this.#order[next[c.ai[item]!]!++] = 2 * item;
      this.#order[next[c.ri[item]!]!++] = 2 * item + 1;
    }
    let size = 1;
    while (size < this.#order.length) size <<= 1;
    this.#size = size;
    this.#end = new Int32Array(2 * size).fill(-1);
    for (const [i, op] of this.#order.entries()) {
      this.#end[size + i] = (op & 1) === 1 ? c.rr[op >> 1]! : c.ar[op >> 1]!;
    }
    for (let node = size - 1; node > 0; node--) this.#pull(node);
  }

  #pull(node: number): void {
    const a = this.#end[2 * node]!;
    const b = this.#end[2 * node + 1]!;
    this.#end[node] = Math.max(a, b);
  }

  /** The next operation that may happen in this slot, or -1. */
  take(slot: number): number {
    let found = -1;
    let a = this.#size;
    let b = this.#size + this.#upTo[slot + 1]!;
    for (; a < b && found < 0; a >>= 1, b >>= 1) {
      if ((a & 1) === 1 && this.#end[a++]! > slot) found = a - 1;
      else if ((b & 1) === 1 && this.#end[--b]! > slot) found = b;
    }
    if (found < 0) return -1;
    while (found < this.#size) found = this.#end[2 * found]! > slot ? 2 * found : 2 * found + 1;
    this.#end[found] = -1;
    for (let node = found >> 1; node > 0; node >>= 1) this.#pull(node);
    return this.#order[found - this.#size]!;
  }
}
