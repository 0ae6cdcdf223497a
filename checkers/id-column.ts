/**
 * A column of integers by the id of a value. Ids are dense, so this is an array and not a map: a map of a million
 * entries takes a cache miss or two at each look-up.
 */

/** Integers by id; those never set are `empty`. O(1) each. */
export class IdColumn {
  #items: Int32Array;
  readonly #empty: number;

  /** Room for ids below `size`, which grows. */
  constructor(size: number, empty: number) {
    this.#items = new Int32Array(Math.max(size, 16)).fill(empty);
    this.#empty = empty;
  }

  get(id: number): number {
    return id < this.#items.length ? this.#items[id]! : this.#empty;
  }

  set(id: number, value: number): void {
    const { length } = this.#items;
    if (id >= length) {
      const wider = new Int32Array(Math.max(id + 1, 2 * length)).fill(this.#empty, length);
      wider.set(this.#items);
      this.#items = wider;
    }
    this.#items[id] = value;
  }
}
