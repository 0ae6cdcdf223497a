/**
 * Reasons for dependencies of register transactions, found again in the history and the orders of versions.
 */
import { isAntiDependency, PREDICATE_RW, WR, WW } from './graph.ts';
import { type FindReason, type Links, reasonsFrom } from './links.ts';
import { READ } from './mop-reader.ts';
import { isExternal, type Registers, writerOf } from './registers.ts';
import { keyWords, nameOf, valueWords } from './txn-words.ts';
import { FOLLOWS_READ, FOLLOWS_SOURCE, SAME_PROCESS, type VersionGraph, WITHIN } from './version-graph.ts';

/** The reasons of one history. */
export function registerReasons(registers: Registers, versions: VersionGraph): FindReason {
  const { txns, seen, initial } = registers;
  const value = (version: number): string =>
    version >= initial ? 'null' : valueWords(txns, txns.arg[version]!);
  return reasonsFrom(txns, registerLinks(registers, versions), (kind, a, b) => {
    const on = keyWords(txns, txns.key[a]!);
    const [from, to] = [a, b].map((m) => nameOf(txns.owner[m]!));
    if (kind === WR) return `${to} read ${on} as ${value(a)}, which ${from} wrote.`;
    if (kind === WW) {
      const why = whyLater(registers, versions, a, b);
      return `${to} replaced ${value(a)} of ${on}, which ${from} wrote, by ${value(b)}: ${why}.`;
    }
    if (txns.predicate?.[a] === 1) {
      return `${from} scanned and did not find ${on}, to which ${to} wrote ${value(b)}.`;
    }
    const why = whyLater(registers, versions, seen[a]!, b);
    return `${from} read ${on} as ${value(seen[a]!)} and did not see ${value(b)}, which ${to} wrote: ${why}.`;
  });
}

/** The links of one history. */
export function registerLinks(registers: Registers, versions: VersionGraph): Links {
  const { txns, seen } = registers;
  return (kind, from, to, take) => {
    const anti = isAntiDependency(kind);
    for (let a = txns.starts[from]!; a < txns.starts[from + 1]!; a++) {
      const read = txns.f[a] === READ;
      if (kind === WR && !read) {
        for (let b = txns.starts[to]!; b < txns.starts[to + 1]!; b++) {
          if (txns.f[b] === READ && seen[b] === a && take(a, b) === true) return;
        }
      } else if (kind === WW && !read) {
        if (eachSuccessor(registers, versions, a, to, (b) => take(a, b))) return;
      } else if (anti && isExternal(registers, a)) {
        if ((txns.predicate?.[a] === 1) !== (kind === PREDICATE_RW)) continue;
        if (eachSuccessor(registers, versions, seen[a]!, to, (b) => take(a, b))) return;
      }
    }
  };
}

/** Later versions than this one that a transaction wrote; true when `take` wanted no more. */
function eachSuccessor(
  registers: Registers,
  { graph, contradicted }: VersionGraph,
  version: number,
  by: number,
  take: (later: number) => boolean | undefined,
): boolean {
  const { txns, initial } = registers;
  if (version >= initial) {
    if (contradicted.has(version - initial)) return false;
    for (let m = txns.starts[by]!; m < txns.starts[by + 1]!; m++) {
      const writes = txns.f[m] !== READ && txns.key[m] === version - initial && writerOf(registers, m) === by;
      if (writes && take(m) === true) return true;
    }
    return false;
  }
  if (contradicted.has(txns.key[version]!)) return false;
  for (let e = graph.off[version]!; e < graph.off[version + 1]!; e++) {
    const later = graph.tgt[e]!;
    if (writerOf(registers, later) === by && take(later) === true) return true;
  }
  return false;
}

function whyLater(registers: Registers, { graph }: VersionGraph, version: number, later: number): string {
  const { txns } = registers;
  if (version >= registers.initial) return 'nothing is older than null';
  let source = -1;
  for (let e = graph.off[version]!; e < graph.off[version + 1]! && source < 0; e++) {
    if (graph.tgt[e] === later) source = graph.kind[e]!;
  }
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
