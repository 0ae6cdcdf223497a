/**
 * What a violation rests on besides its own transactions: who saw their writes, and so shows the order of
 * versions. Found for all violations of a history in one pass over it.
 */
import type { Lists } from './lists.ts';
import { readLength } from './lists.ts';
import { READ } from './mop-reader.ts';
import { isExternal, type Registers } from './registers.ts';
import { NEVER, type Txns } from './txns.ts';

/** For each violation, by its transactions, others that may be needed to show it. */
export type Support = (violations: readonly (readonly number[])[]) => number[][];

/** Transactions that met a version, at most. */
const MAX_MET = 32;

/** For each key they wrote, the shortest read that shows all their writes. O(mops). */
export function listSupport(lists: Lists): Support {
  const { txns, position } = lists;
  return (violations) => {
    const needs = new Map<number, { of: number; length: number; best: number; bestLength: number }[]>();
    for (const [of, members] of violations.entries()) {
      const lengths = new Map<number, number>();
      eachMop(txns, members, (m) => {
        const k = txns.key[m]!;
        const at = position[m]!;
        if (txns.f[m] !== READ && at >= 0) {
          lengths.set(k, Math.max(lengths.get(k) ?? 0, at + 1));
        }
      });
      eachMop(txns, members, (m) => {
        const length = lengths.get(txns.key[m]!);
        const shows = txns.f[m] === READ && length !== undefined && txns.arg[m]! >= length;
        if (shows) lengths.delete(txns.key[m]!);
      });
      for (const [k, length] of lengths) {
        const need = { of, length, best: -1, bestLength: NEVER };
        needs.set(k, [...(needs.get(k) ?? []), need]);
      }
    }
    for (let m = 0; m < txns.f.length && needs.size > 0; m++) {
      if (txns.f[m] !== READ || txns.arg[m]! <= 0) continue;
      const length = readLength(lists, m);
      for (const need of needs.get(txns.key[m]!) ?? []) {
        if (length < need.length || length >= need.bestLength) continue;
        need.best = txns.owner[m]!;
        need.bestLength = length;
      }
    }
    const support: Set<number>[] = violations.map(() => new Set());
    for (const { of, best } of [...needs.values()].flat()) if (best >= 0) support[of]!.add(best);
    const disputes = disputesOf(lists);
    for (const [of, members] of violations.entries()) {
      eachMop(txns, members, (m) => {
        for (const t of disputes.get(txns.key[m]!) ?? []) support[of]!.add(t);
      });
      for (const t of members) support[of]!.delete(t);
    }
    return support.map((all) => [...all]);
  };
}

/** By key, the two reads that end what is believed of its order: without them more would be, and worse be found. */
function disputesOf(lists: Lists): Map<number, number[]> {
  const { trusted, orders } = lists;
  const disputes = new Map<number, number[]>();
  for (const odd of orders.odd) {
    if (odd.at === trusted[odd.key] && !disputes.has(odd.key)) {
      disputes.set(odd.key, [odd.txn, orders.longestBy(odd.key)]);
    }
  }
  for (const [key] of lists.repeated) {
    if (!disputes.has(key)) disputes.set(key, [orders.longestBy(key)]);
  }
  return disputes;
}

/** Transactions that met a version they wrote or read. O(mops). */
export function registerSupport(registers: Registers): Support {
  const { txns, seen, initial } = registers;
  return (violations) => {
    const met = new Map<number, number[]>();
    const versionOf = (m: number): number =>
      txns.f[m] !== READ ? m : isExternal(registers, m) ? seen[m]! : -1;
    const wanted = violations.map((members) => {
      const versions = new Set<number>();
      eachMop(txns, members, (m) => {
        const version = versionOf(m);
        if (version >= 0 && version < initial) versions.add(version);
      });
      for (const version of versions) met.set(version, []);
      return versions;
    });
    // The first to return and the last to be invoked say most about when a version was there.
    for (let m = 0; m < txns.f.length && met.size > 0; m++) {
      if (txns.ret[txns.owner[m]!] === NEVER) continue;
      const all = met.get(versionOf(m));
      if (all === undefined) continue;
      if (all.length === MAX_MET) all.pop();
      all.push(txns.owner[m]!);
    }
    return violations.map((members, i) => {
      const support = new Set<number>();
      for (const version of wanted[i]!) for (const t of met.get(version)!) support.add(t);
      for (const t of members) support.delete(t);
      return [...support];
    });
  };
}

function eachMop(txns: Txns, members: readonly number[], take: (m: number) => void): void {
  for (const t of members) for (let m = txns.starts[t]!; m < txns.starts[t + 1]!; m++) take(m);
}
