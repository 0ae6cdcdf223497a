/**
 * Forced edges of causal consistency (axiom of Biswas and Enea; algorithm AWDIT): with t3 reading x from t1,
 * every other writer of x that happened before t3 comes before t1. Only the last such writer per session is
 * needed. Vector clocks are filled in topological order; writers of a key are grouped by session, and each
 * group keeps a pointer near which the next question will be, because questions come roughly in time order.
 * O(n k) for k sessions; memory 4 n k bytes.
 */
import type { Budget } from '../contract.ts';
import { ForcedEdges } from './edges.ts';
import type { Transactions } from './transactions.ts';

/** Writers of each key by session, ascending. */
export interface WriterGroups {
  /** Groups of key x: keyStart[x] to keyStart[x + 1]. */
  keyStart: Int32Array;
  sessions: Int32Array;
  /** Writers of group g: writers[groupStart[g]] to writers[groupStart[g + 1]]. */
  groupStart: Int32Array;
  writers: Int32Array;
}

/** Groups all writers. O(writes). */
export function writerGroups(txns: Transactions): WriterGroups {
  const { count, writeStart, writeKeys } = txns;
  const keys = txns.micro.keyNames.length;
  const { sessionOf } = txns.micro;
  const offset = new Int32Array(keys + 1);
  for (let j = 0; j < writeKeys.length; j++) offset[writeKeys[j]! + 1]!++;
  for (let x = 0; x < keys; x++) offset[x + 1]! += offset[x]!;
  const next = offset.slice(0, keys);
  const writers = new Int32Array(writeKeys.length);
  for (let t = 0; t < count; t++) {
    for (let j = writeStart[t]!; j < writeStart[t + 1]!; j++) writers[next[writeKeys[j]!]!++] = t;
  }
  const keyStart = new Int32Array(keys + 1);
  const sessions = new Int32Array(writers.length);
  const groupStart = new Int32Array(writers.length + 1);
  let groups = 0;
  for (let x = 0; x < keys; x++) {
    keyStart[x] = groups;
    let session = -1;
    for (let p = offset[x]!; p < offset[x + 1]!; p++) {
      if (sessionOf[writers[p]!] === session) continue;
      session = sessionOf[writers[p]!]!;
      sessions[groups] = session;
      groupStart[groups++] = p;
    }
  }
  keyStart[keys] = groups;
  groupStart[groups] = writers.length;
  return { keyStart, sessions, groupStart, writers };
}

/** For each transaction and session the last transaction of that session before it, or -1. */
export type Clocks = Int32Array;

/** Fills the clocks in topological order of session order and reads-from; null when the budget ended. */
export function causalClocks(txns: Transactions, order: Int32Array, budget: Budget): Clocks | null {
  const { readStart, readSources } = txns;
  const { sessionOf, sessionStart, sessions } = txns.micro;
  const clocks = new Int32Array(txns.count * sessions).fill(-1);
  for (let q = 0; q < order.length; q++) {
    if ((q & 4095) === 4095 && !budget.spend(4096)) return null;
    const t = order[q]!;
    const row = t * sessions;
    const session = sessionOf[t]!;
    if (t > sessionStart[session]!) {
      clocks.copyWithin(row, row - sessions, row);
      clocks[row + session] = t - 1;
    }
    for (let i = readStart[t]!; i < readStart[t + 1]!; i++) {
      const source = readSources[i]!;
      if (source < 0 || clocks[row + sessionOf[source]!]! >= source) continue;
      const from = source * sessions;
      for (let s = 0; s < sessions; s++) {
        if (clocks[from + s]! > clocks[row + s]!) clocks[row + s] = clocks[from + s]!;
      }
      if (clocks[row + sessionOf[source]!]! < source) clocks[row + sessionOf[source]!] = source;
    }
  }
  return clocks;
}

/** Edges of causal consistency; null when the budget ended. `order` must hold every transaction. */
export function causalEdges(
  txns: Transactions,
  order: Int32Array,
  clocks: Clocks,
  budget: Budget,
): ForcedEdges | null {
  const { readStart, readKeys, readSources } = txns;
  const { sessions } = txns.micro;
  const { keyStart, groupStart, writers, sessions: groupSessions } = writerGroups(txns);
  // Of each group the writer last asked for and the one after it: neighbours of a key lie side by side, so
  // that most questions touch neither the pointers nor the writers themselves.
  const pointers = groupStart.slice();
  const current = new Int32Array(keyStart.at(-1)!);
  const following = new Int32Array(current.length);
  for (let g = 0; g < current.length; g++) {
    current[g] = writers[groupStart[g]!]!;
    following[g] = groupStart[g]! + 1 < groupStart[g + 1]! ? writers[groupStart[g]! + 1]! : txns.count;
  }
  const edges = new ForcedEdges();
  let spent = 0;
  for (let q = 0; q < order.length; q++) {
    const t = order[q]!;
    const row = t * sessions;
    for (let i = readStart[t]!; i < readStart[t + 1]!; i++) {
      const key = readKeys[i]!;
      const source = readSources[i]!;
      const sourceRow = source * sessions;
      const to = keyStart[key + 1]!;
      spent += to - keyStart[key]! + 1;
      for (let g = keyStart[key]!; g < to; g++) {
        const session = groupSessions[g]!;
        const limit = clocks[row + session]!;
        // What of this session is visible here was already visible to the source: nothing new to order.
        const known = source < 0 ? -1 : clocks[sourceRow + session]!;
        if (known >= limit) continue;
        let writer = current[g]!;
        if (limit < writer || limit >= following[g]!) {
          const end = groupStart[g + 1]!;
          let p = pointers[g]!;
          while (p + 1 < end && writers[p + 1]! <= limit) p++;
          while (p > groupStart[g]! && writers[p]! > limit) p--;
          pointers[g] = p;
          current[g] = writer = writers[p]!;
          following[g] = p + 1 < end ? writers[p + 1]! : txns.count;
          if (writer > limit) continue;
        }
        if (writer !== source && writer > known) edges.add(writer, source, i);
      }
    }
    if (spent >= 1 << 16) {
      if (!budget.spend(spent)) return null;
      spent = 0;
    }
  }
  return edges;
}
