/**
 * Cursors of registers: a transaction read a version, and replaced a later one of another transaction without
 * having seen it (Adya's G-cursor), as far as the order of versions is known. It lies on a cycle.
 */
import type { FindingList } from './finding.ts';
import { EdgeList, type Graph } from './graph.ts';
import { READ } from './mop-reader.ts';
import { mopStep } from './register-anomalies.ts';
import { isExternal, type Registers, writerOf } from './registers.ts';
import { keyWords, nameOf, valueWords } from './txn-words.ts';
import { NEVER } from './txns.ts';
import type { VersionGraph } from './version-graph.ts';

/** Steps after which the search leaves the question open. */
const MAX_STEPS = 1e7;

/** Finds `G-cursor`. O(mops), plus the versions between a read and the write that follows it; bounded. */
export function findRegisterCursors(registers: Registers, versions: VersionGraph, found: FindingList): void {
  const { txns, before, initial } = registers;
  const search = new Earlier(registers, versions);
  for (let write = 0; write < initial; write++) {
    const t = txns.owner[write]!;
    if (txns.f[write] === READ || txns.ret[t] === NEVER) continue;
    if (versions.contradicted.has(txns.key[write]!)) continue;
    let read = before[write]!;
    while (read >= 0 && txns.f[read] === READ && before[read]! >= 0) read = before[read]!;
    if (read < 0 || !isExternal(registers, read) || txns.predicate?.[read] === 1) continue;
    const between = search.between(read, write);
    if (search.steps > MAX_STEPS) {
      found.unsettled.add('G-cursor');
      return;
    }
    if (between >= 0) report(registers, found, read, between, write);
  }
}

/** Versions before a version. */
class Earlier {
  steps = 0;
  readonly #registers: Registers;
  readonly #versions: VersionGraph;
  readonly #back: Graph;
  readonly #stamp: Int32Array;

  constructor(registers: Registers, versions: VersionGraph) {
    this.#registers = registers;
    this.#versions = versions;
    const { graph } = versions;
    const list = new EdgeList(graph.size);
    for (let v = 0; v < graph.size; v++) {
      for (let e = graph.off[v]!; e < graph.off[v + 1]!; e++) list.add(graph.tgt[e]!, v, graph.kind[e]!);
    }
    this.#back = list.build();
    this.#stamp = new Int32Array(registers.initial).fill(-1);
  }

  /** A version another transaction wrote after the one `read` saw and before the one `write` made, or -1. */
  between(read: number, write: number): number {
    const { off, tgt } = this.#back;
    const saw = this.#registers.seen[read]!;
    const pending = [write];
    let last = -1;
    for (let v = pending.pop(); v !== undefined && this.steps <= MAX_STEPS; v = pending.pop()) {
      for (let e = off[v]!; e < off[v + 1]!; e++) {
        this.steps++;
        const earlier = tgt[e]!;
        if (earlier === saw || this.#stamp[earlier] === write) continue;
        this.#stamp[earlier] = write;
        if (this.#others(earlier, write)) last = earlier;
        pending.push(earlier);
      }
    }
    // Every version is later than the first one.
    if (saw >= this.#registers.initial) return last;
    const { graph } = this.#versions;
    for (let e = graph.off[saw]!; e < graph.off[saw + 1]!; e++) {
      const v = graph.tgt[e]!;
      if (this.#stamp[v] === write && this.#others(v, write)) return v;
    }
    return -1;
  }

  #others(version: number, write: number): boolean {
    const writer = writerOf(this.#registers, version);
    return writer >= 0 && writer !== this.#registers.txns.owner[write];
  }
}

function report(
  registers: Registers,
  found: FindingList,
  read: number,
  between: number,
  write: number,
): void {
  const { txns } = registers;
  const t = txns.owner[write]!;
  const words = (m: number): string => valueWords(txns, txns.arg[m]!);
  const other = nameOf(txns.owner[between]!);
  const on = keyWords(txns, txns.key[write]!);
  found.add('G-cursor', () => ({
    key: txns.key[write]!,
    txns: [...new Set([t, txns.owner[between]!])],
    says:
      `${nameOf(t)} read ${on} as ${words(read)} and wrote ${words(write)} over ${words(between)} of ${other}, ` +
      'which it had not seen',
    steps: [read, between, write].map((m) => mopStep(registers, m)),
  }));
}
