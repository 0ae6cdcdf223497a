/**
 * The graph whose cycles are violations: session order (transaction t - 1 before t, never stored), who read
 * from whom, and the edges a level forces. Everything by queues over typed arrays, no recursion.
 */
import { UNLIMITED } from '../contract.ts';
import { Pace } from '../pace.ts';
import type { ForcedEdges } from './edges.ts';
import type { Transactions } from './transactions.ts';

/** Outgoing edges of each transaction: targets[start[t]] to targets[start[t + 1]]. */
export interface CommitGraph {
  start: Int32Array;
  targets: Int32Array;
  /** Why: external read i for "was read by", -1 - j for forced edge j. */
  whys: Int32Array;
}

/** Collects both kinds of edges; `forced` null leaves only session order and reads-from. O(n). */
export function commitGraph(
  txns: Transactions,
  forced: ForcedEdges | null,
  pace: Pace = new Pace(UNLIMITED),
): CommitGraph {
  const { count, readStart, readSources } = txns;
  const start = new Int32Array(count + 1);
  const each = (take: (from: number, to: number, why: number) => void): void => {
    for (let t = 0; t < count; t++) {
      let before = -1;
      for (let i = readStart[t]!; i < readStart[t + 1]!; i++) {
        pace.step();
        const source = readSources[i]!;
        if (source >= 0 && source !== before) take(source, t, i);
        before = source;
      }
    }
    if (forced === null) return;
    const from = forced.from.items;
    const to = forced.to.items;
    for (let j = 0; j < forced.length; j++) {
      pace.step();
      take(from[j]!, to[j]!, -1 - j);
    }
  };
  each((from) => {
    start[from + 1]!++;
  });
  for (let t = 0; t < count; t++) start[t + 1]! += start[t]!;
  const next = start.slice(0, count);
  const targets = new Int32Array(start[count]!);
  const whys = new Int32Array(start[count]!);
  each((from, to, why) => {
    const at = next[from]!++;
    targets[at] = to;
    whys[at] = why;
  });
  return { start, targets, whys };
}

/**
 * A topological order of the graph with session order; shorter than the number of transactions when there is
 * a cycle. O(n).
 */
export function topologicalOrder(
  txns: Transactions,
  graph: CommitGraph,
  pace: Pace = new Pace(UNLIMITED),
): Int32Array {
  const { count } = txns;
  const { sessionOf } = txns.micro;
  const { start, targets } = graph;
  const waiting = new Int32Array(count);
  for (let e = 0; e < targets.length; e++) waiting[targets[e]!]!++;
  for (let t = 1; t < count; t++) if (sessionOf[t] === sessionOf[t - 1]) waiting[t]!++;
  const order = new Int32Array(count);
  let tail = 0;
  for (let t = 0; t < count; t++) if (waiting[t] === 0) order[tail++] = t;
  for (let head = 0; head < tail; head++) {
    pace.step();
    const t = order[head]!;
    for (let e = start[t]!; e < start[t + 1]!; e++) {
      const to = targets[e]!;
      if (--waiting[to]! === 0) order[tail++] = to;
    }
    if (t + 1 < count && sessionOf[t + 1] === sessionOf[t] && --waiting[t + 1]! === 0) order[tail++] = t + 1;
  }
  return order.subarray(0, tail);
}
