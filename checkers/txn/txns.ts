/**
 * Transactions of a history in columns, numbered in order of invocation. What a read returned is turned into
 * one integer by the checker that asks, while the history is read.
 */
import { FAIL, type History, INVOKE, NONE, OK } from '../../harness/history/history.ts';
import type { Budget } from '../contract.ts';
import { Pace } from '../pace.ts';
import { type Codes, DenseCodes } from './codes.ts';
import { IntList } from './int-list.ts';
import { MopReader, type MopStyle, READ } from './mop-reader.ts';
import { ABSENT, PairTable } from './pair-table.ts';
import type { Scan } from './scan-range.ts';
import { addAbsentReads } from './scans.ts';

/** Return index of a transaction that was not acknowledged: nothing is known to come after it. */
export const NEVER = 0x7fff_ffff;
/** What became of a transaction. */
export const COMMITTED = 1;
export const FAILED = 2;
/** Nobody knows, and nobody saw any of its writes. */
export const UNKNOWN = 3;

/** Columns of transactions and their micro-operations (mops). Reads of others than acknowledged ones are left out. */
export interface Txns {
  history: History;
  style: MopStyle;
  count: number;
  /** History indexes of invocation and acknowledgement (or NEVER). */
  inv: Int32Array;
  ret: Int32Array;
  /** COMMITTED, FAILED or UNKNOWN; becomes COMMITTED when a write of an unknown one is seen. */
  status: Uint8Array;
  /** The mops of transaction t are starts[t] to starts[t + 1]. */
  starts: Int32Array;
  f: Uint8Array;
  /** Dense key numbers. */
  key: Int32Array;
  /** Writes: code of the value. Reads: code of the value, or what `takeList` made of the list. */
  arg: Int32Array;
  /** Transaction of each mop. */
  owner: Int32Array;
  /** 1 for reads that a scan made by not finding the key; null when nobody scanned. */
  predicate: Uint8Array | null;
  keys: DenseCodes;
  codes: Codes;
  /** Mop that wrote (key, value); of a failed transaction only if no other did. */
  writers: PairTable;
  /** Pairs of mops that wrote the same value to the same key, neither known to have failed. */
  ambiguous: [number, number][];
  /** What passes over these columns step with. */
  pace: Pace;
}

/** Makes one integer of the list `elements[from, from + length)` that mop `mop` of transaction `txn` read. */
export type TakeList = (
  txn: number,
  key: number,
  elements: Int32Array,
  from: number,
  length: number,
) => number;

/** Reads all transactions; null when the budget ended. O(size of the history). Throws MopError. */
export function readTxns(history: History, style: MopStyle, takeList: TakeList, budget: Budget): Txns | null {
  const { types, processes, fs, values, pairs } = history.columns;
  const txnF = history.names.find('txn');
  const reader = new MopReader(history, style);
  const keys = new DenseCodes();
  const inv = new IntList();
  const ret = new IntList();
  const status = new IntList();
  const starts = new IntList();
  const f = new IntList();
  const [key, arg, owner] = [new IntList(), new IntList(), new IntList()];
  const scans: Scan[] = [];
  for (let i = 0; i < history.length; i++) {
    if ((i & 4095) === 0 && !budget.spend(4096)) return null;
    if (types[i] !== INVOKE || fs[i] !== txnF || processes[i]! < 0) continue;
    const pair = pairs[i]!;
    const type = pair === NONE ? NONE : types[pair]!;
    const ok = type === OK;
    const t = inv.length;
    inv.push(i);
    ret.push(ok ? pair : NEVER);
    status.push(ok ? COMMITTED : type === FAIL ? FAILED : UNKNOWN);
    starts.push(f.length);
    reader.read(ok ? values[pair]! : values[i]!, i);
    if (ok)
      for (const { from, to, range } of reader.scans)
        scans.push({ txn: t, from: f.length + from, to: f.length + to, range });
    for (let m = 0; m < reader.count; m++) {
      const read = reader.f[m] === READ;
      if (read && !ok) continue;
      const dense = keys.of(reader.key[m]!);
      f.push(reader.f[m]!);
      key.push(dense);
      owner.push(t);
      if (read && style === 'lists') {
        arg.push(takeList(t, dense, reader.elements, reader.arg[m]!, reader.length[m]!));
      } else arg.push(reader.arg[m]!);
    }
  }
  starts.push(f.length);
  const txns: Txns = {
    history,
    style,
    count: inv.length,
    inv: inv.done(),
    ret: ret.done(),
    status: Uint8Array.from(status.done()),
    starts: starts.done(),
    f: Uint8Array.from(f.done()),
    key: key.done(),
    arg: arg.done(),
    owner: owner.done(),
    predicate: null,
    keys,
    codes: reader.codes,
    writers: new PairTable(f.length / 2),
    ambiguous: [],
    pace: new Pace(budget),
  };
  if (scans.length > 0 && !addAbsentReads(txns, scans, budget)) return null;
  indexWriters(txns);
  return txns;
}

function indexWriters(txns: Txns): void {
  const { f, key, arg, owner, status, writers, ambiguous, pace } = txns;
  for (let m = 0; m < f.length; m++) {
    pace.step();
    if (f[m] === READ) continue;
    const known = writers.get(key[m]!, arg[m]!);
    const failed = status[owner[m]!] === FAILED;
    if (known === ABSENT) writers.set(key[m]!, arg[m]!, m);
    else if (failed) continue;
    else if (status[owner[known]!] === FAILED) writers.set(key[m]!, arg[m]!, m);
    else if (ambiguous.length < 8) ambiguous.push([known, m]);
  }
}

/** Acknowledged transactions. */
export function acknowledged(txns: Txns): number {
  let count = 0;
  for (let t = 0; t < txns.count; t++) if (txns.ret[t] !== NEVER) count++;
  return count;
}
