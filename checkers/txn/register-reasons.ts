/**
 * Reasons for dependencies of register transactions, found again in the history and the orders of versions.
 */
import type { FindReason, Reason } from './explain.ts';
import { RW, WR, WW } from './graph.ts';
import { READ } from './mop-reader.ts';
import { isExternal, type Registers, writerOf } from './registers.ts';
import { keyWords, nameOf, valueWords } from './txn-words.ts';
import { FOLLOWS_READ, FOLLOWS_SOURCE, SAME_PROCESS, type VersionGraph, WITHIN } from './version-graph.ts';

/** The reasons of one history. */
export function registerReasons(registers: Registers, versions: VersionGraph): FindReason {
  const { txns, seen, initial } = registers;
  const value = (version: number): string =>
    version >= initial ? 'null' : valueWords(txns, txns.arg[version]!);
  return (kind, from, to) => {
    for (let a = txns.starts[from]!; a < txns.starts[from + 1]!; a++) {
      const key = txns.key[a]!;
      const on = keyWords(txns, key);
      const read = txns.f[a] === READ;
      if (kind === WR && !read) {
        for (let b = txns.starts[to]!; b < txns.starts[to + 1]!; b++) {
          if (txns.f[b] !== READ || seen[b] !== a) continue;
          return { key, text: `${nameOf(to)} read ${on} as ${value(a)}, which ${nameOf(from)} wrote.` };
        }
      }
      if (kind === WW && !read) {
        const later = successor(registers, versions, a, to);
        if (later !== null) {
          const text = `${nameOf(to)} replaced ${value(a)} of ${on}, which ${nameOf(from)} wrote, by ${value(later.version)}: ${later.why}.`;
          return { key, text };
        }
      }
      if (kind !== RW || !isExternal(registers, a)) continue;
      const later = successor(registers, versions, seen[a]!, to);
      if (later === null) continue;
      const text = `${nameOf(from)} read ${on} as ${value(seen[a]!)} and did not see ${value(later.version)}, which ${nameOf(to)} wrote: ${later.why}.`;
      return { key, text };
    }
    return null;
  };
}

/** A later version than this one that a transaction wrote, and why it is later. */
function successor(
  registers: Registers,
  { graph, contradicted }: VersionGraph,
  version: number,
  by: number,
): { version: number; why: Reason['text'] } | null {
  const { txns, initial } = registers;
  if (version >= initial) {
    if (contradicted.has(version - initial)) return null;
    for (let m = txns.starts[by]!; m < txns.starts[by + 1]!; m++) {
      if (txns.f[m] !== READ && txns.key[m] === version - initial && writerOf(registers, m) === by) {
        return { version: m, why: 'nothing is older than null' };
      }
    }
    return null;
  }
  if (contradicted.has(txns.key[version]!)) return null;
  for (let e = graph.off[version]!; e < graph.off[version + 1]!; e++) {
    const later = graph.tgt[e]!;
    if (writerOf(registers, later) === by)
      return { version: later, why: whyLater(registers, graph.kind[e]!, version, later) };
  }
  return null;
}

function whyLater(registers: Registers, source: number, version: number, later: number): string {
  const { txns } = registers;
  const by = nameOf(txns.owner[later]!);
  const first = valueWords(txns, txns.arg[version]!);
  const second = valueWords(txns, txns.arg[later]!);
  if (source === WITHIN) return `${by} wrote both in this order`;
  if (source === FOLLOWS_READ) return `${by} read ${first} before it wrote ${second}`;
  if (source === FOLLOWS_SOURCE)
    return `${by} read from ${nameOf(txns.owner[version]!)}, which wrote ${first}`;
  if (source === SAME_PROCESS) return `one process met ${first} before ${second}`;
  return `${first} had been met before ${second} was last asked for, and keys are linearizable`;
}
