/**
 * Cursors of lists: a transaction read a key, another one appended to it, and the first appended after that
 * without having seen it (Adya's G-cursor). All of it happens on one key, and it lies on a cycle.
 */
import type { FindingList } from './finding.ts';
import { readStep } from './list-anomalies.ts';
import { type Lists, readLength, writerAt } from './lists.ts';
import { READ } from './mop-reader.ts';
import { keyWords, nameOf, opsOf, valueWords } from './txn-words.ts';
import { NEVER } from './txns.ts';

/** Finds `G-cursor`. O(mops), plus the versions between a read and the append that follows it. */
export function findListCursors(lists: Lists, found: FindingList): void {
  const { txns } = lists;
  const read = new Int32Array(txns.keys.size).fill(-1);
  for (let t = 0; t < txns.count; t++) {
    if (txns.ret[t] === NEVER) continue;
    const from = txns.starts[t]!;
    for (let m = from; m < txns.starts[t + 1]!; m++) {
      const k = txns.key[m]!;
      if (txns.f[m] === READ) {
        if (read[k]! < from && txns.arg[m]! >= 0 && txns.predicate?.[m] !== 1) read[k] = m;
        continue;
      }
      const before = read[k]!;
      if (before < from) {
        // It wrote first: what it reads later is its own.
        read[k] = txns.f.length;
        continue;
      }
      if (before === txns.f.length) continue;
      read[k] = txns.f.length;
      const between = writtenBetween(lists, t, k, before, m);
      if (between >= 0) report(lists, found, before, m, between);
    }
    for (let m = from; m < txns.starts[t + 1]!; m++) read[txns.key[m]!] = -1;
  }
}

/** Position of a version others wrote after a read and before a write of t, or -1. */
function writtenBetween(lists: Lists, t: number, k: number, read: number, write: number): number {
  const { position, trusted, orders } = lists;
  const at = position[write]!;
  if (at < 0 && trusted[k] !== orders.length(k)) return -1;
  const end = at < 0 ? orders.length(k) : Math.min(at, trusted[k]!);
  if (at >= trusted[k]!) return -1;
  for (let i = readLength(lists, read); i < end; i++) {
    const writer = writerAt(lists, k, i);
    if (writer >= 0 && writer !== t) return i;
  }
  return -1;
}

function report(lists: Lists, found: FindingList, read: number, write: number, at: number): void {
  const { txns, orders } = lists;
  const t = txns.owner[read]!;
  const k = txns.key[read]!;
  const other = writerAt(lists, k, at);
  const missed = valueWords(txns, orders.elements[k]![at]!);
  const own = valueWords(txns, txns.arg[write]!);
  found.add('G-cursor', () => ({
    key: k,
    txns: [t, other],
    says:
      `${nameOf(t)} read ${keyWords(txns, k)} without ${missed}, which ${nameOf(other)} appended, and then ` +
      `appended ${own} after it`,
    steps: [
      readStep(lists, read),
      {
        text: `${nameOf(other)} appended ${missed} to ${keyWords(txns, k)}, before ${own} of ${nameOf(t)}.`,
        ops: opsOf(txns, [other, t]),
      },
    ],
  }));
}
