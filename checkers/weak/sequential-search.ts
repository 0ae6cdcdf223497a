/**
 * Looks for a sequential order of transactions by replaying them: depth first over which write comes next,
 * within what saturation has shown. Reads are taken as soon as they can be; a version is overwritten only once
 * all who read it have, because nobody writes it again. States that failed are remembered by a hash, so that
 * "there is none" should be confirmed with another salt; an order that is found is exact.
 */
import type { Budget } from '../contract.ts';
import { entryOf, INITIAL, type Transactions } from './transactions.ts';

/** `none`: every order was tried. `ended`: the budget or the memory for failed states did. */
export type SearchEnd = 'found' | 'none' | 'ended';

const MAX_FAILED = 1 << 21;

/** Searches; `clocks` as saturation leaves them. */
export function searchOrder(txns: Transactions, clocks: Int32Array, budget: Budget, salt = 0): SearchEnd {
  return new Replay(txns, clocks, salt).run(budget);
}

interface Choice {
  /** How much had been done before it. */
  trail: number;
  candidates: number[];
  next: number;
  state: number;
}

class Replay {
  readonly #txns: Transactions;
  readonly #clocks: Int32Array;
  readonly #salt: number;
  /** By session the next transaction. */
  readonly #next: Int32Array;
  /** By key who wrote it last. */
  readonly #current: Int32Array;
  /** By entry of writeKeys, and by key for the initial value: reads still to come. */
  readonly #readers: Int32Array;
  readonly #initialReaders: Int32Array;
  /** By external read the entry of writeKeys it returns, or -1. */
  readonly #entries: Int32Array;
  /** By entry of writeKeys who had written the key before. */
  readonly #overwritten: Int32Array;
  readonly #trail: number[] = [];
  readonly #failed = new Set<number>();
  #h1 = 0;
  #h2 = 0;

  constructor(txns: Transactions, clocks: Int32Array, salt: number) {
    this.#txns = txns;
    this.#clocks = clocks;
    this.#salt = salt;
    const keys = txns.micro.keyNames.length;
    this.#next = txns.micro.sessionStart.slice(0, txns.micro.sessions);
    this.#current = new Int32Array(keys).fill(INITIAL);
    this.#readers = new Int32Array(txns.writeKeys.length);
    this.#initialReaders = new Int32Array(keys);
    this.#entries = new Int32Array(txns.readKeys.length);
    this.#overwritten = new Int32Array(txns.writeKeys.length);
    for (let i = 0; i < txns.readKeys.length; i++) {
      this.#entries[i] = entryOf(txns, txns.readSources[i]!, txns.readKeys[i]!);
      this.#count(i, 1);
    }
  }

