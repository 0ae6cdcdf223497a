/**
 * Which version orders the four session guarantees of Terry and others (1994) force, when versions are known
 * only by who read what. Each guarantee makes some writes visible to a read; the write a read returned must
 * come after all other visible writes of its key. A set of guarantees holds exactly when every key has an
 * order of its writes that contains all of that:
 *
 * - read your writes: the session's own earlier writes are visible;
 * - monotonic reads: what earlier reads of the session returned is visible;
 * - monotonic writes: with a write, the earlier writes of its session are visible, and writes of one session
 *   to one key keep their order;
 * - writes follow reads: with a write, what its session had read before it is visible, and a write comes
 *   after what its session had read of the same key.
 *
 * Orders are per key: nothing is assumed about replicas agreeing across keys.
 */
import type { Budget } from '../contract.ts';
import { ForcedEdges } from './edges.ts';
import { INITIAL, type Transactions } from './transactions.ts';

/** The guarantees, as bits. */
export const READ_YOUR_WRITES = 1;
export const MONOTONIC_READS = 2;
export const MONOTONIC_WRITES = 4;
export const WRITES_FOLLOW_READS = 8;

/** A set of guarantees spelled out. */
export interface GuaranteeBits {
  readYourWrites: boolean;
  monotonicReads: boolean;
  monotonicWrites: boolean;
  writesFollowReads: boolean;
}

/** The guarantees in a set of bits. */
export function guaranteeBits(set: number): GuaranteeBits {
  return {
    readYourWrites: (set & READ_YOUR_WRITES) !== 0,
    monotonicReads: (set & MONOTONIC_READS) !== 0,
    monotonicWrites: (set & MONOTONIC_WRITES) !== 0,
    writesFollowReads: (set & WRITES_FOLLOW_READS) !== 0,
  };
}

/**
 * Prefixes of sessions that are visible: of session s, the writes among the first `written[s]` operations and
 * the sources of the reads among the first `read[s]`. One row per write holds what comes with that write.
 */
class Visibility {
  readonly width: number;
  readonly rows: Int32Array;

  constructor(count: number, sessions: number) {
    this.width = sessions * 2;
    this.rows = new Int32Array(count * this.width);
  }

  join(into: Int32Array, write: number): void {
    const row = write * this.width;
    for (let i = 0; i < this.width; i++) if (this.rows[row + i]! > into[i]!) into[i] = this.rows[row + i]!;
  }

  store(write: number, from: Int32Array): void {
    this.rows.set(from, write * this.width);
  }
}

/** Operations of one key and session, ascending: writers, or reads. */
type Lists = Map<number, number[]>;

/**
 * Collects the edges of a set of guarantees between writes of one key; the `reads` of the edges are the
 * operations that force them: a read that returned the later write, or the later write itself. Transactions
 * must be single operations, `order` a topological order of session order and reads-from. O(n k log n) when
 * monotonic writes and monotonic reads are both asked for; without them whole prefixes are linked, which is
 * O(n w) for w operations per key. Null when the budget ended.
 */
export function versionEdges(
  txns: Transactions,
  order: Int32Array,
  guarantees: number,
  budget: Budget,
): ForcedEdges | null {
  const collector = new Collector(txns, guarantees);
  let spent = 0;
  for (const t of order) {
    collector.operation(t);
    if (collector.work - spent < 1 << 16) continue;
    if (!budget.spend(collector.work - spent)) return null;
    spent = collector.work;
  }
  return collector.edges;
}

class Collector {
  readonly edges = new ForcedEdges();
  work = 0;
  readonly #txns: Transactions;
  readonly #has: (guarantee: number) => boolean;
  readonly #carried: boolean;
  readonly #visibility: Visibility;
  /** What the session's own writes, and its reads, have made visible so far. */
  readonly #ownWrites: Int32Array;
  readonly #ownReads: Int32Array;
  readonly #lists: { writes: Lists; reads: Lists };
  readonly #seen: Int32Array;
  readonly #stamps: Int32Array;

  constructor(txns: Transactions, guarantees: number) {
    const { sessions } = txns.micro;
    this.#txns = txns;
    this.#has = (guarantee) => (guarantees & guarantee) !== 0;
    this.#carried = this.#has(MONOTONIC_WRITES) || this.#has(WRITES_FOLLOW_READS);
    this.#visibility = new Visibility(this.#carried ? txns.count : 0, sessions);
    this.#ownWrites = new Int32Array(sessions * sessions * 2);
    this.#ownReads = new Int32Array(sessions * sessions * 2);
    this.#lists = listsOf(txns);
    this.#seen = new Int32Array(sessions * 2);
    this.#stamps = new Int32Array(txns.count).fill(-1);
  }

  /** Takes the next operation in causal order. */
  operation(t: number): void {
    const { readStart, readKeys, readSources, writeStart, writeKeys } = this.#txns;
    this.work += this.#seen.length;
    for (let i = readStart[t]!; i < readStart[t + 1]!; i++) this.#read(t, readKeys[i]!, readSources[i]!);
    for (let j = writeStart[t]!; j < writeStart[t + 1]!; j++) this.#write(t, writeKeys[j]!);
  }

