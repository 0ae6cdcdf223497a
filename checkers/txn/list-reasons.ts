/**
 * Reasons for dependencies of list-append transactions, found again in the history: nothing about an edge is
 * stored, and an edge nobody can give a reason for is not believed.
 */
import { isAntiDependency, PREDICATE_RW, WR, WW } from './graph.ts';
import { type FindReason, type Links, reasonsFrom } from './links.ts';
import { type Lists, readElement, readLength, writerAt } from './lists.ts';
import { READ } from './mop-reader.ts';
import { keyWords, listWords, nameOf, valueWords } from './txn-words.ts';
import { COMMITTED } from './txns.ts';

/** The reasons of one history. */
export function listReasons(lists: Lists): FindReason {
  return reasonsFrom(lists.txns, listLinks(lists), (kind, a, b) =>
    kind === WW
      ? overwroteWords(lists, a, b)
      : kind === WR
        ? readWords(lists, a, b)
        : missedWords(lists, a, b),
  );
}

/** The links of one history. */
export function listLinks(lists: Lists): Links {
  const { txns } = lists;
  return (kind, from, to, take) => {
    const anti = isAntiDependency(kind);
    if (!anti && kind !== WW && kind !== WR) return;
    if (anti && txns.status[to] !== COMMITTED) return;
    for (let a = txns.starts[from]!; a < txns.starts[from + 1]!; a++) {
      if ((txns.f[a] === READ) !== anti) continue;
      if (anti && (txns.predicate?.[a] === 1) !== (kind === PREDICATE_RW)) continue;
      for (let b = txns.starts[to]!; b < txns.starts[to + 1]!; b++) {
        if ((txns.f[b] === READ) !== (kind === WR) || txns.key[a] !== txns.key[b]) continue;
        const holds =
          kind === WW ? overwrote(lists, a, b) : kind === WR ? shows(lists, a, b) : missed(lists, a, b, to);
        if (holds && take(a, b) === true) return;
      }
    }
  };
}

function overwrote(lists: Lists, a: number, b: number): boolean {
  const { txns, position, orders, trusted } = lists;
  const k = txns.key[a]!;
  if (position[a]! < 0 || position[a]! >= trusted[k]!) return false;
  const later = position[b]!;
  if (later < 0) return trusted[k] === orders.length(k);
  return later > position[a]! && later < trusted[k]!;
}

function overwroteWords(lists: Lists, a: number, b: number): string {
  const { txns, position } = lists;
  const words = (m: number): string => valueWords(txns, txns.arg[m]!);
  const [from, to] = [a, b].map((m) => nameOf(txns.owner[m]!));
  const on = keyWords(txns, txns.key[a]!);
  if (position[b]! >= 0) return `${to} appended ${words(b)} to ${on} after ${from} had appended ${words(a)}.`;
  return (
    `${to} appended ${words(b)} to ${on}, which no read shows, so after ${words(a)}, ` +
    `which ${from} appended and a read shows.`
  );
}

function shows(lists: Lists, a: number, b: number): boolean {
  for (let i = readLength(lists, b) - 1; i >= 0; i--) {
    if (readElement(lists, b, i) === lists.txns.arg[a]) return true;
  }
  return false;
}

function readWords(lists: Lists, a: number, b: number): string {
  const { txns } = lists;
  const [from, to] = [a, b].map((m) => nameOf(txns.owner[m]!));
  const value = valueWords(txns, txns.arg[a]!);
  return `${to} read ${keyWords(txns, txns.key[a]!)} as ${shown(lists, b)} and saw ${value}, which ${from} appended.`;
}

function missed(lists: Lists, a: number, b: number, to: number): boolean {
  const { txns, position, orders, trusted } = lists;
  const k = txns.key[a]!;
  const n = txns.arg[a]!;
  const at = position[b]!;
  const whole = trusted[k] === orders.length(k);
  const later = at >= 0 ? at >= n && at < trusted[k]! : whole;
  return n >= 0 && later && (at < 0 || nextOf(lists, k, n, to));
}

function missedWords(lists: Lists, a: number, b: number): string {
  const { txns } = lists;
  const [from, to] = [a, b].map((m) => nameOf(txns.owner[m]!));
  const key = keyWords(txns, txns.key[a]!);
  const value = valueWords(txns, txns.arg[b]!);
  if (txns.predicate?.[a] === 1) {
    return `${from} scanned and did not find ${key}, to which ${to} appended ${value}.`;
  }
  return `${from} read ${key} as ${shown(lists, a)} and did not see ${value}, which ${to} appended.`;
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
