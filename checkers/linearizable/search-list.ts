/**
 * The list a search lifts operations from: calls and returns of the operations that must happen, in history
 * order, doubly linked through typed arrays. Optional operations have no return and never block, so they are
 * kept out of it.
 */
import { OPEN, type Problem } from './problem.ts';

/** Node 0 is the head; the last node is a return after everything, which no operation owns. */
export class SearchList {
  readonly next: Int32Array;
  readonly prev: Int32Array;
  /** Operation of each node. */
  readonly op: Int32Array;
  /** History index of each node; OPEN for the last one. */
  readonly at: Int32Array;
  /** Node of each operation's call. */
  readonly callNode: Int32Array;
  /** Operations that must still be lifted. */
  mustLeft = 0;
  readonly #returnNode: Int32Array;
  readonly #call: Uint8Array;

  constructor(problem: Problem) {
    const { size, call, ret } = problem;
    for (let i = 0; i < size; i++) if (ret[i] !== OPEN) this.mustLeft++;
    const events = new Float64Array(2 * this.mustLeft);
    let count = 0;
    for (let i = 0; i < size; i++) {
      if (ret[i] === OPEN) continue;
      // History indexes are distinct, so sorting by index and carrying the operation along is one sort.
      events[count++] = call[i]! * 2 * size + 2 * i;
      events[count++] = ret[i]! * 2 * size + 2 * i + 1;
    }
    events.sort();
    const nodes = count + 2;
    this.next = new Int32Array(nodes);
    this.prev = new Int32Array(nodes);
    this.op = new Int32Array(nodes).fill(-1);
    this.at = new Int32Array(nodes).fill(-1);
    this.#call = new Uint8Array(nodes);
    this.callNode = new Int32Array(size);
    this.#returnNode = new Int32Array(size);
    for (let e = 0; e < count; e++) this.#place(e + 1, events[e]!, size);
    for (let node = 0; node + 1 < nodes; node++) {
      this.next[node] = node + 1;
      this.prev[node + 1] = node;
    }
    this.next[nodes - 1] = nodes - 1;
    this.at[nodes - 1] = OPEN;
  }

  #place(node: number, event: number, size: number): void {
    const low = event % (2 * size);
    const op = low >> 1;
    this.op[node] = op;
    this.at[node] = (event - low) / (2 * size);
    if ((low & 1) === 0) {
      this.#call[node] = 1;
      this.callNode[op] = node;
    } else {
      this.#returnNode[op] = node;
    }
  }

  /** The node is a call: the operation may take effect next if no return stands before it. */
  isCall(node: number): boolean {
    return this.#call[node] === 1;
  }

  /** The first return in the list. O(operations in flight). */
  barrier(): number {
    let node = this.next[0]!;
    while (this.#call[node] === 1) node = this.next[node]!;
    return node;
  }

  /** Takes an operation out. */
  lift(op: number): void {
    this.#unlink(this.callNode[op]!);
    this.#unlink(this.#returnNode[op]!);
    this.mustLeft--;
  }

  /** Puts the operation lifted last back in. */
  unlift(op: number): void {
    this.#relink(this.#returnNode[op]!);
    this.#relink(this.callNode[op]!);
    this.mustLeft++;
  }

  #unlink(node: number): void {
    const before = this.prev[node]!;
    const after = this.next[node]!;
    this.next[before] = after;
    this.prev[after] = before;
  }

  #relink(node: number): void {
    this.next[this.prev[node]!] = node;
    this.prev[this.next[node]!] = node;
  }
}
