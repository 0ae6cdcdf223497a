/**
 * A list of 32-bit integers that grows by doubling: the hot paths of these checkers keep nothing as objects.
 */

/** Amortised O(1) `push`; `items` may be longer than `length`. */
export class IntList {
  items: Int32Array<ArrayBuffer>;
  length = 0;

  constructor(capacity = 1024) {
    this.items = new Int32Array(Math.max(1, capacity));
  }

  push(item: number): void {
    if (this.length === this.items.length) {
      const wider = new Int32Array(this.length * 2);
      wider.set(this.items);
      this.items = wider;
    }
    this.items[this.length++] = item;
  }

  /** The items as a view without copying. */
  view(): Int32Array<ArrayBuffer> {
    return this.items.subarray(0, this.length);
  }
}