  run(budget: Budget): SearchEnd {
    const choices: Choice[] = [];
    let spent = 0;
    for (;;) {
      spent += this.#takeReads();
      if (this.#trail.length === this.#txns.count) return 'found';
      if (++spent >= 4096) {
        if (this.#failed.size >= MAX_FAILED || !budget.spend(spent)) return 'ended';
        spent = 0;
      }
      const state = this.#h1 * 0x20_0000 + (this.#h2 & 0x1f_ffff);
      const candidates = this.#failed.has(state) ? [] : this.#writesThatCan();
      choices.push({ trail: this.#trail.length, candidates, next: 0, state });
      let last = choices.at(-1);
      while (last !== undefined && last.next === last.candidates.length) {
        this.#failed.add(last.state);
        choices.pop();
        last = choices.at(-1);
        if (last !== undefined) this.#undo(last.trail);
      }
      if (last === undefined) return 'none';
      this.#take(last.candidates[last.next++]!);
    }
  }

  /** Takes whatever only reads and can be taken, until nothing can; returns how many were looked at. */
  #takeReads(): number {
    const { sessions, sessionStart } = this.#txns.micro;
    const { writeStart } = this.#txns;
    let looked = 0;
    for (let again = true; again; ) {
      again = false;
      for (let s = 0; s < sessions; s++) {
        looked++;
        for (let t = this.#next[s]!; t < sessionStart[s + 1]!; t++) {
          if (writeStart[t + 1]! > writeStart[t]! || !this.#can(t)) break;
          this.#take(t);
          again = true;
        }
      }
    }
    return looked;
  }

  /** Transactions that write and could come next, those that ended first first. */
  #writesThatCan(): number[] {
    const { sessions, sessionStart, calls } = this.#txns.micro;
    const found: number[] = [];
    for (let s = 0; s < sessions; s++) {
      const t = this.#next[s]!;
      if (t < sessionStart[s + 1]! && this.#can(t)) found.push(t);
    }
    return found.sort((a, b) => calls[a]! - calls[b]!);
  }

  #can(t: number): boolean {
    const { readStart, readKeys, readSources, writeStart, writeKeys, micro } = this.#txns;
    for (let i = readStart[t]!; i < readStart[t + 1]!; i++) {
      if (this.#current[readKeys[i]!] !== readSources[i]) return false;
    }
    for (let j = writeStart[t]!; j < writeStart[t + 1]!; j++) {
      if (this.#readersOf(writeKeys[j]!) > this.#ownReads(t, writeKeys[j]!)) return false;
    }
    const row = t * micro.sessions;
    for (let s = 0; s < micro.sessions; s++) if (this.#clocks[row + s]! >= this.#next[s]!) return false;
    return true;
  }

  #readersOf(key: number): number {
    const writer = this.#current[key]!;
    return writer === INITIAL ? this.#initialReaders[key]! : this.#readers[entryOf(this.#txns, writer, key)]!;
  }

  #ownReads(t: number, key: number): number {
    const { readStart, readKeys } = this.#txns;
    let own = 0;
    for (let i = readStart[t]!; i < readStart[t + 1]!; i++) if (readKeys[i] === key) own++;
    return own;
  }

  #take(t: number): void {
    const { readStart, writeStart, writeKeys, micro } = this.#txns;
    for (let i = readStart[t]!; i < readStart[t + 1]!; i++) this.#count(i, -1);
    for (let j = writeStart[t]!; j < writeStart[t + 1]!; j++) {
      this.#overwritten[j] = this.#current[writeKeys[j]!]!;
      this.#write(writeKeys[j]!, t);
    }
    this.#next[micro.sessionOf[t]!]!++;
    this.#trail.push(t);
    this.#mix(t, -1);
  }

  #undo(length: number): void {
    const { readStart, writeStart, writeKeys, micro } = this.#txns;
    while (this.#trail.length > length) {
      const t = this.#trail.pop()!;
      this.#mix(t, -1);
      this.#next[micro.sessionOf[t]!]!--;
      for (let j = writeStart[t]!; j < writeStart[t + 1]!; j++)
        this.#write(writeKeys[j]!, this.#overwritten[j]!);
      for (let i = readStart[t]!; i < readStart[t + 1]!; i++) this.#count(i, 1);
    }
  }

  #write(key: number, writer: number): void {
    this.#mix(this.#current[key]!, key);
    this.#current[key] = writer;
    this.#mix(writer, key);
  }

  #count(read: number, by: number): void {
    const entry = this.#entries[read]!;
    if (entry < 0) this.#initialReaders[this.#txns.readKeys[read]!]! += by;
    else this.#readers[entry]! += by;
  }

  /** Adds to the hash of the state, or takes away again: who was done, and who wrote what last. */
  #mix(t: number, key: number): void {
    let h = Math.imul(t + 2, 0x9e3779b1) ^ Math.imul(key + 7, 0x85ebca6b) ^ this.#salt;
    h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
    h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
    this.#h1 = (this.#h1 ^ h ^ (h >>> 16)) >>> 0;
    h = Math.imul(h ^ 0x5bd1e995, 0xc2b2ae35);
    this.#h2 = (this.#h2 ^ h ^ (h >>> 13)) >>> 0;
  }
}
