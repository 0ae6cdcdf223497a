/**
 * Strongly connected components of the product of a graph and an automaton (Tarjan, 1972), iterative: a long
 * history overflows no stack, and the product is never built.
 */
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
export function components(graph: Graph, automaton: Automaton): Components {
  const { off, tgt, kind } = graph;
  const { states, next } = automaton;
  const size = graph.size * states;
  const index = new Int32Array(size).fill(-1);
  const low = new Int32Array(size);
  const edge = new Int32Array(size);
  const of = new Int32Array(size).fill(-1);
  const stack = new Int32Array(size);
  const calls = new Int32Array(size);
  const sizes = new Int32Array(size);
  const shift = states - 1;
  let stacked = 0;
  let found = 0;
  let count = 0;
  let cyclic = 0;
  for (let root = 0; root < size; root++) {
    if (index[root]! >= 0) continue;
    let depth = 0;
    calls[depth++] = root;
    index[root] = low[root] = found++;
    stack[stacked++] = root;
    edge[root] = off[root >> shift]!;
    while (depth > 0) {
      const x = calls[depth - 1]!;
      const v = x >> shift;
      const row = (x & shift) * 8;
      const end = off[v + 1]!;
      let e = edge[x]!;
      let down = -1;
      for (; e < end; e++) {
        const state = next[row + kind[e]!]!;
        if (state < 0) continue;
        const y = tgt[e]! * states + state;
        if (index[y]! < 0) {
          down = y;
          e++;
          break;
        }
        if (of[y]! < 0 && index[y]! < low[x]!) low[x] = index[y]!;
      }
      edge[x] = e;
      if (down >= 0) {
        index[down] = low[down] = found++;
        stack[stacked++] = down;
        edge[down] = off[down >> shift]!;
        calls[depth++] = down;
        continue;
      }
      depth--;
      if (depth > 0) {
        const parent = calls[depth - 1]!;
        if (low[x]! < low[parent]!) low[parent] = low[x]!;
      }
      if (low[x] !== index[x]) continue;
      let y: number;
      do {
        y = stack[--stacked]!;
        of[y] = count;
        sizes[count]!++;
      } while (y !== x);
      if (sizes[count]! > 1) cyclic++;
      count++;
    }
  }
  return { of, sizes: sizes.subarray(0, count), cyclic };
}
