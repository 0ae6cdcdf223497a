/**
 * What is wrong with lists without any cycle: reads that contradict each other, show what nobody or an
 * aborted transaction appended, stop in the middle of a transaction, or contradict their own transaction.
 */
import type { Step } from '../../harness/verdict.ts';
import type { Finding, FindingList } from './finding.ts';
import { type Lists, readElement, readLength } from './lists.ts';
import { READ } from './mop-reader.ts';
import { ABSENT } from './pair-table.ts';
import { keyWords, listWords, nameOf, opsOf, txnWords, valueWords } from './txn-words.ts';
import { FAILED, NEVER } from './txns.ts';

/** Finds them all. O(mops + versions), plus the lists of odd reads. */
export function findListAnomalies(lists: Lists, found: FindingList): void {
  oddReads(lists, found);
  badVersions(lists, found);
  intermediateReads(lists, found);
  lostUpdates(lists, found);
}

/** `T4 (...) read key 1 as [1, 2].`; of a long list its end, or what stands around position `at`. */
export function readStep(lists: Lists, mop: number, at?: number): Step {
  const { txns } = lists;
  const t = txns.owner[mop]!;
  const codes = Array.from({ length: readLength(lists, mop) }, (_, i) => readElement(lists, mop, i));
  const text = `${txnWords(txns, t)} read ${keyWords(txns, txns.key[mop]!)} as ${listWords(txns, codes, codes.length, at)}.`;
  return { text, ops: opsOf(txns, [t]) };
}

function writeStep(lists: Lists, mop: number): Step {
  const { txns } = lists;
  const t = txns.owner[mop]!;
  const end = txns.status[t] === FAILED ? ', and failed' : '';
  const what = `${valueWords(txns, txns.arg[mop]!)} to ${keyWords(txns, txns.key[mop]!)}`;
  return { text: `${txnWords(txns, t)} appended ${what}${end}.`, ops: opsOf(txns, [t]) };
}

/** A mop of the longest read of a key, which shows position `at` of its order. */
export function readOf(lists: Lists, key: number, at: number): number {
  const { txns, orders } = lists;
  const t = orders.longestBy(key);
  for (let m = txns.starts[t]!; m < txns.starts[t + 1]!; m++) {
    if (txns.f[m] === READ && txns.key[m] === key && txns.arg[m]! > at) return m;
  }
  throw new Error(`nobody read position ${at}`);
}

function oddReads(lists: Lists, found: FindingList): void {
  const { txns, orders } = lists;
  for (let i = 0; i < orders.odd.length; i++) {
    const odd = orders.odd[i]!;
    found.add('incompatible-order', () => {
      const long = readOf(lists, odd.key, odd.at);
      const short = oddMop(lists, i);
      const other = txns.owner[long]!;
      const says =
        `${nameOf(odd.txn)} and ${nameOf(other)} saw ${keyWords(txns, odd.key)} in two orders that differ from ` +
        `element ${odd.at + 1} on: ${valueWords(txns, odd.list[odd.at]!)} and ${valueWords(txns, orders.elements[odd.key]![odd.at]!)}`;
      return {
        key: odd.key,
        txns: [other, odd.txn],
        says,
        steps: [
          readStep(lists, long, odd.at),
          readStep(lists, short, odd.at),
          { text: 'A list grows at its end only: one of these would have to begin with the other.', ops: [] },
        ],
      };
    });
    const seen = new Set<number>();
    for (const element of odd.list) {
      if (seen.has(element)) duplicate(lists, found, oddMop(lists, i), element);
      seen.add(element);
      const writer = txns.writers.get(odd.key, element);
      if (writer === ABSENT) garbage(lists, found, oddMop(lists, i), element);
      else if (txns.status[txns.owner[writer]!] === FAILED) aborted(lists, found, oddMop(lists, i), writer);
    }
  }
}

function oddMop(lists: Lists, odd: number): number {
  const { txns, orders } = lists;
  const t = orders.odd[odd]!.txn;
  for (let m = txns.starts[t]!; m < txns.starts[t + 1]!; m++) if (txns.arg[m] === -1 - odd) return m;
  throw new Error(`odd read ${odd} has no mop`);
}

function duplicate(lists: Lists, found: FindingList, mop: number, element: number): void {
  const { txns } = lists;
  const t = txns.owner[mop]!;
  const key = txns.key[mop]!;
  const says = `${nameOf(t)} saw ${valueWords(txns, element)} twice in ${keyWords(txns, key)}`;
  found.add('duplicate-elements', () => ({ key, txns: [t], says, steps: [readStep(lists, mop)] }));
}

function garbage(lists: Lists, found: FindingList, mop: number, element: number): void {
  const { txns } = lists;
  const t = txns.owner[mop]!;
  const key = txns.key[mop]!;
  const says = `${nameOf(t)} saw ${valueWords(txns, element)} in ${keyWords(txns, key)}, which nobody appended`;
  found.add('garbage-read', () => ({ key, txns: [t], says, steps: [readStep(lists, mop)] }));
}

