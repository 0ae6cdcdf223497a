/**
 * Forced edges of read committed and read atomic (axioms of Biswas and Enea; algorithm AWDIT). With t3 reading
 * x from t1 and t2 another writer of x, t2 comes before t1 if, for read committed, t3 read something from t2
 * earlier in its program, and for read atomic, t3 read anything from t2 or follows it in its session.
 *
 * Both walk a transaction's reads backwards and keep the two earliest distinct sources per key seen so far;
 * later ones are implied. The smaller of "keys seen" and "keys the source wrote" is iterated: O(n^1.5).
 */
import type { Budget } from '../contract.ts';
import { ForcedEdges } from './edges.ts';
import { IntList } from './int-list.ts';
import { type Transactions, writes } from './transactions.ts';

const NOBODY = -2;

/** The two sources per key, reset for each transaction by a stamp. */
class SourcesByKey {
  readonly seen = new IntList(64);
  readonly #stamp: Int32Array;
  readonly #first: Int32Array;
  readonly #firstRead: Int32Array;
  readonly #second: Int32Array;
  readonly #secondRead: Int32Array;
  #current = -1;

  constructor(keys: number) {
    this.#stamp = new Int32Array(keys).fill(-1);
    this.#first = new Int32Array(keys);
    this.#firstRead = new Int32Array(keys);
    this.#second = new Int32Array(keys);
    this.#secondRead = new Int32Array(keys);
  }

  begin(txn: number): void {
    this.#current = txn;
    this.seen.length = 0;
  }

  add(key: number, source: number, read: number): void {
    if (this.#stamp[key] !== this.#current) {
      this.#stamp[key] = this.#current;
      this.seen.push(key);
      this.#first[key] = NOBODY;
      this.#second[key] = NOBODY;
    }
    if (this.#first[key] !== source) {
      this.#second[key] = this.#first[key]!;
      this.#secondRead[key] = this.#firstRead[key]!;
      this.#first[key] = source;
    }
    this.#firstRead[key] = read;
  }

  /** Adds the edge from `writer` to whichever other transaction the key was read from. */
  force(key: number, writer: number, edges: ForcedEdges): void {
    if (this.#stamp[key] !== this.#current) return;
    const own = this.#first[key] === writer;
    const other = own ? this.#second[key]! : this.#first[key]!;
    if (other !== NOBODY) edges.add(writer, other, own ? this.#secondRead[key]! : this.#firstRead[key]!);
  }
}

function forceAll(txns: Transactions, sources: SourcesByKey, writer: number, edges: ForcedEdges): void {
  const from = txns.writeStart[writer]!;
  const to = txns.writeStart[writer + 1]!;
  const { seen } = sources;
  if (to - from <= seen.length) {
    for (let j = from; j < to; j++) sources.force(txns.writeKeys[j]!, writer, edges);
    return;
  }
  for (let j = 0; j < seen.length; j++) {
    if (writes(txns, writer, seen.items[j]!)) sources.force(seen.items[j]!, writer, edges);
  }
}

/** Marks which external reads are the first of their transaction from their source. O(reads). */
function firstFromSource(txns: Transactions): Uint8Array {
  const first = new Uint8Array(txns.readSources.length);
  const stamp = new Int32Array(txns.count).fill(-1);
  for (let t = 0; t < txns.count; t++) {
    for (let i = txns.readStart[t]!; i < txns.readStart[t + 1]!; i++) {
      const source = txns.readSources[i]!;
      if (source < 0 || stamp[source] === t) continue;
      stamp[source] = t;
      first[i] = 1;
    }
  }
  return first;
}

/** Edges of read committed; null when the budget ended. */
export function readCommittedEdges(txns: Transactions, budget: Budget): ForcedEdges | null {
  const edges = new ForcedEdges();
  const sources = new SourcesByKey(txns.micro.keyNames.length);
  const first = firstFromSource(txns);
  for (let t = 0; t < txns.count; t++) {
    if ((t & 4095) === 4095 && !budget.spend(4096)) return null;
    const from = txns.readStart[t]!;
    if (txns.readStart[t + 1]! - from < 2) continue;
    sources.begin(t);
    for (let i = txns.readStart[t + 1]! - 1; i >= from; i--) {
      const source = txns.readSources[i]!;
      if (first[i] === 1) forceAll(txns, sources, source, edges);
      sources.add(txns.readKeys[i]!, source, i);
    }
  }
  return edges;
}

/** Edges of read atomic; null when the budget ended. */
export function readAtomicEdges(txns: Transactions, budget: Budget): ForcedEdges | null {
  const edges = new ForcedEdges();
  const keys = txns.micro.keyNames.length;
  const sources = new SourcesByKey(keys);
  const first = firstFromSource(txns);
  const lastWriter = new Int32Array(keys).fill(-1);
  for (let t = 0; t < txns.count; t++) {
    if ((t & 4095) === 4095 && !budget.spend(4096)) return null;
    const from = txns.readStart[t]!;
    const sessionStart = txns.micro.sessionStart[txns.micro.sessionOf[t]!]!;
    sources.begin(t);
    for (let i = txns.readStart[t + 1]! - 1; i >= from; i--) {
      const key = txns.readKeys[i]!;
      sources.add(key, txns.readSources[i]!, i);
      const writer = lastWriter[key]!;
      if (writer >= sessionStart && writer !== txns.readSources[i]) {
        edges.add(writer, txns.readSources[i]!, i);
      }
    }
    for (let i = from; i < txns.readStart[t + 1]!; i++) {
      if (first[i] === 1) forceAll(txns, sources, txns.readSources[i]!, edges);
    }
    for (let j = txns.writeStart[t]!; j < txns.writeStart[t + 1]!; j++) lastWriter[txns.writeKeys[j]!] = t;
  }
  return edges;
}
