/**
 * The smallest cycles of a commit graph. Only what lies between cycles is searched; a run of steps along one
 * session counts as one step, since a sentence says "later in the same session" however many there are.
 */
import type { Budget } from '../contract.ts';
import type { CommitGraph } from './commit-graph.ts';
import type { ForcedEdges } from './edges.ts';
import type { Transactions } from './transactions.ts';

/** Why of a step along a session. */
export const SESSION_STEP = 'session';

/** One step of a cycle: from this transaction to that of the next step. */
export interface CycleStep {
  txn: number;
  /** SESSION_STEP, or the why of the graph's edge. */
  why: number | typeof SESSION_STEP;
}

/** Searches of the core, and steps after which the cycles found are small enough. */
const MAX_STARTS = 64;
const MAX_STEPS = 4e6;

/** Transactions that lie on a cycle or between two: what peeling sources and sinks leaves. O(n). */
export function cyclicCore(txns: Transactions, graph: CommitGraph, order: Int32Array): Uint8Array {
  const { count } = txns;
  const { sessionOf } = txns.micro;
  const core = new Uint8Array(count).fill(1);
  for (const t of order) core[t] = 0;
  const after = new Int32Array(count);
  const incoming = new Int32Array(count + 1);
  const follows = (t: number): boolean => t + 1 < count && sessionOf[t + 1] === sessionOf[t];
  for (let t = 0; t < count; t++) {
    if (core[t] === 0) continue;
    if (follows(t) && core[t + 1] === 1) after[t]!++;
    for (let e = graph.start[t]!; e < graph.start[t + 1]!; e++) {
      if (core[graph.targets[e]!] === 0) continue;
      after[t]!++;
      incoming[graph.targets[e]! + 1]!++;
    }
  }
  for (let t = 0; t < count; t++) incoming[t + 1]! += incoming[t]!;
  const sources = new Int32Array(incoming[count]!);
  const next = incoming.slice(0, count);
  for (let t = 0; t < count; t++) {
    if (core[t] === 0) continue;
    for (let e = graph.start[t]!; e < graph.start[t + 1]!; e++) {
      if (core[graph.targets[e]!] === 1) sources[next[graph.targets[e]!]!++] = t;
    }
  }
  const queue: number[] = [];
  for (let t = 0; t < count; t++) if (core[t] === 1 && after[t] === 0) queue.push(t);
  const left = (t: number): void => {
    if (--after[t]! === 0) queue.push(t);
  };
  for (let head = 0; head < queue.length; head++) {
    const t = queue[head]!;
    core[t] = 0;
    if (t > 0 && follows(t - 1) && core[t - 1] === 1) left(t - 1);
    for (let e = incoming[t]!; e < incoming[t + 1]!; e++) if (core[sources[e]!] === 1) left(sources[e]!);
  }
  return core;
}

/** Breadth-first search in which going on along a session is free; state 2 t + 1 came along its session. */
class CycleSearch {
  steps = 0;
  readonly #txns: Transactions;
  readonly #graph: CommitGraph;
  readonly #core: Uint8Array;
  readonly #parents: Int32Array;
  readonly #whys: Int32Array;
  readonly #distances: Int32Array;
  readonly #stamps: Int32Array;
  #stamp = 0;

  constructor(txns: Transactions, graph: CommitGraph, core: Uint8Array) {
    this.#txns = txns;
    this.#graph = graph;
    this.#core = core;
    this.#parents = new Int32Array(txns.count * 2);
    this.#whys = new Int32Array(txns.count * 2);
    this.#distances = new Int32Array(txns.count * 2);
    this.#stamps = new Int32Array(txns.count * 2);
  }

