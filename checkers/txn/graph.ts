/**
 * The dependency graph of transactions: nodes 0 to n-1 are transactions, further ones are virtual nodes that
 * keep the number of edges linear (barriers of real time, readers of a version). Edges carry a kind.
 */
import type { Pace } from '../pace.ts';
import { IntList } from './int-list.ts';

/** U overwrote what T wrote. */
export const WW = 0;
/** U read what T wrote. */
export const WR = 1;
/** U overwrote what T read: an anti-dependency. */
export const RW = 2;
/** U came after T in the same process. */
export const PR = 3;
/** U was invoked after T had returned. */
export const RT = 4;
/** First hop of an anti-dependency through a virtual node; the second hop is RW. */
export const AUX = 5;
/** As RW, but what T read was that a key is absent: a predicate anti-dependency. */
export const PREDICATE_RW = 6;
/** As AUX, for a predicate anti-dependency. */
export const PREDICATE_AUX = 7;

/** Names of edge kinds. */
export const KIND_NAMES = [
  'ww',
  'wr',
  'rw',
  'process',
  'realtime',
  'aux',
  'predicate-rw',
  'predicate-aux',
] as const;

/** Whether an edge kind is an anti-dependency between transactions. */
export function isAntiDependency(kind: number): boolean {
  return kind === RW || kind === PREDICATE_RW;
}

/** A graph in compressed rows: edges of v are off[v] to off[v + 1]. */
export interface Graph {
  size: number;
  off: Int32Array;
  tgt: Int32Array;
  kind: Uint8Array;
}

/** Collects edges in any order. */
export class EdgeList {
  readonly #from = new IntList();
  /** Target * 8 + kind: one column less to grow. */
  readonly #to = new IntList();
  /** Number of nodes so far. */
  size: number;
  readonly #pace: Pace | null;

  constructor(size: number, pace: Pace | null = null) {
    this.size = size;
    this.#pace = pace;
  }

  get edges(): number {
    return this.#from.length;
  }

  /** A new virtual node. */
  node(): number {
    return this.size++;
  }

  /** Adds an edge; loops are dropped. Nodes must be below 2^28. */
  add(from: number, to: number, kind: number): void {
    if (from === to) return;
    this.#from.push(from);
    this.#to.push(to * 8 + kind);
  }

  /** The graph of all edges, by counting sort. O(nodes + edges). */
  build(): Graph {
    const from = this.#from.done();
    const to = this.#to.done();
    const off = new Int32Array(this.size + 1);
    for (let e = 0; e < from.length; e++) {
      this.#pace?.step();
      off[from[e]! + 1]!++;
    }
    for (let v = 0; v < this.size; v++) off[v + 1]! += off[v]!;
    const at = off.slice(0, this.size);
    this.#pace?.look();
    const tgt = new Int32Array(from.length);
    const kind = new Uint8Array(from.length);
    this.#pace?.look();
    for (let e = 0; e < from.length; e++) {
      this.#pace?.step();
      const place = at[from[e]!]!++;
      tgt[place] = to[e]! >> 3;
      kind[place] = to[e]! & 7;
    }
    return { size: this.size, off, tgt, kind };
  }
}

/** A graph of some nodes of another: local number i is node `nodes[i]`. */
export interface SubGraph extends Graph {
  nodes: Int32Array;
}

/** The nodes in non-trivial components, with the edges inside components. O(nodes + edges). */
export function cyclicPart(graph: Graph, comp: Int32Array, sizes: Int32Array): SubGraph {
  const local = new Int32Array(graph.size).fill(-1);
  const nodes = new IntList();
  for (let v = 0; v < graph.size; v++) {
    if (sizes[comp[v]!]! < 2) continue;
    local[v] = nodes.length;
    nodes.push(v);
  }
  const kept = nodes.done();
  const list = new EdgeList(kept.length);
  for (let i = 0; i < kept.length; i++) {
    const v = kept[i]!;
    for (let e = graph.off[v]!; e < graph.off[v + 1]!; e++) {
      const w = graph.tgt[e]!;
      if (comp[w] === comp[v]) list.add(i, local[w]!, graph.kind[e]!);
    }
  }
  return { ...list.build(), nodes: kept };
}
