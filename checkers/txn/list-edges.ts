/**
 * Dependencies of list-append transactions: only adjacent versions are linked, the rest follows. Appends
 * nobody saw come after everything that was seen, in no order among themselves.
 */
import { AUX, type EdgeList, PREDICATE_AUX, PREDICATE_RW, RW, WR, WW } from './graph.ts';
import { type Lists, readLength, writerAt } from './lists.ts';
import { READ } from './mop-reader.ts';
import { ABSENT } from './pair-table.ts';
import { COMMITTED } from './txns.ts';

/** Adds all ww, wr and rw edges. O(mops + versions) edges. */
export function addListEdges(lists: Lists, list: EdgeList): void {
  const unseen = unseenAppenders(lists);
  addVersionEdges(lists, list);
  addReadEdges(lists, list, unseen);
}

function addVersionEdges(lists: Lists, list: EdgeList): void {
  for (let k = 0; k < lists.trusted.length; k++) {
    let before = -1;
    for (let i = 0; i < lists.trusted[k]!; i++) {
      lists.txns.pace.step();
      const writer = writerAt(lists, k, i);
      if (writer < 0) continue;
      if (before >= 0) list.add(before, writer, WW);
      before = writer;
    }
  }
}

/** Committed transactions that appended to a key something no read shows. */
interface Unseen {
  /** Appenders of key k: appenders[starts[k]] to appenders[starts[k + 1]], each once, ascending. */
  starts: Int32Array;
  appenders: Int32Array;
  /** Virtual node in front of all of them, per key; -1 until somebody needs it. */
  all: Int32Array;
  /** First of the nodes in front of those before, and after, one of them; -1 until needed. */
  parts: Int32Array;
}

function unseenAppenders(lists: Lists): Unseen {
  const { txns, position, trusted, orders } = lists;
  const keys = trusted.length;
  const starts = new Int32Array(keys + 1);
  const last = new Int32Array(keys).fill(-1);
  const counts = (m: number): boolean => {
    txns.pace.step();
    if (txns.f[m] === READ || position[m]! >= 0) return false;
    const t = txns.owner[m]!;
    const k = txns.key[m]!;
    // After a contradiction nobody knows where the end of the list is.
    if (txns.status[t] !== COMMITTED || last[k] === t || trusted[k] !== orders.length(k)) return false;
    last[k] = t;
    return true;
  };
  for (let m = 0; m < txns.f.length; m++) if (counts(m)) starts[txns.key[m]! + 1]!++;
  for (let k = 0; k < keys; k++) starts[k + 1]! += starts[k]!;
  const appenders = new Int32Array(starts[keys]!);
  const at = starts.slice(0, keys);
  last.fill(-1);
  for (let m = 0; m < txns.f.length; m++) {
    if (counts(m)) appenders[at[txns.key[m]!]!++] = txns.owner[m]!;
  }
  return { starts, appenders, all: new Int32Array(keys).fill(-1), parts: new Int32Array(keys).fill(-1) };
}

function addReadEdges(lists: Lists, list: EdgeList, unseen: Unseen): void {
  const { txns, trusted, orders } = lists;
  for (let k = 0; k < trusted.length; k++) {
    if (unseen.starts[k] === unseen.starts[k + 1]) continue;
    let last = trusted[k]! - 1;
    while (last >= 0 && writerAt(lists, k, last) < 0) last--;
    if (last < 0) continue;
    for (let u = unseen.starts[k]!; u < unseen.starts[k + 1]!; u++) {
      list.add(writerAt(lists, k, last), unseen.appenders[u]!, WW);
    }
  }
  for (let m = 0; m < txns.f.length; m++) {
    txns.pace.step();
    if (txns.f[m] !== READ) continue;
    const t = txns.owner[m]!;
    const k = txns.key[m]!;
    const n = readLength(lists, m);
    addSource(lists, list, m, n);
    if (txns.arg[m]! < 0) continue;
    let i = n;
    while (i < trusted[k]! && writerAt(lists, k, i) < 0) i++;
    const predicate = txns.predicate?.[m] === 1;
    if (i < trusted[k]!) list.add(t, writerAt(lists, k, i), predicate ? PREDICATE_RW : RW);
    else if (trusted[k] === orders.length(k)) addTail(list, unseen, t, k, predicate ? PREDICATE_AUX : AUX);
  }
}

/** The writer of the last element a read shows, whose writer is known. */
function addSource(lists: Lists, list: EdgeList, m: number, n: number): void {
  const { txns, orders } = lists;
  const arg = txns.arg[m]!;
  const k = txns.key[m]!;
  const t = txns.owner[m]!;
  for (let i = n - 1; i >= 0; i--) {
    let writer = -1;
    if (arg >= 0) writer = writerAt(lists, k, i);
    else {
      const mop = txns.writers.get(k, orders.odd[-1 - arg]!.list[i]!);
      if (mop !== ABSENT && txns.status[txns.owner[mop]!] === COMMITTED) writer = txns.owner[mop]!;
    }
    if (writer < 0) continue;
    list.add(writer, t, WR);
    return;
  }
}

/**
 * A read of everything that was ever seen precedes all appends nobody saw: one virtual node per key. A reader
 * that is itself among them goes to nodes for those before and those after it, or it would follow itself.
 */
function addTail(list: EdgeList, unseen: Unseen, t: number, k: number, hop: number): void {
  const { starts, appenders, all, parts } = unseen;
  const from = starts[k]!;
  const count = starts[k + 1]! - from;
  if (count === 0) return;
  const own = find(appenders, from, from + count, t);
  if (own < 0) {
    if (all[k]! < 0) {
      all[k] = list.node();
      for (let u = 0; u < count; u++) list.add(all[k]!, appenders[from + u]!, RW);
    }
    list.add(t, all[k]!, hop);
    return;
  }
  if (parts[k]! < 0) {
    parts[k] = list.size;
    for (let u = 0; u < 2 * count; u++) list.node();
    for (let u = 0; u < count; u++) {
      const upTo = parts[k]! + u;
      const since = parts[k]! + count + u;
      list.add(upTo, appenders[from + u]!, RW);
      list.add(since, appenders[from + u]!, RW);
      if (u > 0) list.add(upTo, upTo - 1, AUX);
      if (u + 1 < count) list.add(since, since + 1, AUX);
    }
  }
  const place = own - from;
  if (place > 0) list.add(t, parts[k]! + place - 1, hop);
  if (place + 1 < count) list.add(t, parts[k]! + count + place + 1, hop);
}

function find(sorted: Int32Array, from: number, to: number, item: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < item) low = middle + 1;
    else high = middle;
  }
  return low < to && sorted[low] === item ? low : -1;
}
