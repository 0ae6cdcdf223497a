/**
 * Guesses in which order the values of each key were written, and proves a guess: when session order, who read
 * from whom, the guessed order and "read before the next was written" close no circle, any order of all
 * transactions that keeps them explains every read. A guess that fails proves nothing.
 */
import { OK } from '../../harness/history/columns.ts';
import type { History } from '../../harness/history/history.ts';
import { type Budget, UNLIMITED } from '../contract.ts';
import { inTime, Pace } from '../pace.ts';
import { type CommitGraph, commitGraph, topologicalOrder } from './commit-graph.ts';
import { ForcedEdges } from './edges.ts';
import { entryOf, INITIAL, type Transactions } from './transactions.ts';

/** Position of a completion that is not known. */
const NEVER = 0x7fffffff;

/**
 * Whether the values of each key, written in the order of `ranks` (one per entry of writeKeys, none negative),
 * explain every read; false too when the budget ended. Equal ranks keep the order of transactions. O(n + highest
 * rank).
 */
export function explains(txns: Transactions, ranks: Int32Array, budget: Budget): boolean {
  return inTime(
    () => closesNoCircle(txns, ranks, new Pace(budget)),
    () => false,
  );
}

function closesNoCircle(txns: Transactions, ranks: Int32Array, pace: Pace): boolean {
  pace.look();
  const { count, readStart, readKeys, readSources, writeStart } = txns;
  const { first, after } = nextVersions(txns, ranks, pace);
  const guessed = new ForcedEdges();
  for (let t = 0; t < count; t++) {
    for (let i = readStart[t]!; i < readStart[t + 1]!; i++) {
      pace.step();
      const [key, source] = [readKeys[i]!, readSources[i]!];
      const next = source === INITIAL ? first[key]! : after[entryOf(txns, source, key)]!;
      if (next >= 0 && next !== t) guessed.add(t, next, i);
    }
    for (let j = writeStart[t]!; j < writeStart[t + 1]!; j++) {
      if (after[j]! >= 0) guessed.add(t, after[j]!, -1);
    }
  }
  return topologicalOrder(txns, commitGraph(txns, guessed, pace), pace).length === count;
}

/** By key who writes it first, and by entry of writeKeys who writes that key next; -1 for nobody. */
function nextVersions(
  txns: Transactions,
  ranks: Int32Array,
  pace: Pace,
): { first: Int32Array; after: Int32Array } {
  const { count, writeStart, writeKeys, micro } = txns;
  const first = new Int32Array(micro.keyNames.length).fill(-1);
  const last = new Int32Array(micro.keyNames.length).fill(-1);
  const after = new Int32Array(writeKeys.length).fill(-1);
  const writerOf = new Int32Array(writeKeys.length);
  for (let t = 0; t < count; t++) writerOf.fill(t, writeStart[t]!, writeStart[t + 1]!);
  for (const j of sortedBy(ranks, pace)) {
    const key = writeKeys[j]!;
    if (last[key]! < 0) first[key] = writerOf[j]!;
    else after[last[key]!] = writerOf[j]!;
    last[key] = j;
  }
  return { first, after };
}

/** Indexes in the order of their ranks, equal ranks by index. */
function sortedBy(ranks: Int32Array, pace: Pace): Int32Array {
  let highest = 0;
  for (let j = 0; j < ranks.length; j++) highest = Math.max(highest, ranks[j]!);
  const next = new Int32Array(highest + 2);
  for (let j = 0; j < ranks.length; j++) next[ranks[j]! + 1]!++;
  for (let r = 0; r <= highest; r++) next[r + 1]! += next[r]!;
  const sorted = new Int32Array(ranks.length);
  for (let j = 0; j < ranks.length; j++) {
    pace.step();
    sorted[next[ranks[j]!]!++] = j;
  }
  return sorted;
}

/**
 * Ranks by real time: where a register is linearizable these are an order of its values, by the zones of Gibbons
 * and Korach (Testing Shared Memories, 1997). A value that was surely there for a while counts from the first
 * completion that shows it, any other from the last invocation. Linearizability is local, so that a history whose
 * keys all are is explained. O(n).
 */
export function ranksByTime(txns: Transactions, history: History): Int32Array {
  const { count, readStart, readKeys, readSources, writeStart, writeKeys, micro } = txns;
  const { pairs, types } = history.columns;
  const completed = new Int32Array(writeKeys.length);
  const invoked = new Int32Array(writeKeys.length);
  const end = (t: number): number => {
    const pair = pairs[micro.calls[t]!]!;
    return pair < 0 || types[pair] !== OK ? NEVER : pair;
  };
  for (let t = 0; t < count; t++) {
    completed.fill(end(t), writeStart[t]!, writeStart[t + 1]!);
    invoked.fill(micro.calls[t]!, writeStart[t]!, writeStart[t + 1]!);
  }
  for (let t = 0; t < count; t++) {
    for (let i = readStart[t]!; i < readStart[t + 1]!; i++) {
      if (readSources[i] === INITIAL) continue;
      const entry = entryOf(txns, readSources[i]!, readKeys[i]!);
      completed[entry] = Math.min(completed[entry]!, end(t));
      invoked[entry] = Math.max(invoked[entry]!, micro.calls[t]!);
    }
  }
  for (let j = 0; j < completed.length; j++) completed[j] = Math.min(completed[j]!, invoked[j]!);
  return completed;
}

/**
 * Ranks by what is known to come before what, and by time where that leaves it open: a transaction counts from
 * its invocation or from that of the last one known to come before it, whichever is later. O(n).
 */
export function ranksByOrder(txns: Transactions, graph: CommitGraph, order: Int32Array): Int32Array {
  const { writeStart, writeKeys, micro } = txns;
  const { start, targets } = graph;
  const from = micro.calls.slice();
  for (let at = 0; at < order.length; at++) {
    const t = order[at]!;
    if (t + 1 < micro.sessionStart[micro.sessionOf[t]! + 1]!) from[t + 1] = Math.max(from[t + 1]!, from[t]!);
    for (let e = start[t]!; e < start[t + 1]!; e++)
      from[targets[e]!] = Math.max(from[targets[e]!]!, from[t]!);
  }
  const pace = new Pace(UNLIMITED);
  const byPlace = from.map((_, at) => from[order[at]!]!);
  const ranks = new Int32Array(writeKeys.length);
  let rank = 0;
  for (const at of sortedBy(byPlace, pace)) {
    const t = order[at]!;
    ranks.fill(rank++, writeStart[t]!, writeStart[t + 1]!);
  }
  return ranks;
}
