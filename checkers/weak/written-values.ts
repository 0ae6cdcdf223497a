/**
 * Who wrote a value of a key: an open-addressing table over typed arrays, one row per distinct pair of key
 * and value, because a map with composite keys would cost more than everything else these checkers do.
 */

/** Written last to its key by its transaction: what others may see. */
export const FINAL = 0;
/** Overwritten by its own transaction: nobody else may see it. */
export const INTERMEDIATE = 1;
/** Written by more than one transaction, or equal to the initial value: its readers prove nothing. */
export const AMBIGUOUS = 2;
/** Written only by operations that certainly failed. */
export const FAILED = 3;

/** Rows by (key, value); `find` is O(1) expected. */
export class WrittenValues {
  #keys: Int32Array;
  #values: Int32Array;
  #rows: Int32Array;
  #mask: number;
  #size = 0;
  /** Transaction that wrote row r; for FAILED rows the history index of the invocation. */
  owners: Int32Array;
  /** FINAL, INTERMEDIATE, AMBIGUOUS or FAILED. */
  states: Uint8Array;

  constructor(expected: number) {
    let capacity = 16;
    while (capacity < expected * 2) capacity *= 2;
    this.#mask = capacity - 1;
    this.#keys = new Int32Array(capacity);
    this.#values = new Int32Array(capacity);
    this.#rows = new Int32Array(capacity);
    this.owners = new Int32Array(Math.max(1, expected));
    this.states = new Uint8Array(Math.max(1, expected));
  }

  /** The row of a pair, or -1. */
  find(key: number, value: number): number {
    return this.#rows[this.#slot(key, value)]! - 1;
  }

  /** Adds a pair that is not there yet. At most `expected` pairs may be added. */
  add(key: number, value: number, owner: number, state: number): void {
    const slot = this.#slot(key, value);
    this.#keys[slot] = key;
    this.#values[slot] = value;
    this.owners[this.#size] = owner;
    this.states[this.#size] = state;
    this.#rows[slot] = ++this.#size;
  }

  #slot(key: number, value: number): number {
    let hash = Math.imul(key, 0x9e3779b1) ^ Math.imul(value, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    let slot = (hash ^ (hash >>> 13)) & this.#mask;
    while (this.#rows[slot] !== 0 && (this.#keys[slot] !== key || this.#values[slot] !== value)) {
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }
}
