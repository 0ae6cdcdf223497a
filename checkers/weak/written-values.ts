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

const KEY = 0;
const VALUE = 1;
const OWNER = 2;
/** State + 1; 0 where the row is free. */
const STATE = 3;
const WIDTH = 4;

/** Rows by (key, value), all of a row side by side so that a look-up touches memory once; O(1) expected. */
export class WrittenValues {
  readonly #cells: Int32Array;
  readonly #mask: number;

  constructor(expected: number) {
    let capacity = 16;
    while (capacity < expected * 2) capacity *= 2;
    this.#mask = capacity - 1;
    this.#cells = new Int32Array(capacity * WIDTH);
  }

  /** The row of a pair, or -1. */
  find(key: number, value: number): number {
    const row = this.#row(key, value);
    return this.#cells[row + STATE] === 0 ? -1 : row;
  }

  /** Transaction that wrote a row; for FAILED rows the history index of the invocation. */
  owner(row: number): number {
    return this.#cells[row + OWNER]!;
  }

  /** FINAL, INTERMEDIATE, AMBIGUOUS or FAILED. */
  state(row: number): number {
    return this.#cells[row + STATE]! - 1;
  }

  /** Changes the state of a row. */
  mark(row: number, state: number): void {
    this.#cells[row + STATE] = state + 1;
  }

  /** Adds a pair that is not there yet. At most `expected` pairs may be added. */
  add(key: number, value: number, owner: number, state: number): void {
    const row = this.#row(key, value);
    this.#cells[row + KEY] = key;
    this.#cells[row + VALUE] = value;
    this.#cells[row + OWNER] = owner;
    this.#cells[row + STATE] = state + 1;
  }

  #row(key: number, value: number): number {
    let hash = Math.imul(key, 0x9e3779b1) ^ Math.imul(value, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    let slot = (hash ^ (hash >>> 13)) & this.#mask;
    const cells = this.#cells;
    for (;;) {
      const row = slot * WIDTH;
      if (cells[row + STATE] === 0 || (cells[row + KEY] === key && cells[row + VALUE] === value)) return row;
      slot = (slot + 1) & this.#mask;
    }
  }
}
