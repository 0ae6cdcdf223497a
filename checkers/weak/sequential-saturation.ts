/**
 * What every sequential order of transactions must contain, by saturation: with t reading x from w1 and w2
 * another writer of x, w2 comes before w1 if it comes before t, and after t if it comes after w1. Repeated until
 * a cycle shows, which proves that there is no order, or nothing changes, which proves nothing yet.
 */
import type { Budget } from '../contract.ts';
import { type CommitGraph, commitGraph, topologicalOrder } from './commit-graph.ts';
import { ForcedEdges } from './edges.ts';
import { explains, ranksByOrder } from './sequential-guess.ts';
import { INITIAL, type Transactions } from './transactions.ts';
import { type WriterGroups, writerGroups } from './writer-groups.ts';

/** What saturation came to. `explained`: an order was found on the way. `ended`: the budget did. */
export interface Saturated {
  verdict: 'cyclic' | 'explained' | 'ordered' | 'ended';
  graph: CommitGraph;
  /** A topological order; shorter than the number of transactions when cyclic. */
  order: Int32Array;
  forced: ForcedEdges;
  /** How many edges were there before each round: those of a round rest on edges before it. */
  rounds: number[];
  /** Per transaction and session the last transaction of that session that comes before it, or -1. */
  clocks: Int32Array;
}

/**
 * Saturates session order and reads-from, and looks after each round whether what is known makes it easy to guess
 * an order: it mostly does long before nothing changes any more. Each round O(reads k log n) for k sessions; memory 4 n k bytes.
 */
export function saturate(txns: Transactions, budget: Budget): Saturated {
  const forced = new ForcedEdges();
  const groups = writerGroups(txns);
  const clocks = new Int32Array(txns.count * txns.micro.sessions);
  const rounds = [0];
  for (;;) {
    const graph = commitGraph(txns, forced);
    const order = topologicalOrder(txns, graph);
    const state = { graph, order, forced, rounds, clocks };
    if (order.length < txns.count) return { ...state, verdict: 'cyclic' };
    if (!budget.spend(txns.count + 1)) return { ...state, verdict: 'ended' };
    fillClocks(txns, graph, order, clocks);
    const guess = ranksByOrder(txns, graph, order);
    if (explains(txns, guess, budget)) return { ...state, verdict: 'explained' };
    const before = forced.length;
    if (!force(txns, groups, clocks, forced, budget)) return { ...state, verdict: 'ended' };
    if (forced.length === before) return { ...state, verdict: 'ordered' };
    rounds.push(before);
  }
}

function fillClocks(txns: Transactions, graph: CommitGraph, order: Int32Array, clocks: Int32Array): void {
  const { sessions, sessionOf, sessionStart } = txns.micro;
  const { start, targets } = graph;
  clocks.fill(-1);
  const tell = (from: number, to: number): void => {
    const [source, row] = [from * sessions, to * sessions];
    for (let s = 0; s < sessions; s++) {
      if (clocks[source + s]! > clocks[row + s]!) clocks[row + s] = clocks[source + s]!;
    }
    const own = sessionOf[from]!;
    if (clocks[row + own]! < from) clocks[row + own] = from;
  };
  for (const t of order) {
    if (t + 1 < sessionStart[sessionOf[t]! + 1]!) tell(t, t + 1);
    for (let e = start[t]!; e < start[t + 1]!; e++) tell(t, targets[e]!);
  }
}

/** Adds what the reads force by what is known so far; false when the budget ended. */
function force(
  txns: Transactions,
  { keyStart, groupStart, sessions: groupSessions, writers }: WriterGroups,
  clocks: Int32Array,
  forced: ForcedEdges,
  budget: Budget,
): boolean {
  const { readStart, readKeys, readSources } = txns;
  const { sessions, sessionOf } = txns.micro;
  let spent = 0;
  for (let t = 0; t < txns.count; t++) {
    for (let i = readStart[t]!; i < readStart[t + 1]!; i++) {
      const source = readSources[i]!;
      for (let g = keyStart[readKeys[i]!]!; g < keyStart[readKeys[i]! + 1]!; g++) {
        spent++;
        const s = groupSessions[g]!;
        const [from, to] = [groupStart[g]!, groupStart[g + 1]!];
        if (source !== INITIAL) {
          const known = clocks[t * sessions + s]!;
          const p = firstAfter(from, to, (at) => writers[at]! > known);
          const newer = p > from ? writers[p - 1]! : source;
          if (newer !== source && clocks[source * sessions + s]! < newer) forced.add(newer, source, i);
        }
        // Whoever overwrites what was read comes after the read; the first of each session stands for all.
        const session = source === INITIAL ? -1 : sessionOf[source]!;
        let p =
          source === INITIAL
            ? from
            : firstAfter(from, to, (at) => clocks[writers[at]! * sessions + session]! >= source);
        if (p < to && writers[p] === t) p++;
        if (p < to && clocks[writers[p]! * sessions + sessionOf[t]!]! < t) forced.add(t, writers[p]!, i);
      }
    }
    if (spent < 1 << 16) continue;
    if (!budget.spend(spent)) return false;
    spent = 0;
  }
  return true;
}

/** The first position of [from, to) at which the test holds, which then holds for all after it. */
function firstAfter(from: number, to: number, holds: (at: number) => boolean): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