function aborted(lists: Lists, found: FindingList, mop: number, writer: number): void {
  const { txns } = lists;
  const t = txns.owner[mop]!;
  const key = txns.key[mop]!;
  found.add('G1a', () => ({
    key,
    txns: [txns.owner[writer]!, t],
    says:
      `${nameOf(t)} saw ${valueWords(txns, txns.arg[writer]!)} in ${keyWords(txns, key)}, ` +
      `which ${nameOf(txns.owner[writer]!)} appended before it failed`,
    steps: [writeStep(lists, writer), readStep(lists, mop)],
  }));
}

function badVersions(lists: Lists, found: FindingList): void {
  const { txns, orders, base, mops } = lists;
  for (const [key, at] of lists.repeated) {
    duplicate(lists, found, readOf(lists, key, at), orders.elements[key]![at]!);
  }
  for (let k = 0; k < lists.trusted.length; k++) {
    let failed = ABSENT;
    for (let i = 0; i < orders.length(k); i++) {
      lists.txns.pace.step();
      const mop = mops[base[k]! + i]!;
      if (mop === ABSENT) {
        garbage(lists, found, readOf(lists, k, i), orders.elements[k]![i]!);
        continue;
      }
      const t = txns.owner[mop]!;
      if (txns.status[t] === FAILED) {
        failed = mop;
        aborted(lists, found, readOf(lists, k, i), mop);
      } else if (txns.ret[t] !== NEVER && failed !== ABSENT) {
        dirtyUpdate(lists, found, failed, mop, i);
        failed = ABSENT;
      }
    }
  }
}

function dirtyUpdate(lists: Lists, found: FindingList, failed: number, mop: number, at: number): void {
  const { txns } = lists;
  const key = txns.key[mop]!;
  const t = txns.owner[mop]!;
  const from = txns.owner[failed]!;
  found.add('dirty-update', () => ({
    key,
    txns: [from, t],
    says:
      `${nameOf(t)} appended ${valueWords(txns, txns.arg[mop]!)} to ${keyWords(txns, key)} on top of ` +
      `${valueWords(txns, txns.arg[failed]!)}, which ${nameOf(from)} appended before it failed`,
    steps: [writeStep(lists, failed), writeStep(lists, mop), readStep(lists, readOf(lists, key, at))],
  }));
}

/** G1b: the last element a read shows is not the last one its transaction appended there. */
function intermediateReads(lists: Lists, found: FindingList): void {
  const { txns, final, base, mops } = lists;
  for (let m = 0; m < txns.f.length; m++) {
    txns.pace.step();
    if (txns.f[m] !== READ) continue;
    const n = readLength(lists, m);
    if (n === 0) continue;
    const key = txns.key[m]!;
    const writer =
      txns.arg[m]! >= 0 ? mops[base[key]! + n - 1]! : txns.writers.get(key, readElement(lists, m, n - 1));
    if (writer === ABSENT || final[writer] === 1 || txns.owner[writer] === txns.owner[m]) continue;
    const t = txns.owner[m]!;
    const from = txns.owner[writer]!;
    found.add('G1b', () => ({
      key,
      txns: [from, t],
      says:
        `${nameOf(t)} saw ${keyWords(txns, key)} end with ${valueWords(txns, txns.arg[writer]!)}, though ` +
        `${nameOf(from)} appended more to it after that`,
      steps: [writeStep(lists, writer), readStep(lists, m)],
    }));
  }
}

/** Two transactions that first read the same version of a key and both append to it. */
function lostUpdates(lists: Lists, found: FindingList): void {
  const { txns, base } = lists;
  const first = new Int32Array(lists.mops.length + txns.keys.size + 1).fill(-1);
  const touched = new Int32Array(txns.keys.size).fill(-1);
  const readAt = new Int32Array(txns.keys.size).fill(-1);
  for (let t = 0; t < txns.count; t++) {
    if (txns.ret[t] === NEVER) continue;
    for (let m = txns.starts[t]!; m < txns.starts[t + 1]!; m++) {
      txns.pace.step();
      const k = txns.key[m]!;
      if (touched[k] !== t) {
        touched[k] = t;
        readAt[k] = txns.f[m] === READ && txns.arg[m]! >= 0 && txns.predicate?.[m] !== 1 ? m : -1;
        continue;
      }
      const read = readAt[k]!;
      if (txns.f[m] === READ || read < 0) continue;
      readAt[k] = -1;
      const version = base[k]! + k + txns.arg[read]!;
      const other = first[version]!;
      if (other < 0) first[version] = read;
      else found.add('lost-update', () => lostUpdate(lists, other, read));
    }
  }
}

function lostUpdate(lists: Lists, a: number, b: number): Omit<Finding, 'kind'> {
  const { txns } = lists;
  const key = txns.key[b]!;
  const both = [txns.owner[a]!, txns.owner[b]!];
  const length = readLength(lists, b);
  return {
    key,
    txns: both,
    says:
      `${nameOf(both[0]!)} and ${nameOf(both[1]!)} both read version ${length} of ${keyWords(txns, key)} and ` +
      'both appended to it: neither saw the other',
    steps: [readStep(lists, a), readStep(lists, b)],
  };
}
