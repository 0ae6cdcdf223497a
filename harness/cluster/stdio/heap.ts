/**
 * A binary heap of things due at a time, first in first out among equals. Arrays of numbers beside the
 * values: no allocation per entry. O(log n) to push and pop.
 */

/** Values ordered by (due, insertion). */
export class DueHeap<T> {
  readonly #due: number[] = [];
  readonly #order: number[] = [];
  readonly #values: T[] = [];
  #pushed = 0;

  get size(): number {
    return this.#values.length;
  }

  /** The earliest due time; Infinity when empty. */
  get nextDue(): number {
    return this.#due[0] ?? Number.POSITIVE_INFINITY;
  }

  push(due: number, value: T): void {
    let at = this.#values.length;
    this.#due.push(due);
    this.#order.push(this.#pushed++);
    this.#values.push(value);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(at, parent)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** Removes and returns the earliest value; undefined when empty. */
  pop(): T | undefined {
    const top = this.#values[0];
    const last = this.#values.length - 1;
    if (last < 0) return undefined;
    this.#swap(0, last);
    this.#due.pop();
    this.#order.pop();
    this.#values.pop();
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      let least = at;
      if (left < last && this.#before(left, least)) least = left;
      if (left + 1 < last && this.#before(left + 1, least)) least = left + 1;
      if (least === at) return top;
      this.#swap(at, least);
      at = least;
    }
  }

  #before(a: number, b: number): boolean {
    const [x, y] = [this.#due[a]!, this.#due[b]!];
    return x === y ? this.#order[a]! < this.#order[b]! : x < y;
  }

  #swap(a: number, b: number): void {
    for (const array of [this.#due, this.#order, this.#values] as unknown[][]) {
      const held = array[a];
      array[a] = array[b];
      array[b] = held;
    }
  }
}
