/**
 * Shortest cycles inside one component: breadth-first search over transactions alone. Virtual nodes cost
 * nothing, and real-time successors come from the order of invocations instead of barriers, so that the
 * length of a path is the number of its arguments.
 */
import type { Budget } from '../contract.ts';
import {
  AUX,
  isAntiDependency,
  KIND_NAMES,
  PREDICATE_AUX,
  PREDICATE_RW,
  RT,
  RW,
  type SubGraph,
} from './graph.ts';
import type { Automaton } from './levels.ts';
import type { Components } from './scc.ts';
import { NEVER, type Txns } from './txns.ts';

/** Steps between two looks at the budget. */
const SPEND_EVERY = 1024;

/** A cycle: transaction i leads to transaction i + 1 (the last to the first) by an edge of kinds[i]. */
export interface Cycle {
  txns: number[];
  kinds: number[];
}

/** Searches one sub-graph; `steps` counts work done. */
export class CycleSearch {
  steps = 0;
  /** Whether the last `shortest` tried every edge it was given. */
  exhausted = true;
  readonly #sub: SubGraph;
  readonly #txns: Txns;
  readonly #automaton: Automaton;
  readonly #components: Components;
  readonly #stamp: Int32Array;
  readonly #dist: Int32Array;
  readonly #parent: Int32Array;
  readonly #by: Uint8Array;
  readonly #queue: Int32Array;
  readonly #pending: Int32Array;
  readonly #budget: Budget;
  #charged = 0;
  #run = 0;
  #tail = 0;
  #goal = -1;
  #stopped = false;

  constructor(sub: SubGraph, txns: Txns, automaton: Automaton, comps: Components, budget: Budget) {
    this.#budget = budget;
    this.#sub = sub;
    this.#txns = txns;
    this.#automaton = automaton;
    this.#components = comps;
    const size = sub.size * automaton.states;
    this.#stamp = new Int32Array(size);
    this.#dist = new Int32Array(size);
    this.#parent = new Int32Array(size);
    this.#by = new Uint8Array(size);
    this.#queue = new Int32Array(size);
    this.#pending = new Int32Array(size);
  }

  /**
   * The shortest cycle among those through one of the edges `from[i] -> to[i]` (local nodes) of kind
   * `kinds[i]`. `members` are the local transaction nodes of the component, ascending.
   * Stops looking for shorter ones after about `maxSteps` steps, and for any when the budget has ended.
   */
  shortest(
    from: Int32Array,
    to: Int32Array,
    kinds: Int32Array,
    members: Int32Array,
    maxSteps: number,
  ): Cycle | null {
    const until = this.steps + maxSteps;
    this.exhausted = true;
    let best: Cycle | null = null;
    for (const limit of [3, NEVER]) {
      for (let i = 0; i < from.length; i++) {
        const shorter = best === null ? limit : Math.min(limit, best.txns.length);
        if (shorter <= 2) return best;
        if (this.steps > until && (best !== null || i > 0)) {
          this.exhausted = false;
          break;
        }
        const first = isAntiDependency(kinds[i]!) && this.#automaton.states === 2 ? 1 : 0;
        const found = this.#path(to[i]!, first, from[i]!, members, shorter);
        if (found) best = this.#cycle(from[i]!, kinds[i]!);
        if (this.#stopped) {
          this.exhausted = false;
          return best;
        }
      }
      if (best !== null) return best;
    }
    return best;
  }

  /** Searches a path from (start, state) to goal whose cycle has fewer than `limit` edges. */
  #path(start: number, state: number, goal: number, members: Int32Array, limit: number): boolean {
    const { states, next } = this.#automaton;
    const { nodes, off, tgt, kind } = this.#sub;
    const { count, inv, ret } = this.#txns;
    this.#run++;
    this.#tail = 0;
    this.#goal = goal * states;
    const begin = start * states + state;
    const component = this.#components.of[begin]!;
    this.#stamp[begin] = this.#run;
    this.#dist[begin] = 1;
    this.#queue[this.#tail++] = begin;
    let latest = members.length - 1;
    for (let head = 0; head < this.#tail; head++) {
      const x = this.#queue[head]!;
      const depth = this.#dist[x]!;
      if (depth + 1 >= limit || !this.#pay()) return false;
      this.steps++;
      const v = Math.floor(x / states);
      const row = (x % states) * 8;
      const returned = ret[nodes[v]!]!;
      const timely = next[row + RT]!;
      if (timely >= 0 && returned !== NEVER) {
        if (inv[nodes[goal]!]! > returned && this.#visit(this.#goal, x, RT)) return true;
        // Beyond the limit only the goal itself matters.
        while (depth + 2 < limit && latest >= 0 && inv[nodes[members[latest]!]!]! > returned) {
          this.steps++;
          this.#visit(members[latest--]! * states + timely, x, RT);
        }
      }
      let pending = 0;
      this.#pending[pending++] = x;
      while (pending > 0) {
        const from = this.#pending[--pending]!;
        const w = Math.floor(from / states);
        for (let e = off[w]!; e < off[w + 1]!; e++) {
          this.steps++;
          if (kind[e] === RT) continue;
          const to = next[(from % states) * 8 + kind[e]!]!;
          if (to < 0) continue;
          const y = tgt[e]! * states + to;
          if (this.#components.of[y] !== component || this.#stamp[y] === this.#run) continue;
          if (nodes[tgt[e]!]! < count) {
            if (this.#visit(y, from, kind[e]!)) return true;
            continue;
          }
          this.#stamp[y] = this.#run;
          this.#dist[y] = depth;
          this.#parent[y] = from;
          this.#by[y] = kind[e]!;
          this.#pending[pending++] = y;
        }
      }
    }
    return false;
  }

  /** False once the budget has ended. */
  #pay(): boolean {
    const owed = this.steps - this.#charged;
    if (owed >= SPEND_EVERY) {
      this.#charged = this.steps;
      if (!this.#budget.spend(owed)) this.#stopped = true;
    }
    return !this.#stopped;
  }

  /** Marks a transaction as reached from x; true when it is the goal. */
  #visit(y: number, x: number, kind: number): boolean {
    if (this.#stamp[y] === this.#run) return false;
    this.#stamp[y] = this.#run;
    this.#dist[y] = this.#dist[x]! + 1;
    this.#parent[y] = x;
    this.#by[y] = kind;
    this.#queue[this.#tail++] = y;
    return y === this.#goal;
  }

  #cycle(from: number, required: number): Cycle {
    const { nodes } = this.#sub;
    const { states } = this.#automaton;
    const txns: number[] = [];
    const kinds: number[] = [];
    let x = this.#goal;
    // Backwards from the goal, which is where the cycle starts.
    while (this.#dist[x]! > 1) {
      let kind = this.#by[x]!;
      x = this.#parent[x]!;
      while (nodes[Math.floor(x / states)]! >= this.#txns.count) {
        if (kind === AUX) throw new Error(`an ${KIND_NAMES[AUX]} edge between transactions`);
        // The first hop tells what was read, and the last one is passed first.
        kind = this.#by[x] === PREDICATE_AUX ? PREDICATE_RW : RW;
        x = this.#parent[x]!;
      }
      kinds.push(kind);
      txns.push(nodes[Math.floor(x / states)]!);
    }
    txns.push(nodes[from]!);
    kinds.push(required);
    return { txns: txns.reverse(), kinds: kinds.reverse() };
  }
}
