/**
 * Causal memory and weak causal consistency of single operations (bad patterns of Bouajjani, Enea, Guerraoui
 * and Hamza, 2017). Weak: no read returns a value that its past overwrote. Memory: each session can order all
 * of its past so that its own reads are right, though sessions may order concurrent writes differently; per
 * session, the order that its reads force is saturated until a cycle shows or nothing changes.
 */
import type { Budget } from '../contract.ts';
import type { Clocks } from './causal-clocks.ts';
import type { CommitGraph } from './commit-graph.ts';
import { ForcedEdges } from './edges.ts';
import { INITIAL, type Transactions } from './transactions.ts';
import { type WriterGroups, writerGroups } from './writer-groups.ts';

/** Of the edges of causal convergence, those that close a cycle with the past alone. O(edges). */
export function weakCausalEdges(txns: Transactions, clocks: Clocks, forced: ForcedEdges): ForcedEdges {
  const { sessions, sessionOf } = txns.micro;
  const kept = new ForcedEdges();
  for (const { writer, read } of forced.overInitial) kept.add(writer, INITIAL, read);
  for (let j = 0; j < forced.length; j++) {
    const newer = forced.from.items[j]!;
    const source = forced.to.items[j]!;
    if (clocks[newer * sessions + sessionOf[source]!]! < source) continue;
    kept.add(newer, source, forced.reads.items[j]!);
  }
  return kept;
}

/** What one session's reads force, if that is impossible; null when every session is satisfied. */
export interface MemoryViolation {
  edges: ForcedEdges;
}

/**
 * Looks for a session whose reads no order of its past explains. Each session costs its reads times the
 * sessions, and what its edges change. `undefined` when the budget ended.
 */
export function causalMemory(
  txns: Transactions,
  graph: CommitGraph,
  clocks: Clocks,
  budget: Budget,
): MemoryViolation | null | undefined {
  const saturation = new Saturation(txns, graph, clocks);
  for (let session = 0; session < txns.micro.sessions; session++) {
    const edges = saturation.session(session);
    if (edges !== null) return { edges };
    if (!budget.spend(saturation.takeWork())) return undefined;
  }
  return null;
}

class Saturation {
  readonly #txns: Transactions;
  readonly #graph: CommitGraph;
  readonly #groups: WriterGroups;
  /** Like the clocks, but each operation knows itself. */
  readonly #known: Int32Array;
  readonly #clocks: Clocks;
  readonly #width: number;
  #changed = new Set<number>();
  #extra = new Map<number, number[]>();
  #work = 0;

  constructor(txns: Transactions, graph: CommitGraph, clocks: Clocks) {
    this.#txns = txns;
    this.#graph = graph;
    this.#groups = writerGroups(txns);
    this.#clocks = clocks;
    this.#width = txns.micro.sessions;
    this.#known = clocks.slice();
    for (let t = 0; t < txns.count; t++) this.#known[t * this.#width + txns.micro.sessionOf[t]!] = t;
  }

  takeWork(): number {
    const work = this.#work;
    this.#work = 0;
    return work + 1;
  }

  /** Edges that end in a contradiction, or null. */
  session(session: number): ForcedEdges | null {
    const { sessionStart } = this.#txns.micro;
    const [first, end] = [sessionStart[session]!, sessionStart[session + 1]!];
    const edges = new ForcedEdges();
    const last = (end - 1) * this.#width;
    const limits = this.#known.slice(last, last + this.#width);
    let contradiction = false;
    for (let length = -1; length !== edges.length && !contradiction; ) {
      length = edges.length;
      for (let t = first; t < end && !contradiction; t++) contradiction = this.#reads(t, limits, edges);
    }
    this.#restore();
    return contradiction ? edges : null;
  }

  /** Adds what the reads of t force; true at a contradiction, whose edge is then the last. */
  #reads(t: number, limits: Int32Array, edges: ForcedEdges): boolean {
    const { readStart, readKeys, readSources, micro } = this.#txns;
    const { keyStart, sessions } = this.#groups;
    for (let i = readStart[t]!; i < readStart[t + 1]!; i++) {
      const source = readSources[i]!;
      for (let g = keyStart[readKeys[i]!]!; g < keyStart[readKeys[i]! + 1]!; g++) {
        this.#work++;
        const s = sessions[g]!;
        const seen = s === micro.sessionOf[t] ? t - 1 : this.#known[t * this.#width + s]!;
        const newer = this.#lastWriter(g, Math.min(limits[s]!, seen));
        if (newer < 0 || newer === source) continue;
        if (source !== INITIAL && this.#known[source * this.#width + s]! >= newer) continue;
        edges.add(newer, source, i);
        if (source === INITIAL) return true;
        if (this.#known[newer * this.#width + micro.sessionOf[source]!]! >= source) return true;
        this.#order(newer, source, limits);
      }
    }
    return false;
  }

  #lastWriter(group: number, limit: number): number {
    const { groupStart, writers } = this.#groups;
    let low = groupStart[group]!;
    let high = groupStart[group + 1]!;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (writers[middle]! <= limit) low = middle + 1;
      else high = middle;
    }
    return low > groupStart[group]! ? writers[low - 1]! : -1;
  }

  /** Puts `earlier` before `later`, and tells everything in the session's past that follows `later`. */
  #order(earlier: number, later: number, limits: Int32Array): void {
    const after = this.#extra.get(earlier);
    if (after === undefined) this.#extra.set(earlier, [later]);
    else after.push(later);
    const { sessionOf, sessionStart } = this.#txns.micro;
    const { start, targets } = this.#graph;
    const queue = this.#join(earlier, later) ? [later] : [];
    const tell = (from: number, to: number): void => {
      if (to <= limits[sessionOf[to]!]! && this.#join(from, to)) queue.push(to);
    };
    for (let head = 0; head < queue.length; head++) {
      const t = queue[head]!;
      if (t + 1 < sessionStart[sessionOf[t]! + 1]!) tell(t, t + 1);
      for (let e = start[t]!; e < start[t + 1]!; e++) tell(t, targets[e]!);
      for (const to of this.#extra.get(t) ?? []) tell(t, to);
    }
  }

  #join(from: number, to: number): boolean {
    let grew = false;
    this.#work += this.#width;
    for (let s = 0; s < this.#width; s++) {
      const known = this.#known[from * this.#width + s]!;
      if (known <= this.#known[to * this.#width + s]!) continue;
      this.#known[to * this.#width + s] = known;
      grew = true;
    }
    if (grew) this.#changed.add(to);
    return grew;
  }

  #restore(): void {
    for (const t of this.#changed) {
      const row = t * this.#width;
      this.#known.set(this.#clocks.subarray(row, row + this.#width), row);
      this.#known[row + this.#txns.micro.sessionOf[t]!] = t;
    }
    this.#changed = new Set();
    this.#extra = new Map();
  }
}
