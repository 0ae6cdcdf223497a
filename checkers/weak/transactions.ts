/**
 * From micro-operations to what weak isolation is defined on: who each external read read from, and which
 * keys each transaction wrote. What is wrong with a read by itself is found here: a value nobody wrote, one
 * of a failed or unfinished transaction, one the transaction's own write should have hidden.
 */
import type { History } from '../../harness/history/history.ts';
import { type Budget, UNLIMITED } from '../contract.ts';
import { Pace } from '../pace.ts';
import { IntList } from './int-list.ts';
import { type MicroOperations, microOperations, NULL_VALUE, READ } from './micro-operations.ts';
import { AMBIGUOUS, FAILED, FINAL, INTERMEDIATE, WrittenValues } from './written-values.ts';

/** Source of a read that returned the initial value. */
export const INITIAL = -1;

/** A read that is wrong whatever the order of transactions. */
export interface WrongRead {
  kind: 'garbage-read' | 'aborted-read' | 'intermediate-read' | 'future-read' | 'internal';
  /** The reading transaction and its micro-operation. */
  reader: number;
  micro: number;
  /** Writing transaction, or -1; for `aborted-read` the history index of the failed invocation. */
  writer: number;
}

/** Transactions with resolved reads. */
export interface Transactions {
  micro: MicroOperations;
  count: number;
  /** External reads of transaction t, in program order: readStart[t] to readStart[t + 1]. */
  readStart: Int32Array;
  readKeys: Int32Array;
  /** Transaction that wrote what was read, or INITIAL. */
  readSources: Int32Array;
  /** Micro-operation of each external read. */
  readMicros: Int32Array;
  /** Keys written by transaction t, ascending and distinct: writeStart[t] to writeStart[t + 1]. */
  writeStart: Int32Array;
  writeKeys: Int32Array;
  wrong: WrongRead[];
  wrongCount: number;
  /** Reads of values that several transactions wrote: left out, which can only hide violations. */
  ambiguous: number;
}

const MAX_WRONG = 10;

/** Resolves the reads of a history; throws OutOfBudget. O(n log w) with w the largest number of keys one transaction writes. */
export function transactionsOf(history: History, budget: Budget = UNLIMITED): Transactions {
  const pace = new Pace(budget);
  const micro = microOperations(history, pace);
  const table = writtenValues(micro, pace);
  const writes = writeSets(micro, pace);
  return { micro, count: micro.count, ...writes, ...resolvedReads(micro, table, pace) };
}

function writtenValues(micro: MicroOperations, pace: Pace): WrittenValues {
  const { count, start, kinds, keys, values, keyNames, failed } = micro;
  let writes = failed.length / 3;
  for (let m = 0; m < kinds.length; m++) if (kinds[m] !== READ) writes++;
  const table = new WrittenValues(writes);
  // Where the last write of a key within the current transaction is; valid while the stamp is current.
  const last = new Int32Array(keyNames.length).fill(-1);
  for (let t = 0; t < count; t++) {
    const from = start[t]!;
    const to = start[t + 1]!;
    for (let m = from; m < to; m++) if (kinds[m] !== READ) last[keys[m]!] = m;
    for (let m = from; m < to; m++) {
      pace.step();
      if (kinds[m] === READ) continue;
      const state = values[m] === NULL_VALUE ? AMBIGUOUS : last[keys[m]!] === m ? FINAL : INTERMEDIATE;
      const row = table.find(keys[m]!, values[m]!);
      if (row < 0) table.add(keys[m]!, values[m]!, t, state);
      else if (table.owner(row) !== t) table.mark(row, AMBIGUOUS);
      else if (state === FINAL && table.state(row) === INTERMEDIATE) table.mark(row, FINAL);
    }
  }
  for (let i = 0; i < failed.length; i += 3) {
    if (failed[i + 1] === NULL_VALUE || table.find(failed[i]!, failed[i + 1]!) >= 0) continue;
    table.add(failed[i]!, failed[i + 1]!, failed[i + 2]!, FAILED);
  }
  return table;
}

