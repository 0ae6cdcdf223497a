/**
 * The writers of each key in causal order, and for each the first that is not in its past. Between there and
 * whoever reads from it lie the only writers that can matter to that reader: usually a handful, where asking
 * each session for its last writer would touch them all.
 */
import type { Clocks } from './causal-clocks.ts';
import type { Transactions } from './transactions.ts';
import type { WriterGroups } from './writer-groups.ts';

/** Filled one transaction at a time, in an order in which causes come first. */
export class WriterWindows {
  /** Writers of key x placed so far: list[offset[x]] to list[filled[x]]. */
  readonly list: Int32Array;
  readonly filled: Int32Array;
  readonly #txns: Transactions;
  readonly #clocks: Clocks;
  /** By entry of writeKeys: its group, and the first writer of the key that its transaction did not know. */
  readonly #groupOf: Int32Array;
  readonly #firstUnknown: Int32Array;
  /** Knowledge of a session only grows: per group where the last search ended. */
  readonly #pointers: Int32Array;
  readonly #observed: Uint8Array;

  constructor(txns: Transactions, groups: WriterGroups, clocks: Clocks) {
    const { writeKeys } = txns;
    const keys = txns.micro.keyNames.length;
    this.#txns = txns;
    this.#clocks = clocks;
    this.list = new Int32Array(writeKeys.length);
    this.filled = new Int32Array(keys);
    this.#groupOf = new Int32Array(writeKeys.length);
    this.#firstUnknown = new Int32Array(writeKeys.length);
    this.#pointers = new Int32Array(groups.sessions.length);
    this.#observed = observedWriters(txns);
    const cursor = groups.keyStart.slice(0, keys);
    for (let t = 0; t < txns.count; t++) {
      const session = txns.micro.sessionOf[t]!;
      for (let j = txns.writeStart[t]!; j < txns.writeStart[t + 1]!; j++) {
        const key = writeKeys[j]!;
        while (groups.sessions[cursor[key]!] !== session) cursor[key]!++;
        this.#groupOf[j] = cursor[key]!;
      }
    }
    for (let x = 0; x < keys; x++) {
      const from = groups.groupStart[groups.keyStart[x]!]!;
      this.filled[x] = from;
      this.#pointers.fill(from, groups.keyStart[x]!, groups.keyStart[x + 1]!);
    }
  }

  /** Adds the writes of a transaction whose causes are all there. Amortised O(writers of the key) per group. */
  place(t: number): void {
    // What nobody can have seen is in nobody's past, and would only keep every window open.
    if (this.#observed[t] === 0) return;
    const { writeStart, writeKeys, micro } = this.#txns;
    const { sessionOf, sessions } = micro;
    const { list, filled } = this;
    const clocks = this.#clocks;
    const row = t * sessions;
    for (let j = writeStart[t]!; j < writeStart[t + 1]!; j++) {
      const end = filled[writeKeys[j]!]!;
      let p = this.#pointers[this.#groupOf[j]!]!;
      while (p < end && clocks[row + sessionOf[list[p]!]!]! >= list[p]!) p++;
      this.#pointers[this.#groupOf[j]!] = p;
      this.#firstUnknown[j] = p;
      list[end] = t;
      filled[writeKeys[j]!] = end + 1;
    }
  }

  /** Where the writers of a key begin that `source`, which wrote it and was placed, did not know. O(log writes). */
  from(source: number, key: number): number {
    const { writeStart, writeKeys } = this.#txns;
    let low = writeStart[source]!;
    let high = writeStart[source + 1]! - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (writeKeys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return this.#firstUnknown[low]!;
  }
}

/** Marks who may be in somebody's past: all but the last of a session that nobody read from. O(reads). */
function observedWriters({ count, readSources, micro }: Transactions): Uint8Array {
  const observed = new Uint8Array(count);
  for (let i = 0; i < readSources.length; i++) if (readSources[i]! >= 0) observed[readSources[i]!] = 1;
  for (let t = 0; t + 1 < count; t++) if (micro.sessionOf[t] === micro.sessionOf[t + 1]) observed[t] = 1;
  return observed;
}
