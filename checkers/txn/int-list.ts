/**
 * A growing column of 32-bit integers: what transaction checkers collect while they read a history, without
 * an object per item.
 */

/** Integers in order of arrival; amortised O(1) to add. */
export class IntList {
  length = 0;
  items: Int32Array;

  constructor(capacity = 1024) {
    this.items = new Int32Array(capacity);
  }

  push(item: number): void {
    if (this.length === this.items.length) {
      const wider = new Int32Array(this.length * 2);
      wider.set(this.items);
      this.items = wider;
    }
    this.items[this.length++] = item;
  }

  /** The items as a view; do not add afterwards. */
  done(): Int32Array {
    return this.items.subarray(0, this.length);
  }
}
