/**
 * Version orders of lists: all reads of a key must be prefixes of one list, the longest read. Reads are
 * compared with it as they arrive and kept as their length alone; only a read that contradicts it is stored.
 */

/** A read that is no prefix of the longest list, nor the other way round. */
export interface OddRead {
  txn: number;
  key: number;
  list: Int32Array;
  /** First position at which it differs from the order of its key. */
  at: number;
}

/** Orders of all keys, by dense key number. */
export class ListOrders {
  /** Elements of each key in order; longer than `lengths` says. */
  readonly elements: Int32Array[] = [];
  readonly #lengths: number[] = [];
  /** Transaction that read the longest list of each key. */
  readonly #longest: number[] = [];
  readonly odd: OddRead[] = [];

  /** Length of the longest read of a key; 0 when nobody read anything. */
  length(key: number): number {
    return this.#lengths[key] ?? 0;
  }

  longestBy(key: number): number {
    return this.#longest[key] ?? -1;
  }

  /**
   * Takes a read. Answers its length, or -1 - i for odd read i. O(length).
   */
  take(txn: number, key: number, list: Int32Array, from: number, length: number): number {
    while (this.elements.length <= key) {
      this.elements.push(EMPTY);
      this.#lengths.push(0);
      this.#longest.push(-1);
    }
    let order = this.elements[key]!;
    const known = this.#lengths[key]!;
    const common = Math.min(length, known);
    for (let i = 0; i < common; i++) {
      if (list[from + i] === order[i]) continue;
      this.odd.push({ txn, key, list: list.slice(from, from + length), at: i });
      return -this.odd.length;
    }
    if (length > known) {
      if (length > order.length) {
        const wider = new Int32Array(Math.max(8, length, order.length * 2));
        wider.set(order.subarray(0, known));
        this.elements[key] = order = wider;
      }
      for (let i = known; i < length; i++) order[i] = list[from + i]!;
      this.#lengths[key] = length;
      this.#longest[key] = txn;
    }
    return length;
  }
}

const EMPTY = new Int32Array(0);
