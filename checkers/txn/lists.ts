/**
 * A list-append history made ready: who wrote each version, which transactions committed, and how far the
 * order of each key can be trusted.
 */
import type { ListOrders } from './list-orders.ts';
import { READ } from './mop-reader.ts';
import { ABSENT } from './pair-table.ts';
import { COMMITTED, type Txns, UNKNOWN } from './txns.ts';

/** Versions of all keys: version n of key k is its list after n elements. */
export interface Lists {
  txns: Txns;
  orders: ListOrders;
  /** Element i of key k is at base[k] + i in `mops`. */
  base: Int32Array;
  /** Mop that appended each element, or ABSENT when nobody did. */
  mops: Int32Array;
  /** Position of each appending mop in the order of its key; -1 when nobody saw it there. */
  position: Int32Array;
  /** Positions below are in an order no read contradicts. */
  trusted: Int32Array;
  /** Elements that stand at two positions of an order: key and second position. */
  repeated: [key: number, at: number][];
  /** Mops whose append is the last of its transaction to its key. */
  final: Uint8Array;
}

/** Resolves versions to writers, and marks unknown transactions somebody saw as committed. O(mops + versions). */
export function resolveLists(txns: Txns, orders: ListOrders): Lists {
  const keyCount = txns.keys.size;
  const base = new Int32Array(keyCount + 1);
  const trusted = new Int32Array(keyCount);
  for (let k = 0; k < keyCount; k++) {
    trusted[k] = orders.length(k);
    base[k + 1] = base[k]! + orders.length(k);
  }
  const mops = new Int32Array(base[keyCount]!).fill(ABSENT);
  const position = new Int32Array(txns.f.length).fill(-1);
  const repeated: [number, number][] = [];
  for (const odd of orders.odd) trusted[odd.key] = Math.min(trusted[odd.key]!, odd.at);
  for (let k = 0; k < keyCount; k++) {
    const elements = orders.elements[k];
    const length = orders.length(k);
    let seen: Set<number> | null = null;
    for (let i = 0; i < length; i++) {
      txns.pace.step();
      const mop = txns.writers.get(k, elements![i]!);
      mops[base[k]! + i] = mop;
      if (mop === ABSENT) {
        seen ??= new Set(elements!.subarray(0, i));
        if (!seen.has(elements![i]!)) {
          seen.add(elements![i]!);
          continue;
        }
      } else if (position[mop]! < 0) {
        position[mop] = i;
        seen?.add(elements![i]!);
        witnessed(txns, mop);
        continue;
      }
      repeated.push([k, i]);
      trusted[k] = Math.min(trusted[k]!, i);
    }
  }
  for (const odd of orders.odd) {
    for (const element of odd.list) {
      const mop = txns.writers.get(odd.key, element);
      if (mop !== ABSENT) witnessed(txns, mop);
    }
  }
  return { txns, orders, base, mops, position, trusted, repeated, final: finals(txns) };
}

function witnessed(txns: Txns, mop: number): void {
  const writer = txns.owner[mop]!;
  if (txns.status[writer] === UNKNOWN) txns.status[writer] = COMMITTED;
}

function finals(txns: Txns): Uint8Array {
  const final = new Uint8Array(txns.f.length);
  const last = new Int32Array(txns.keys.size).fill(-1);
  for (let m = 0; m < txns.f.length; m++) {
    txns.pace.step();
    if (txns.f[m] === READ) continue;
    const before = last[txns.key[m]!]!;
    if (before >= 0 && txns.owner[before] === txns.owner[m]) final[before] = 0;
    last[txns.key[m]!] = m;
    final[m] = 1;
  }
  return final;
}

/** Committed transaction that appended element i of key k, or -1. */
export function writerAt(lists: Lists, k: number, i: number): number {
  const mop = lists.mops[lists.base[k]! + i]!;
  if (mop === ABSENT) return -1;
  const writer = lists.txns.owner[mop]!;
  return lists.txns.status[writer] === COMMITTED ? writer : -1;
}

/** How many elements a reading mop saw. */
export function readLength(lists: Lists, mop: number): number {
  const arg = lists.txns.arg[mop]!;
  return arg >= 0 ? arg : lists.orders.odd[-1 - arg]!.list.length;
}

/** Code of element i of a reading mop. */
export function readElement(lists: Lists, mop: number, i: number): number {
  const { txns, orders } = lists;
  const arg = txns.arg[mop]!;
  return arg >= 0 ? orders.elements[txns.key[mop]!]![i]! : orders.odd[-1 - arg]!.list[i]!;
}
