/**
 * A topological order of a graph that grows: each edge is fitted in by looking only at what lies between its ends
 * (Pearce and Kelly, 2006). Where the history agrees with time, as it nearly always does, an edge costs nothing.
 */

/** Nodes in an order that every edge agrees with. */
export class TopologicalOrder {
  /** Place of each node in the order, and the node at each place. */
  #place = new Int32Array(1024);
  #count = 0;
  /** Edges, linked by node in both directions. */
  #from = new Int32Array(4096);
  #to = new Int32Array(4096);
  #nextOut = new Int32Array(4096);
  #nextIn = new Int32Array(4096);
  #edges = 0;
  #firstOut = new Int32Array(1024);
  #firstIn = new Int32Array(1024);
  #mark = new Int32Array(1024);
  #round = 0;

  get nodes(): number {
    return this.#count;
  }

  get edges(): number {
    return this.#edges;
  }

  /** Adds a node behind all others and returns its number. */
  add(): number {
    const node = this.#count++;
    if (node === this.#place.length) {
      this.#place = doubled(this.#place);
      this.#firstOut = doubled(this.#firstOut);
      this.#firstIn = doubled(this.#firstIn);
      this.#mark = doubled(this.#mark);
    }
    this.#place[node] = node;
    this.#firstOut[node] = -1;
    this.#firstIn[node] = -1;
    return node;
  }

  /**
   * Adds the edge `from` -> `to`; false when that closes a cycle, and then the edge is left out. Amortised cost is
   * that of the nodes between the two places.
   */
  link(from: number, to: number): boolean {
    if (from === to) return true;
    if (this.#place[from]! > this.#place[to]! && !this.#reorder(from, to)) return false;
    const edge = this.#edges++;
    if (edge === this.#from.length) {
      this.#from = doubled(this.#from);
      this.#to = doubled(this.#to);
      this.#nextOut = doubled(this.#nextOut);
      this.#nextIn = doubled(this.#nextIn);
    }
    this.#from[edge] = from;
    this.#to[edge] = to;
    this.#nextOut[edge] = this.#firstOut[from]!;
    this.#firstOut[from] = edge;
    this.#nextIn[edge] = this.#firstIn[to]!;
    this.#firstIn[to] = edge;
    return true;
  }

  /** Makes room for an edge that runs against the order; false when `to` reaches `from`. */
  #reorder(from: number, to: number): boolean {
    const ahead = this.#reach(to, this.#place[from]!, this.#firstOut, this.#nextOut, this.#to, from);
    if (ahead === null) return false;
    const behind = this.#reach(from, this.#place[to]!, this.#firstIn, this.#nextIn, this.#from, -1)!;
    const byPlace = (a: number, b: number): number => this.#place[a]! - this.#place[b]!;
    behind.sort(byPlace);
    ahead.sort(byPlace);
    const nodes = [...behind, ...ahead];
    const places = nodes.map((node) => this.#place[node]!).sort((a, b) => a - b);
    for (const [i, node] of nodes.entries()) this.#place[node] = places[i]!;
    return true;
  }

  /** Nodes reached from `start` without passing the place `bound`; null when `target` is among them. */
  #reach(
    start: number,
    bound: number,
    first: Int32Array,
    next: Int32Array,
    end: Int32Array,
    target: number,
  ): number[] | null {
    const round = ++this.#round;
    const forward = target >= 0;
    const found = [start];
    this.#mark[start] = round;
    for (let at = 0; at < found.length; at++) {
      for (let edge = first[found[at]!]!; edge !== -1; edge = next[edge]!) {
        const node = end[edge]!;
        if (node === target) return null;
        const inside = forward ? this.#place[node]! < bound : this.#place[node]! > bound;
        if (!inside || this.#mark[node] === round) continue;
        this.#mark[node] = round;
        found.push(node);
      }
    }
    return found;
  }
}

function doubled(column: Int32Array): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(column.length * 2);
  wider.set(column);
  return wider;
}
