/**
 * Who writes each key, by session: what causal consistency and causal memory ask the vector clocks about.
 */
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
