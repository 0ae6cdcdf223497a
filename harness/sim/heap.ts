/**
 * The event queue of the simulator: a binary heap over typed arrays, ordered by (time, priority, number of the
 * push). Events are rows, not objects, so that a million of them a second leave nothing for the collector.
 */

/** What an event is, and with it who handles it. */
export const MESSAGE = 0;
/** A timer of a node. */
export const TIMER = 1;
/** The end of a write to a node's disk. */
export const DISK = 2;
/** Anything of the harness: an object with `run`. */
export const CALL = 3;

/** Priorities make up this much of the order; pushes stay below it. */
const PRIORITY = 2 ** 46;

/** Rows of events with their order. Fields are open to the kernel's loop, for speed; nobody else writes them. */
export class EventHeap {
  size = 0;
  /** Columns by row; valid between `pop` and the next `push`. */
  kinds = new Uint8Array(256);
  /** Node or party the event is for; -1 for none. */
  nodes = new Int32Array(256);
  /** Life of the node the event belongs to. */
  lives = new Int32Array(256);
  numbers = new Int32Array(256);
  subjects: unknown[] = [];
  values: unknown[] = [];
  #times = new Float64Array(256);
  #orders = new Float64Array(256);
  #rows = new Int32Array(256);
  #free: number[] = [];
  #next = 0;
  #pushed = 0;

  /** When the first event is due; infinite when there is none. */
  get nextTime(): number {
    return this.size === 0 ? Number.POSITIVE_INFINITY : this.#times[0]!;
  }

  /** Adds an event. Of events at one time, lower priorities come first, then earlier pushes. O(log n). */
  push(
    time: number,
    priority: number,
    kind: number,
    node: number,
    life: number,
    number: number,
    subject: unknown,
    value: unknown,
  ): void {
    const row = this.#free.length > 0 ? this.#free.pop()! : this.#next++;
    if (row === this.kinds.length) this.#grow();
    this.kinds[row] = kind;
    this.nodes[row] = node;
    this.lives[row] = life;
    this.numbers[row] = number;
    this.subjects[row] = subject;
    this.values[row] = value;
    // Sifted up right here: numbers handed to another function would be boxed, two for every event.
    const order = priority * PRIORITY + this.#pushed++;
    const times = this.#times;
    const orders = this.#orders;
    const rows = this.#rows;
    let at = this.size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const t = times[parent]!;
      if (t < time || (t === time && orders[parent]! < order)) break;
      times[at] = t;
      orders[at] = orders[parent]!;
      rows[at] = rows[parent]!;
      at = parent;
    }
    times[at] = time;
    orders[at] = order;
    rows[at] = row;
  }

  /** Takes the first event out and returns its row; its columns may be read until the next push. O(log n). */
  pop(): number {
    const times = this.#times;
    const orders = this.#orders;
    const rows = this.#rows;
    const first = rows[0]!;
    this.#free.push(first);
    const size = --this.size;
    if (size === 0) return first;
    const time = times[size]!;
    const order = orders[size]!;
    const row = rows[size]!;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      let t = times[child]!;
      if (child + 1 < size) {
        const u = times[child + 1]!;
        if (u < t || (u === t && orders[child + 1]! < orders[child]!)) {
          child++;
          t = u;
        }
      }
      if (time < t || (time === t && order < orders[child]!)) break;
      times[at] = t;
      orders[at] = orders[child]!;
      rows[at] = rows[child]!;
      at = child;
    }
    times[at] = time;
    orders[at] = order;
    rows[at] = row;
    return first;
  }

  /** Events of nodes that are still to come belong to no life any more: their world is gone. O(n). */
  disown(): void {
    for (let at = 0; at < this.size; at++) {
      const row = this.#rows[at]!;
      if (this.kinds[row] !== CALL) this.lives[row] = -1;
    }
  }

  /** Lets go of what a popped row refers to. */
  clear(row: number): void {
    this.subjects[row] = undefined;
    this.values[row] = undefined;
  }

  #grow(): void {
    const wider = <T extends Uint8Array | Int32Array | Float64Array>(old: T, fresh: T): T => {
      fresh.set(old);
      return fresh;
    };
    const length = this.kinds.length * 2;
    this.kinds = wider(this.kinds, new Uint8Array(length));
    this.nodes = wider(this.nodes, new Int32Array(length));
    this.lives = wider(this.lives, new Int32Array(length));
    this.numbers = wider(this.numbers, new Int32Array(length));
    this.#times = wider(this.#times, new Float64Array(length));
    this.#orders = wider(this.#orders, new Float64Array(length));
    this.#rows = wider(this.#rows, new Int32Array(length));
  }
}
