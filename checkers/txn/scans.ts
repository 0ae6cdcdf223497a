/**
 * Predicate reads: `["scan", [from, to], [[key, value]...]]` reads every key of a range, or with null every key
 * there is. What it returned it read; of all other keys of the range it read that they are absent, which only
 * the whole history can tell, as it alone knows all keys.
 */
import type { Budget } from '../contract.ts';
import { type Codes, type DenseCodes, NIL } from './codes.ts';
import { type MopStyle, READ } from './mop-reader.ts';
import type { Scan } from './scan-range.ts';

/** Transactions and their mops, as far as scans change them. */
interface MopColumns {
  style: MopStyle;
  count: number;
  starts: Int32Array;
  f: Uint8Array;
  key: Int32Array;
  arg: Int32Array;
  owner: Int32Array;
  predicate: Uint8Array | null;
  keys: DenseCodes;
  codes: Codes;
}

/** Whether a key, by its dense number, is one a scan asked for. */
function inRange(txns: Pick<MopColumns, 'keys' | 'codes'>, range: Scan['range'], key: number): boolean {
  if (range === null) return true;
  const value = txns.codes.json(txns.keys.code(key));
  return typeof value === 'number' && value >= range[0] && value <= range[1];
}

/**
 * Adds the reads of absent keys behind each scan, and marks them in `predicate`. False when the budget ended.
 * O(mops + scans * keys).
 */
export function addAbsentReads(txns: MopColumns, scans: readonly Scan[], budget: Budget): boolean {
  const keys = txns.keys.size;
  const found = new Int32Array(keys).fill(-1);
  const absent: number[][] = [];
  let added = 0;
  for (const [s, { from, to, range }] of scans.entries()) {
    if (!budget.spend(keys)) return false;
    for (let m = from; m < to; m++) found[txns.key[m]!] = s;
    const missing: number[] = [];
    for (let k = 0; k < keys; k++) if (found[k] !== s && inRange(txns, range, k)) missing.push(k);
    absent.push(missing);
    added += missing.length;
  }
  const size = txns.f.length + added;
  const f = new Uint8Array(size);
  const key = new Int32Array(size);
  const arg = new Int32Array(size);
  const owner = new Int32Array(size);
  const predicate = new Uint8Array(size);
  let at = 0;
  let scan = 0;
  for (let t = 0; t < txns.count; t++) {
    const first = txns.starts[t]!;
    const end = txns.starts[t + 1]!;
    txns.starts[t] = at;
    for (let m = first; m <= end; m++) {
      for (; scan < scans.length && scans[scan]!.txn === t && scans[scan]!.to === m; scan++) {
        for (const k of absent[scan]!) {
          f[at] = READ;
          key[at] = k;
          arg[at] = txns.style === 'lists' ? 0 : NIL;
          owner[at] = t;
          predicate[at++] = 1;
        }
      }
      if (m === end) break;
      f[at] = txns.f[m]!;
      key[at] = txns.key[m]!;
      arg[at] = txns.arg[m]!;
      owner[at++] = t;
    }
  }
  txns.starts[txns.count] = at;
  Object.assign(txns, { f, key, arg, owner, predicate });
  return true;
}
