/**
 * Strongly connected components of the product of a graph and an automaton (Tarjan, 1972), iterative: a long
 * history overflows no stack, and the product is never built.
 */
import type { Pace } from '../pace.ts';
import type { Graph } from './graph.ts';
import type { Automaton } from './levels.ts';

/** Components of product nodes `v * states + state`. */
export interface Components {
  /** Component of each product node. */
  of: Int32Array;
  /** Product nodes in each component. */
  sizes: Int32Array;
  /** Components of at least two nodes. */
  cyclic: number;
}

/** All components. O(states * (nodes + edges)). */
export function components(graph: Graph, automaton: Automaton, pace: Pace | null = null): Components {
  const search = new Tarjan(graph, automaton, pace);
  const size = graph.size * automaton.states;
  for (let root = 0; root < size; root++) search.from(root);
  return { of: search.of, sizes: search.sizes.subarray(0, search.count), cyclic: search.cyclic };
}

class Tarjan {
  count = 0;
  cyclic = 0;
  readonly of: Int32Array;
  readonly sizes: Int32Array;
  readonly #graph: Graph;
  readonly #next: Int8Array;
  readonly #pace: Pace | null;
  readonly #states: number;
  /** Order of discovery + 1; 0 for not yet. */
  readonly #index: Int32Array;
  readonly #low: Int32Array;
  /** Next edge to follow. */
  readonly #edge: Int32Array;
  readonly #stack: Int32Array;
  readonly #calls: Int32Array;
  #stacked = 0;
  #found = 0;

  constructor(graph: Graph, automaton: Automaton, pace: Pace | null) {
    const size = graph.size * automaton.states;
    this.#graph = graph;
    this.#next = automaton.next;
    this.#pace = pace;
    this.#states = automaton.states;
    this.of = new Int32Array(size).fill(-1);
    this.sizes = new Int32Array(size);
    this.#index = new Int32Array(size);
    this.#low = new Int32Array(size);
    this.#edge = new Int32Array(size);
    this.#stack = new Int32Array(size);
    this.#calls = new Int32Array(size);
  }

  /** Finds the components of everything reachable from a node. */
  from(root: number): void {
    if (this.#index[root] !== 0) return;
    const calls = this.#calls;
    const low = this.#low;
    let depth = 0;
    calls[depth++] = root;
    this.#discover(root);
    while (depth > 0) {
      const x = calls[depth - 1]!;
      const down = this.#follow(x);
      if (down >= 0) {
        this.#discover(down);
        calls[depth++] = down;
        continue;
      }
      depth--;
      if (depth > 0) {
        const parent = calls[depth - 1]!;
        if (low[x]! < low[parent]!) low[parent] = low[x]!;
      }
      if (low[x] === this.#index[x]) this.#close(x);
    }
  }

  #discover(x: number): void {
    this.#pace?.step();
    this.#index[x] = this.#low[x] = ++this.#found;
    this.#stack[this.#stacked++] = x;
    this.#edge[x] = this.#graph.off[this.#states === 1 ? x : x >> 1]!;
  }

  /** The next undiscovered successor of x, or -1 when there is none left. */
  #follow(x: number): number {
    const { off, tgt, kind } = this.#graph;
    const states = this.#states;
    const next = this.#next;
    const index = this.#index;
    const end = off[(states === 1 ? x : x >> 1) + 1]!;
    const row = states === 1 ? 0 : (x & 1) * 8;
    let low = this.#low[x]!;
    let e = this.#edge[x]!;
    let down = -1;
    while (e < end && down < 0) {
      const state = next[row + kind[e]!]!;
      const y = tgt[e++]! * states + state;
      if (state < 0) continue;
      if (index[y] === 0) down = y;
      else if (this.of[y]! < 0 && index[y]! < low) low = index[y]!;
    }
    this.#low[x] = low;
    this.#edge[x] = e;
    return down;
  }

  /** x is the first node of a component: everything above it on the stack belongs to it. */
  #close(x: number): void {
    const from = this.#stacked;
    let y: number;
    do {
      y = this.#stack[--this.#stacked]!;
      this.of[y] = this.count;
    } while (y !== x);
    this.sizes[this.count] = from - this.#stacked;
    if (from - this.#stacked > 1) this.cyclic++;
    this.count++;
  }
}
