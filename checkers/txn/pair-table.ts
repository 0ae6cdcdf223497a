/**
 * A hash table from two integers to one, in typed arrays: which micro-operation wrote value v to key k.
 * Open addressing with linear probing; nothing is ever removed.
 */

/** Answer for a pair that is not there. */
export const ABSENT = -1;

/** Maps (a, b) to an integer of at least 0. Expected O(1) each. */
export class PairTable {
  #mask: number;
  #a: Int32Array;
  #b: Int32Array;
  /** Value + 1; 0 for a free slot. */
  #value: Int32Array;
  #size = 0;

  constructor(expected: number) {
    let capacity = 16;
    while (capacity < expected * 2) capacity *= 2;
    this.#mask = capacity - 1;
    this.#a = new Int32Array(capacity);
    this.#b = new Int32Array(capacity);
    this.#value = new Int32Array(capacity);
  }

  get(a: number, b: number): number {
    return this.#value[this.#slot(a, b)]! - 1;
  }

  set(a: number, b: number, value: number): void {
    const slot = this.#slot(a, b);
    if (this.#value[slot] === 0) {
      if (this.#size * 4 >= this.#mask * 3) {
        this.#grow();
        this.set(a, b, value);
        return;
      }
      this.#size++;
      this.#a[slot] = a;
      this.#b[slot] = b;
    }
    this.#value[slot] = value + 1;
  }

  #slot(a: number, b: number): number {
    let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
    hash ^= hash >>> 15;
    let slot = Math.imul(hash, 0x2c1b3c6d) & this.#mask;
    while (this.#value[slot] !== 0 && (this.#a[slot] !== a || this.#b[slot] !== b)) {
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }

  #grow(): void {
    const a = this.#a;
    const b = this.#b;
    const value = this.#value;
    const capacity = (this.#mask + 1) * 2;
    this.#mask = capacity - 1;
    this.#a = new Int32Array(capacity);
    this.#b = new Int32Array(capacity);
    this.#value = new Int32Array(capacity);
    this.#size = 0;
    for (let i = 0; i < value.length; i++) if (value[i] !== 0) this.set(a[i]!, b[i]!, value[i]! - 1);
  }
}