  /** The shortest way from `from` to `to` as steps, without `to`; null when there is none within `most`. */
  way(from: number, to: number, most: number): CycleStep[] | null {
    this.#stamp++;
    let layer = [from * 2];
    this.#stamps[from * 2] = this.#stamp;
    this.#distances[from * 2] = 0;
    for (let distance = 0; layer.length > 0 && distance <= most; distance++) {
      const next: number[] = [];
      for (let head = 0; head < layer.length; head++) {
        const state = layer[head]!;
        const t = state >> 1;
        this.steps++;
        if (t === to) return this.#steps(from * 2, state);
        const following = t + 1;
        const { sessionOf } = this.#txns.micro;
        if (following < this.#txns.count && sessionOf[following] === sessionOf[t]) {
          const free = (state & 1) === 1;
          this.#reach(following * 2 + 1, state, 0, free ? distance : distance + 1, free ? layer : next);
        }
        const { start, targets, whys } = this.#graph;
        for (let e = start[t]!; e < start[t + 1]!; e++) {
          this.#reach(targets[e]! * 2, state, whys[e]!, distance + 1, next);
        }
      }
      layer = next;
    }
    return null;
  }

  #reach(state: number, parent: number, why: number, distance: number, into: number[]): void {
    if (this.#core[state >> 1] === 0) return;
    if (this.#stamps[state] === this.#stamp && this.#distances[state]! <= distance) return;
    this.#stamps[state] = this.#stamp;
    this.#distances[state] = distance;
    this.#parents[state] = parent;
    this.#whys[state] = why;
    into.push(state);
  }

  #steps(start: number, last: number): CycleStep[] {
    const steps: CycleStep[] = [];
    for (let state = last; state !== start; state = this.#parents[state]!) {
      const txn = this.#parents[state]! >> 1;
      const along = (state & 1) === 1;
      const later = steps.at(-1);
      if (along && later?.why === SESSION_STEP) later.txn = txn;
      else steps.push({ txn, why: along ? SESSION_STEP : this.#whys[state]! });
    }
    return steps.reverse();
  }
}

/**
 * Up to `most` small cycles that share no transaction, smallest first. Every cycle passes a forced edge, or a
 * read when nothing is forced, so searches start there. Bounded work: at most 64 searches of the core.
 */
export function smallCycles(
  txns: Transactions,
  graph: CommitGraph,
  order: Int32Array,
  forced: ForcedEdges | null,
  most: number,
  budget: Budget,
): CycleStep[][] {
  const core = cyclicCore(txns, graph, order);
  const search = new CycleSearch(txns, graph, core);
  const found: CycleStep[][] = [];
  let starts = 0;
  const tryEdge = (from: number, to: number, why: number): void => {
    if (starts >= MAX_STARTS || (found.length > 0 && search.steps > MAX_STEPS)) return;
    if (core[from] === 0 || core[to] === 0) return;
    if (found.length > 0 && !budget.spend(1024)) return;
    starts++;
    const way = search.way(to, from, Number.MAX_SAFE_INTEGER);
    if (way !== null) found.push([{ txn: from, why }, ...way]);
  };
  if (forced === null) {
    for (let t = 0; t < txns.count; t++) {
      for (let e = graph.start[t]!; e < graph.start[t + 1]!; e++)
        tryEdge(t, graph.targets[e]!, graph.whys[e]!);
    }
  } else {
    for (let j = 0; j < forced.length; j++) tryEdge(forced.from.items[j]!, forced.to.items[j]!, -1 - j);
  }
  // Of two as small, the one with more that was seen and less that was concluded is easier to follow.
  found.sort((a, b) => a.length - b.length || concluded(a) - concluded(b));
  const taken = new Set<number>();
  const chosen: CycleStep[][] = [];
  for (const cycle of found) {
    if (chosen.length >= most || cycle.some((step) => taken.has(step.txn))) continue;
    for (const step of cycle) taken.add(step.txn);
    chosen.push(cycle);
  }
  return chosen;
}

function concluded(cycle: readonly CycleStep[]): number {
  return cycle.filter(({ why }) => why !== SESSION_STEP && why < 0).length;
}
