/**
 * Paths between transactions of a sub-graph that avoid some of them: breadth first, virtual nodes at no cost.
 * For the classes of cycles that are about particular transactions.
 */
import type { Budget } from '../contract.ts';
import { PREDICATE_AUX, PREDICATE_RW, RT, RW, type SubGraph } from './graph.ts';
import type { Automaton } from './levels.ts';

/** A path: `nodes[i]` (local transactions) leads to the next one, and the last to the goal, by `kinds[i]`. */
export interface Path {
  nodes: number[];
  kinds: number[];
}

/** Which last steps into the goal count. */
export type Enter = (from: number, kind: number) => boolean;

/** Steps between two looks at the budget. */
const SPEND_EVERY = 4096;

/** Searches one sub-graph; `steps` counts work done. */
export class Walk {
  steps = 0;
  /** The budget has ended: paths not found may be there. */
  stopped = false;
  readonly #budget: Budget;
  #charged = 0;
  readonly #sub: SubGraph;
  /** Nodes from here on are virtual. */
  readonly #count: number;
  readonly #stamp: Int32Array;
  readonly #parent: Int32Array;
  readonly #by: Uint8Array;
  readonly #queue: Int32Array;
  readonly #pending: Int32Array;
  #run = 0;

  constructor(sub: SubGraph, count: number, budget: Budget) {
    this.#budget = budget;
    this.#sub = sub;
    this.#count = count;
    this.#stamp = new Int32Array(sub.size);
    this.#parent = new Int32Array(sub.size);
    this.#by = new Uint8Array(sub.size);
    this.#queue = new Int32Array(sub.size + 1);
    this.#pending = new Int32Array(sub.size + 1);
  }

  /**
   * The shortest path from `start` to `goal` (which may be the same) by edges a one-state automaton allows,
   * through nodes that `barred` does not mark. `enter` judges each last step, by the transaction it leaves.
   * Null also when the shortest has `limit` steps or more.
   */
  shortest(
    start: number,
    goal: number,
    automaton: Automaton,
    barred: Uint8Array | null,
    enter: Enter,
    limit = Number.POSITIVE_INFINITY,
  ): Path | null {
    const { off, tgt, kind, nodes } = this.#sub;
    const run = ++this.#run;
    let tail = 0;
    let length = 1;
    this.#queue[tail++] = start;
    // Transactions before `level` end paths of `length` steps.
    let level = tail;
    for (let head = 0; head < tail; head++) {
      if (head === level) {
        length++;
        level = tail;
      }
      if (length >= limit || !this.#pay()) return null;
      const x = this.#queue[head]!;
      let pending = 0;
      this.#pending[pending++] = x;
      while (pending > 0) {
        const v = this.#pending[--pending]!;
        for (let e = off[v]!; e < off[v + 1]!; e++) {
          this.steps++;
          const w = tgt[e]!;
          if (automaton.next[kind[e]!]! < 0) continue;
          if (w === goal) {
            if (!enter(x, this.#merged(v, start, kind[e]!))) continue;
            return this.#path(start, v, kind[e]!);
          }
          if (w === start || this.#stamp[w] === run || barred?.[w] === 1) continue;
          this.#stamp[w] = run;
          this.#parent[w] = v;
          this.#by[w] = kind[e]!;
          if (nodes[w]! < this.#count) this.#queue[tail++] = w;
          else this.#pending[pending++] = w;
        }
      }
    }
    return null;
  }

  #pay(): boolean {
    const owed = this.steps - this.#charged;
    if (owed >= SPEND_EVERY) {
      this.#charged = this.steps;
      if (!this.#budget.spend(owed)) this.stopped = true;
    }
    return !this.stopped;
  }

  #virtual(v: number): boolean {
    return this.#sub.nodes[v]! >= this.#count;
  }

  /** The kind of a step whose last hop of `kind` leaves `v`, be that virtual or not. */
  #merged(v: number, start: number, kind: number): number {
    if (kind === RT || v === start || !this.#virtual(v)) return kind;
    let node = v;
    let by = kind;
    while (node !== start && this.#virtual(node)) {
      by = this.#by[node]!;
      node = this.#parent[node]!;
    }
    return by === PREDICATE_AUX ? PREDICATE_RW : RW;
  }

  #path(start: number, last: number, kind: number): Path {
    const nodes: number[] = [];
    const kinds: number[] = [];
    let v = last;
    let hop = kind;
    for (;;) {
      kinds.push(this.#merged(v, start, hop));
      while (v !== start && this.#virtual(v)) v = this.#parent[v]!;
      nodes.push(v);
      if (v === start) return { nodes: nodes.reverse(), kinds: kinds.reverse() };
      hop = this.#by[v]!;
      v = this.#parent[v]!;
    }
  }
}
