/**
 * Fractured reads: a transaction saw one write of another and not its other write, though both happened as
 * one; when it missed the other one after it had seen the first, also a non-monotonic read. Such reads always
 * lie on a cycle, so that this is asked only of histories that have cycles. Keys a scan did not find are not
 * judged: these promises are about items.
 */
import type { Step } from '../../harness/verdict.ts';
import type { Finding, FindingList } from './finding.ts';
import { readStep } from './list-anomalies.ts';
import { type Lists, readLength } from './lists.ts';
import { READ } from './mop-reader.ts';
import { ABSENT } from './pair-table.ts';
import { keyWords, nameOf, opsOf, txnWords, valueWords } from './txn-words.ts';
import { COMMITTED } from './txns.ts';

/** Finds `fractured-read` and `non-monotonic-read`. O(reads * micro-operations of the transactions they saw). */
export function findFractured(lists: Lists, found: FindingList): void {
  const { txns, base, mops } = lists;
  // The first mop of the transaction at hand on each key, if it is a read.
  const first = new Int32Array(txns.keys.size).fill(-1);
  for (let m = 0, entered = -1; m < txns.f.length; m++) {
    const t = txns.owner[m]!;
    if (t !== entered) {
      entered = t;
      for (let q = txns.starts[t + 1]! - 1; q >= txns.starts[t]!; q--) first[txns.key[q]!] = q;
    }
    const n = txns.f[m] === READ ? txns.arg[m]! : 0;
    if (n <= 0) continue;
    const source = mops[base[txns.key[m]!]! + n - 1]!;
    if (source === ABSENT) continue;
    const from = txns.owner[source]!;
    if (from === t || txns.status[from] !== COMMITTED) continue;
    for (let w = txns.starts[from]!; w < txns.starts[from + 1]!; w++) {
      if (txns.f[w] === READ) continue;
      missedLater(lists, found, m, source, w);
      const read = first[txns.key[w]!]!;
      if (txns.predicate?.[read] === 1) continue;
      if (read < txns.starts[t]! || read >= txns.starts[t + 1]! || txns.f[read] !== READ) continue;
      if (!misses(lists, read, w)) continue;
      found.add('fractured-read', () => incomplete(lists, m, source, read, w, 'and not'));
    }
  }
}

/** Reads of t behind mop `saw` that do not show write w of the transaction `saw` read from. */
function missedLater(lists: Lists, found: FindingList, saw: number, source: number, w: number): void {
  const { txns } = lists;
  const t = txns.owner[saw]!;
  for (let q = saw + 1; q < txns.starts[t + 1]!; q++) {
    if (txns.key[q] !== txns.key[w]) continue;
    if (txns.f[q] !== READ) return;
    if (txns.predicate?.[q] === 1 || !misses(lists, q, w)) continue;
    found.add('non-monotonic-read', () => incomplete(lists, saw, source, q, w, 'and later not'));
    return;
  }
}

/** Whether a read ends before a write that certainly stands in the order of its key. */
export function misses(lists: Lists, read: number, write: number): boolean {
  const { txns, position, trusted, orders } = lists;
  const k = txns.key[read]!;
  if (txns.arg[read]! < 0) return false;
  const at = position[write]!;
  if (at >= 0) return at < trusted[k]! && readLength(lists, read) <= at;
  return trusted[k] === orders.length(k);
}

function incomplete(
  lists: Lists,
  saw: number,
  source: number,
  read: number,
  write: number,
  and: string,
): Omit<Finding, 'kind'> {
  const { txns } = lists;
  const t = txns.owner[saw]!;
  const from = txns.owner[source]!;
  const value = (m: number): string => `${valueWords(txns, txns.arg[m]!)} in ${keyWords(txns, txns.key[m]!)}`;
  return {
    key: txns.key[read]!,
    txns: [from, t],
    says: `${nameOf(t)} saw ${value(source)}, appended by ${nameOf(from)}, ${and} its ${value(write)}`,
    steps: [
      writesStep(lists, source, write),
      readStep(lists, saw),
      readStep(lists, read),
      { text: `What ${nameOf(from)} did is one: who sees a part of it sees all of it.`, ops: [] },
    ],
  };
}

/** `T4 (...) appended 3 to key 1 and 4 to key 2.` */
function writesStep(lists: Lists, one: number, other: number): Step {
  const { txns } = lists;
  const t = txns.owner[one]!;
  const what = [one, other].map(
    (m) => `${valueWords(txns, txns.arg[m]!)} to ${keyWords(txns, txns.key[m]!)}`,
  );
  return { text: `${txnWords(txns, t)} appended ${what.join(' and ')}.`, ops: opsOf(txns, [t]) };
}