function writeSets(micro: MicroOperations, pace: Pace): Pick<Transactions, 'writeStart' | 'writeKeys'> {
  const { count, start, kinds, keys, keyNames } = micro;
  const stamp = new Int32Array(keyNames.length).fill(-1);
  const writeStart = new Int32Array(count + 1);
  const list = new IntList();
  for (let t = 0; t < count; t++) {
    for (let m = start[t]!; m < start[t + 1]!; m++) {
      pace.step();
      if (kinds[m] === READ || stamp[keys[m]!] === t) continue;
      stamp[keys[m]!] = t;
      list.push(keys[m]!);
    }
    writeStart[t + 1] = list.length;
    sortRange(list.items, writeStart[t]!, list.length);
  }
  return { writeStart, writeKeys: list.view() };
}

/** Sorts items[from] to items[to] in place; a view is made only for large ranges. */
function sortRange(items: Int32Array, from: number, to: number): void {
  if (to - from > 24) {
    items.subarray(from, to).sort();
    return;
  }
  for (let i = from + 1; i < to; i++) {
    const item = items[i]!;
    let j = i;
    for (; j > from && items[j - 1]! > item; j--) items[j] = items[j - 1]!;
    items[j] = item;
  }
}

type Reads = Omit<Transactions, 'micro' | 'count' | 'writeStart' | 'writeKeys'>;

function resolvedReads(micro: MicroOperations, table: WrittenValues, pace: Pace): Reads {
  const { count, start, kinds, keys, values, keyNames } = micro;
  const own = new Int32Array(keyNames.length).fill(-1);
  const readStart = new Int32Array(count + 1);
  let reads = 0;
  for (let m = 0; m < kinds.length; m++) if (kinds[m] === READ) reads++;
  const readKeys = new IntList(reads);
  const readSources = new IntList(reads);
  const readMicros = new IntList(reads);
  const wrong: WrongRead[] = [];
  let wrongCount = 0;
  let ambiguous = 0;
  const report = (kind: WrongRead['kind'], reader: number, m: number, writer: number): void => {
    wrongCount++;
    if (wrong.length < MAX_WRONG) wrong.push({ kind, reader, micro: m, writer });
  };
  for (let t = 0; t < count; t++) {
    for (let m = start[t]!; m < start[t + 1]!; m++) {
      pace.step();
      const key = keys[m]!;
      if (kinds[m] !== READ) {
        own[key] = m;
        continue;
      }
      if (own[key]! >= start[t]!) {
        if (values[own[key]!] !== values[m]) report('internal', t, m, t);
        continue;
      }
      const row = table.find(key, values[m]!);
      const state = row < 0 ? -1 : table.state(row);
      const writer = row < 0 ? INITIAL : table.owner(row);
      if (state === AMBIGUOUS) ambiguous++;
      else if (state < 0 && values[m] !== NULL_VALUE) report('garbage-read', t, m, -1);
      else if (state === FAILED) report('aborted-read', t, m, writer);
      else if (writer === t) report('future-read', t, m, t);
      else {
        if (state === INTERMEDIATE) report('intermediate-read', t, m, writer);
        readKeys.push(key);
        readSources.push(writer);
        readMicros.push(m);
      }
    }
    readStart[t + 1] = readKeys.length;
  }
  return {
    readStart,
    readKeys: readKeys.view(),
    readSources: readSources.view(),
    readMicros: readMicros.view(),
    wrong,
    wrongCount,
    ambiguous,
  };
}

/** Whether transaction t writes the key. O(log keys written). */
export function writes(txns: Transactions, t: number, key: number): boolean {
  let low = txns.writeStart[t]!;
  let high = txns.writeStart[t + 1]!;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (txns.writeKeys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low < txns.writeStart[t + 1]! && txns.writeKeys[low] === key;
}

/** Where the write of a key by a transaction stands in writeKeys; -1 for the initial state. O(log keys written). */
export function entryOf({ writeStart, writeKeys }: Transactions, writer: number, key: number): number {
  if (writer < 0) return -1;
  let low = writeStart[writer]!;
  let high = writeStart[writer + 1]! - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (writeKeys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
