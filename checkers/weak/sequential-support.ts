/**
 * Which transactions a contradiction found by saturation rests on: those of its cycle, those whose reads forced
 * its edges, and those on the ways by which each premise was known. The start of a minimal witness.
 */

import type { Budget } from '../contract.ts';
import { type CycleStep, SESSION_STEP, smallCycles } from './cycles.ts';
import type { ForcedEdges } from './edges.ts';
import type { Saturated } from './sequential-saturation.ts';
import { INITIAL, type Transactions } from './transactions.ts';

const MAX_SUPPORT = 4000;

/** The transactions, ascending; null when there are too many. */
export function supportOf(txns: Transactions, saturated: Saturated, budget: Budget): number[] | null {
  const { graph, order, forced } = saturated;
  const [cycle] = smallCycles(txns, graph, order, forced.length === 0 ? null : forced, 1, budget);
  if (cycle === undefined) return null;
  const support = new Support(txns, saturated);
  support.cite(cycle, cycle[0]!.txn);
  return support.collect();
}

class Support {
  readonly #txns: Transactions;
  readonly #forced: ForcedEdges;
  readonly #rounds: readonly number[];
  readonly #readerOf: Int32Array;
  /** Forced edges by the transaction they lead to. */
  readonly #into: Map<number, number[]>;
  readonly #members = new Set<number>();
  readonly #edges: number[] = [];
  readonly #seen = new Set<number>();

  constructor(txns: Transactions, { forced, rounds }: Saturated) {
    this.#txns = txns;
    this.#forced = forced;
    this.#rounds = rounds;
    this.#readerOf = new Int32Array(txns.readKeys.length);
    for (let t = 0; t < txns.count; t++) this.#readerOf.fill(t, txns.readStart[t]!, txns.readStart[t + 1]!);
    this.#into = new Map();
    for (let j = 0; j < forced.length; j++) {
      const list = this.#into.get(forced.to.items[j]!);
      if (list === undefined) this.#into.set(forced.to.items[j]!, [j]);
      else list.push(j);
    }
  }

  /** Takes in the transactions of a way and the forced edges on it; `end` is where its last step leads. */
  cite(way: readonly CycleStep[], end: number): void {
    this.#members.add(end);
    for (const { txn, why } of way) {
      this.#members.add(txn);
      if (why === SESSION_STEP || why >= 0 || this.#seen.has(-1 - why)) continue;
      this.#seen.add(-1 - why);
      this.#edges.push(-1 - why);
    }
  }

  collect(): number[] | null {
    for (let head = 0; head < this.#edges.length; head++) {
      if (this.#members.size > MAX_SUPPORT) return null;
      const edge = this.#edges[head]!;
      const read = this.#forced.reads.items[edge]!;
      const reader = this.#readerOf[read]!;
      const source = this.#txns.readSources[read]!;
      const [from, to] = [this.#forced.from.items[edge]!, this.#forced.to.items[edge]!];
      this.#members.add(reader);
      if (source !== INITIAL) this.#members.add(source);
      // Either the other writer was known to come before the reader, or to come after what was read.
      const [start, end] = to === source ? [from, reader] : [source, to];
      if (start === INITIAL) continue;
      const way = this.#way(start, end, this.#before(edge));
      if (way === null) return null;
      this.cite(way, end);
    }
    return [...this.#members].sort((a, b) => a - b);
  }

  /** How many edges were known in the round in which this one was found. */
  #before(edge: number): number {
    return this.#rounds.findLast((known) => known <= edge) ?? 0;
  }

  /** A shortest way over session order, reads-from and the first `known` forced edges. */
  #way(start: number, end: number, known: number): CycleStep[] | null {
    const { readStart, readSources, micro } = this.#txns;
    const { sessionOf, sessionStart } = micro;
    const next = new Map<number, { to: number; why: CycleStep['why'] }>();
    const queue = [end];
    const visit = (txn: number, to: number, why: CycleStep['why']): void => {
      if (txn === end || next.has(txn)) return;
      next.set(txn, { to, why });
      queue.push(txn);
    };
    for (let head = 0; head < queue.length && !next.has(start); head++) {
      const t = queue[head]!;
      for (let i = readStart[t]!; i < readStart[t + 1]!; i++) {
        if (readSources[i]! >= 0) visit(readSources[i]!, t, i);
      }
      for (const j of this.#into.get(t) ?? []) if (j < known) visit(this.#forced.from.items[j]!, t, -1 - j);
      // One step along a session leads to all before it.
      for (let p = t - 1; p >= sessionStart[sessionOf[t]!]! && !next.has(p); p--) visit(p, t, SESSION_STEP);
    }
    if (!next.has(start)) return null;
    const way: CycleStep[] = [];
    for (let t = start; t !== end; t = next.get(t)!.to) way.push({ txn: t, why: next.get(t)!.why });
    return way;
  }
}