  #read(t: number, key: number, source: number): void {
    const { sessions, sessionOf, sessionStart } = this.#txns.micro;
    const session = sessionOf[t]!;
    const position = t - sessionStart[session]!;
    const seen = this.#seen.fill(0);
    if (this.#has(READ_YOUR_WRITES)) {
      joinRow(seen, this.#ownWrites, session);
      seen[session] = Math.max(seen[session]!, position);
    }
    if (this.#has(MONOTONIC_READS)) {
      joinRow(seen, this.#ownReads, session);
      seen[sessions + session] = Math.max(seen[sessions + session]!, position);
    }
    if (source !== INITIAL && this.#carried) this.#visibility.join(seen, source);
    for (let s = 0; s < sessions; s++) {
      const group = key * sessions + s;
      const start = sessionStart[s]!;
      if (seen[s]! > 0) this.#linkWrites(group, start + seen[s]!, source, t);
      if (seen[sessions + s]! > 0) this.#linkReads(group, start + seen[sessions + s]!, source, t);
    }
    if (source === INITIAL || !this.#carried) return;
    this.#visibility.join(rowOf(this.#ownReads, session, seen.length), source);
  }

  #write(t: number, key: number): void {
    const { sessions, sessionOf, sessionStart } = this.#txns.micro;
    const session = sessionOf[t]!;
    const position = t - sessionStart[session]!;
    const group = key * sessions + session;
    const seen = this.#seen.fill(0);
    if (this.#has(MONOTONIC_WRITES)) {
      this.#linkWrites(group, t, t, t);
      joinRow(seen, this.#ownWrites, session);
      seen[session] = Math.max(seen[session]!, position);
    }
    if (this.#has(WRITES_FOLLOW_READS)) {
      // A cas reads before it writes, at the same position.
      this.#linkReads(group, t + 1, t, t);
      joinRow(seen, this.#ownReads, session);
      seen[sessions + session] = Math.max(seen[sessions + session]!, position + 1);
    }
    if (!this.#carried) return;
    this.#visibility.store(t, seen);
    this.#visibility.join(rowOf(this.#ownWrites, session, seen.length), t);
  }

  /** Writes of a group before `bound`; with monotonic writes the last stands for all. */
  #linkWrites(group: number, bound: number, later: number, why: number): void {
    const list = this.#lists.writes.get(group);
    if (list === undefined) return;
    const end = countBelow(list, bound);
    const from = this.#has(MONOTONIC_WRITES) ? Math.max(0, end - 1) : 0;
    for (let i = from; i < end; i++) this.#link(list[i]!, later, why);
  }

  /** What reads of a group before `bound` returned; with monotonic reads the last stands for all. */
  #linkReads(group: number, bound: number, later: number, why: number): void {
    const list = this.#lists.reads.get(group);
    if (list === undefined) return;
    const { readStart, readSources } = this.#txns;
    const end = countBelow(list, bound);
    const from = this.#has(MONOTONIC_READS) ? Math.max(0, end - 1) : 0;
    for (let i = from; i < end; i++) {
      const source = readSources[readStart[list[i]!]!]!;
      if (source !== INITIAL) this.#link(source, later, why);
    }
  }

  #link(earlier: number, later: number, why: number): void {
    this.work++;
    // A cas orders versions twice: before what it read, and before what it wrote.
    const stamp = 2 * why + (later === why ? 1 : 0);
    if (earlier === later || this.#stamps[earlier] === stamp) return;
    this.#stamps[earlier] = stamp;
    this.edges.add(earlier, later, why);
  }
}

function joinRow(into: Int32Array, rows: Int32Array, session: number): void {
  const row = session * into.length;
  for (let i = 0; i < into.length; i++) if (rows[row + i]! > into[i]!) into[i] = rows[row + i]!;
}

function rowOf(rows: Int32Array, session: number, width: number): Int32Array {
  return rows.subarray(session * width, (session + 1) * width);
}

/** How many items of an ascending list are below the bound. O(log n). */
function countBelow(list: readonly number[], bound: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

function listsOf(txns: Transactions): { writes: Lists; reads: Lists } {
  const { sessions, sessionOf } = txns.micro;
  const writes: Lists = new Map();
  const reads: Lists = new Map();
  const add = (lists: Lists, group: number, t: number): void => {
    const list = lists.get(group);
    if (list === undefined) lists.set(group, [t]);
    else list.push(t);
  };
  for (let t = 0; t < txns.count; t++) {
    for (let i = txns.readStart[t]!; i < txns.readStart[t + 1]!; i++) {
      add(reads, txns.readKeys[i]! * sessions + sessionOf[t]!, t);
    }
    for (let j = txns.writeStart[t]!; j < txns.writeStart[t + 1]!; j++) {
      add(writes, txns.writeKeys[j]! * sessions + sessionOf[t]!, t);
    }
  }
  return { writes, reads };
}
