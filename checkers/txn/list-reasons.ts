/**
 * Reasons for dependencies of list-append transactions, found again in the history: nothing about an edge is
 * stored, and an edge nobody can give a reason for is not believed.
 */
import type { FindReason, Reason } from './explain.ts';
import { RW, WR, WW } from './graph.ts';
import { type Lists, readElement, readLength, writerAt } from './lists.ts';
import { READ } from './mop-reader.ts';
import { keyWords, listWords, nameOf, valueWords } from './txn-words.ts';
import { COMMITTED } from './txns.ts';

/** The reasons of one history. */
export function listReasons(lists: Lists): FindReason {
  return (kind, from, to) => {
    if (kind === WW) return overwrote(lists, from, to);
    if (kind === WR) return read(lists, from, to);
    return kind === RW ? missed(lists, from, to) : null;
  };
}

function each(
  lists: Lists,
  from: number,
  to: number,
  reading: [boolean, boolean],
  reason: (a: number, b: number) => string | null,
): Reason | null {
  const { txns } = lists;
  for (let a = txns.starts[from]!; a < txns.starts[from + 1]!; a++) {
    if ((txns.f[a] === READ) !== reading[0]) continue;
    for (let b = txns.starts[to]!; b < txns.starts[to + 1]!; b++) {
      if ((txns.f[b] === READ) !== reading[1] || txns.key[a] !== txns.key[b]) continue;
      const text = reason(a, b);
      if (text !== null) return { key: txns.key[a]!, text };
    }
  }
  return null;
}

function overwrote(lists: Lists, from: number, to: number): Reason | null {
  const { txns, position, orders, trusted } = lists;
  return each(lists, from, to, [false, false], (a, b) => {
    const k = txns.key[a]!;
    if (position[a]! < 0 || position[a]! >= trusted[k]!) return null;
    const later = position[b]!;
    const words = (m: number): string => valueWords(txns, txns.arg[m]!);
    const on = keyWords(txns, k);
    if (later > position[a]! && later < trusted[k]!) {
      return `${nameOf(to)} appended ${words(b)} to ${on} after ${nameOf(from)} had appended ${words(a)}.`;
    }
    if (later >= 0 || trusted[k] !== orders.length(k)) return null;
    return (
      `${nameOf(to)} appended ${words(b)} to ${on}, which no read shows, so after ${words(a)}, ` +
      `which ${nameOf(from)} appended and a read shows.`
    );
  });
}

function read(lists: Lists, from: number, to: number): Reason | null {
  const { txns } = lists;
  return each(lists, from, to, [false, true], (a, b) => {
    const length = readLength(lists, b);
    for (let i = length - 1; i >= 0; i--) {
      if (readElement(lists, b, i) !== txns.arg[a]) continue;
      return `${nameOf(to)} read ${keyWords(txns, txns.key[a]!)} as ${shown(lists, b)} and saw ${valueWords(txns, txns.arg[a]!)}, which ${nameOf(from)} appended.`;
    }
    return null;
  });
}

function missed(lists: Lists, from: number, to: number): Reason | null {
  const { txns, position, orders, trusted } = lists;
  if (txns.status[to] !== COMMITTED) return null;
  return each(lists, from, to, [true, false], (a, b) => {
    const k = txns.key[a]!;
    const n = txns.arg[a]!;
    const at = position[b]!;
    const whole = trusted[k] === orders.length(k);
    const later = at >= 0 ? at >= n && at < trusted[k]! : whole;
    if (n < 0 || !later || (at >= 0 && !nextOf(lists, k, n, to))) return null;
    const value = valueWords(txns, txns.arg[b]!);
    return `${nameOf(from)} read ${keyWords(txns, k)} as ${shown(lists, a)} and did not see ${value}, which ${nameOf(to)} appended.`;
  });
}

/** Whether `to` wrote the first version after n whose writer is known. */
function nextOf(lists: Lists, k: number, n: number, to: number): boolean {
  let i = n;
  while (i < lists.trusted[k]! && writerAt(lists, k, i) < 0) i++;
  return i < lists.trusted[k]! && writerAt(lists, k, i) === to;
}

function shown(lists: Lists, mop: number): string {
  const codes = Array.from({ length: readLength(lists, mop) }, (_, i) => readElement(lists, mop, i));
  return listWords(lists.txns, codes);
}
