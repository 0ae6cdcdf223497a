/**
 * Whether a transaction agrees with itself: a read must show what the same transaction read and appended
 * before, and nothing it appends later.
 */
import type { FindingList } from './finding.ts';
import { readOf, readStep } from './list-anomalies.ts';
import { type Lists, readElement, readLength } from './lists.ts';
import { READ } from './mop-reader.ts';
import { keyWords, nameOf, valueWords } from './txn-words.ts';
import { COMMITTED } from './txns.ts';

/** Finds `internal` and `future-read`. O(mops) plus what transactions touch twice. */
export function findInternal(lists: Lists, found: FindingList): void {
  const { txns } = lists;
  const before = new Int32Array(txns.f.length).fill(-1);
  const last = new Int32Array(txns.keys.size).fill(-1);
  for (let t = 0; t < txns.count; t++) {
    if (txns.status[t] !== COMMITTED) continue;
    for (let m = txns.starts[t]!; m < txns.starts[t + 1]!; m++) {
      txns.pace.step();
      const k = txns.key[m]!;
      const earlier = last[k]!;
      last[k] = m;
      if (earlier < txns.starts[t]!) continue;
      before[m] = earlier;
      if (txns.f[m] === READ) checkRead(lists, found, before, m);
      else {
        checkFuture(lists, found, before, m);
        if (txns.f[earlier] !== READ) checkOrder(lists, found, earlier, m);
      }
    }
  }
}

function checkRead(lists: Lists, found: FindingList, before: Int32Array, m: number): void {
  const { txns } = lists;
  const length = readLength(lists, m);
  let end = length;
  let p = before[m]!;
  let agrees = true;
  for (; p >= 0 && txns.f[p] !== READ && agrees; p = before[p]!) {
    end--;
    agrees = end >= 0 && readElement(lists, m, end) === txns.arg[p];
  }
  if (agrees && p >= 0) {
    agrees = end === readLength(lists, p);
    // Two reads without a contradiction are prefixes of one list: equal lengths are equal lists.
    if (agrees && (txns.arg[p]! < 0 || txns.arg[m]! < 0)) {
      for (let i = 0; i < end && agrees; i++) agrees = readElement(lists, p, i) === readElement(lists, m, i);
    }
  }
  if (agrees) return;
  const t = txns.owner[m]!;
  const key = txns.key[m]!;
  found.add('internal', () => {
    const steps = [readStep(lists, m)];
    for (let q = before[m]!; q >= 0; q = before[q]!) {
      const appended = `Before that it appended ${valueWords(txns, txns.arg[q]!)}.`;
      steps.unshift(txns.f[q] === READ ? readStep(lists, q) : { text: appended, ops: steps[0]!.ops });
    }
    return {
      key,
      txns: [t],
      says: `${nameOf(t)} read ${keyWords(txns, key)} in a way that contradicts what it read and appended before`,
      steps,
    };
  });
}

function checkFuture(lists: Lists, found: FindingList, before: Int32Array, m: number): void {
  const { txns, position } = lists;
  for (let p = before[m]!; p >= 0; p = before[p]!) {
    if (txns.f[p] !== READ) continue;
    if (
      !(txns.arg[p]! >= 0 ? position[m]! >= 0 && txns.arg[p]! > position[m]! : shows(lists, p, txns.arg[m]!))
    ) {
      continue;
    }
    const t = txns.owner[m]!;
    const key = txns.key[m]!;
    const value = valueWords(txns, txns.arg[m]!);
    found.add('future-read', () => ({
      key,
      txns: [t],
      says: `${nameOf(t)} read ${value} in ${keyWords(txns, key)} before it appended it itself`,
      steps: [readStep(lists, p)],
    }));
    return;
  }
}

/** Appends of one transaction must stand in the order in which it made them. */
function checkOrder(lists: Lists, found: FindingList, earlier: number, m: number): void {
  const { txns, position } = lists;
  const at = position[m]!;
  if (at < 0 || position[earlier]! < at) return;
  const t = txns.owner[m]!;
  const key = txns.key[m]!;
  const [one, two] = [earlier, m].map((mop) => valueWords(txns, txns.arg[mop]!));
  found.add('internal', () => {
    const read = readOf(lists, key, position[earlier]!);
    return {
      key,
      txns: [t, txns.owner[read]!],
      says: `${nameOf(t)} appended ${one} to ${keyWords(txns, key)} before ${two}, but they stand in the other order`,
      steps: [readStep(lists, read)],
    };
  });
}

function shows(lists: Lists, mop: number, code: number): boolean {
  const length = readLength(lists, mop);
  for (let i = 0; i < length; i++) if (readElement(lists, mop, i) === code) return true;
  return false;
}
