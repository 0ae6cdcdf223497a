/**
 * Forced edges of causal consistency (axiom of Biswas and Enea; algorithm AWDIT): with t3 reading x from t1,
 * every other writer of x that happened before t3 comes before t1. Only the last such writer per session is
 * needed. Vector clocks are filled in topological order. Where few writers of the key are newer than what t1
 * knew, each is asked; else writers of a key are grouped by session, and each group keeps a pointer near which
 * the next question will be, because questions come roughly in time order. O(n k) for k sessions; memory
 * 4 n k bytes.
 */
import type { Budget } from '../contract.ts';
import type { Clocks } from './causal-clocks.ts';
import { ForcedEdges } from './edges.ts';
import type { Transactions } from './transactions.ts';
import { type WriterGroups, writerGroups } from './writer-groups.ts';
import { WriterWindows } from './writer-windows.ts';

/** Edges of causal consistency; null when the budget ended. `order` must hold every transaction. */
export function causalEdges(
  txns: Transactions,
  order: Int32Array,
  clocks: Clocks,
  budget: Budget,
): ForcedEdges | null {
  const { readStart, readKeys, readSources } = txns;
  const groups = writerGroups(txns);
  const windows = new WriterWindows(txns, groups, clocks);
  const search = new EdgeSearch(txns, groups, clocks);
  const { keyStart } = groups;
  let spent = 0;
  for (let q = 0; q < order.length; q++) {
    const t = order[q]!;
    for (let i = readStart[t]!; i < readStart[t + 1]!; i++) {
      const key = readKeys[i]!;
      const source = readSources[i]!;
      const sessions = keyStart[key + 1]! - keyStart[key]!;
      const from = source < 0 ? 0 : windows.from(source, key);
      const to = windows.filled[key]!;
      const narrow = source >= 0 && to - from <= sessions;
      spent += (narrow ? to - from : sessions) + 1;
      if (narrow) search.among(t, i, windows.list, from, to);
      else search.bySession(t, i);
    }
    windows.place(t);
    if (spent >= 1 << 16) {
      if (!budget.spend(spent)) return null;
      spent = 0;
    }
  }
  return search.edges;
}

/** Two ways to the writers that a read orders before its source: all in a list, or the last of each session. */
class EdgeSearch {
  readonly edges = new ForcedEdges();
  readonly #txns: Transactions;
  readonly #groups: WriterGroups;
  readonly #clocks: Clocks;
  readonly #pointers: Int32Array;
  // Of each group the writer last asked for and the one after it: neighbours of a key lie side by side, so
  // that most questions touch neither the pointers nor the writers themselves.
  readonly #current: Int32Array;
  readonly #following: Int32Array;

  constructor(txns: Transactions, groups: WriterGroups, clocks: Clocks) {
    this.#txns = txns;
    this.#groups = groups;
    this.#clocks = clocks;
    const { keyStart, groupStart, writers } = groups;
    this.#pointers = groupStart.slice();
    this.#current = new Int32Array(keyStart.at(-1)!);
    this.#following = new Int32Array(this.#current.length);
    for (let g = 0; g < this.#current.length; g++) {
      this.#current[g] = writers[groupStart[g]!]!;
      this.#following[g] =
        groupStart[g]! + 1 < groupStart[g + 1]! ? writers[groupStart[g]! + 1]! : txns.count;
    }
  }

  /** Of the writers list[from] to list[to]: those that t, which made read i, knows and its source does not. */
  among(t: number, i: number, list: Int32Array, from: number, to: number): void {
    const { sessions, sessionOf } = this.#txns.micro;
    const clocks = this.#clocks;
    const source = this.#txns.readSources[i]!;
    const row = t * sessions;
    const sourceRow = source * sessions;
    for (let p = from; p < to; p++) {
      const writer = list[p]!;
      const session = sessionOf[writer]!;
      if (writer === source || clocks[row + session]! < writer || clocks[sourceRow + session]! >= writer)
        continue;
      this.edges.add(writer, source, i);
    }
  }

  /** The same of the last writer of each session that t knows; a source may be the initial value. */
  bySession(t: number, i: number): void {
    const { sessions } = this.#txns.micro;
    const { keyStart, groupStart, writers, sessions: groupSessions } = this.#groups;
    const [clocks, pointers, current, following] = [
      this.#clocks,
      this.#pointers,
      this.#current,
      this.#following,
    ];
    const key = this.#txns.readKeys[i]!;
    const source = this.#txns.readSources[i]!;
    const row = t * sessions;
    const sourceRow = source * sessions;
    const to = keyStart[key + 1]!;
    for (let g = keyStart[key]!; g < to; g++) {
      const session = groupSessions[g]!;
      const limit = clocks[row + session]!;
      // What of this session is visible here was already visible to the source: nothing new to order.
      const known = source < 0 ? -1 : clocks[sourceRow + session]!;
      if (known >= limit) continue;
      let writer = current[g]!;
      if (limit < writer || limit >= following[g]!) {
        const end = groupStart[g + 1]!;
        let p = pointers[g]!;
        while (p + 1 < end && writers[p + 1]! <= limit) p++;
        while (p > groupStart[g]! && writers[p]! > limit) p--;
        pointers[g] = p;
        current[g] = writer = writers[p]!;
        following[g] = p + 1 < end ? writers[p + 1]! : this.#txns.count;
        if (writer > limit) continue;
      }
      if (writer !== source && writer > known) this.edges.add(writer, source, i);
    }
  }
}
