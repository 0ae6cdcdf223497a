/**
 * What was put and appended under one key, and the states reads show: each read falls into the texts it
 * consists of, and every beginning of it was a state once. Texts must form a prefix code for that.
 */
import { NONE } from '../../harness/history/history.ts';
import { OPEN } from './problem.ts';

/** State in which nothing was put or appended. */
export const EMPTY = 0;

/** A state some read shows: another state with one text more. */
interface Shown {
  text: number;
  before: number;
  /** Position of the first read that shows it, itself or a longer state. */
  by: number;
  /** First completion of reads that show it; last call of reads of shorter states of the same line. */
  firstRet: number;
  lastShorter: number;
  /** Last call of reads of exactly this. */
  lastCall: number;
  /** Positions of the reads with `firstRet`, `lastShorter` and `lastCall`. */
  firstBy: number;
  shorterBy: number;
  lastBy: number;
}

const UNREAD = {
  firstRet: OPEN,
  lastShorter: NONE,
  lastCall: NONE,
  firstBy: NONE,
  shorterBy: NONE,
  lastBy: NONE,
};

/** The texts and states of one key. */
export class AppendTexts {
  readonly #ids = new Map<string, number>();
  readonly #lengths = new Set<number>();
  readonly #states = new Map<number, number>();
  /** By text: positions of the operations that appended it, and of the one that put it, or NONE. */
  readonly appenders: number[][] = [];
  readonly putter: number[] = [];
  /** States, from 1; 0 is EMPTY. */
  readonly shown: Shown[] = [{ text: NONE, before: NONE, by: NONE, ...UNREAD }];
  #length = 0;

  /** Adds an operation that wrote a text; false when it cannot be told from another: empty, or put twice. */
  add(text: string, put: boolean, position: number): boolean {
    if (text === '') return false;
    let id = this.#ids.get(text);
    if (id === undefined) {
      id = this.putter.length;
      this.#ids.set(text, id);
      this.#lengths.add(text.length);
      this.appenders.push([]);
      this.putter.push(NONE);
    }
    if (!put) this.appenders[id]!.push(position);
    else if (this.putter[id] !== NONE) return false;
    else this.putter[id] = position;
    return true;
  }

  /** Operations that wrote a text. */
  writers(text: number): number[] {
    const put = this.putter[text]!;
    return put === NONE ? this.appenders[text]! : [...this.appenders[text]!, put];
  }

  /** Operations that may have led to a state, by their text alone. */
  sources(state: number): number[] {
    const { text, before } = this.shown[state]!;
    return before === NONE ? [this.putter[text]!] : this.appenders[text]!;
  }

  /** Was every text written once only? */
  get plain(): boolean {
    return this.putter.every((_, text) => this.writers(text).length === 1);
  }

  /** Is no text the beginning of another? */
  separable(): boolean {
    const sorted = [...this.#ids.keys()].sort();
    return sorted.every((text, i) => i === 0 || !text.startsWith(sorted[i - 1]!));
  }

  /** The texts at the beginning of what was read, up to the first that nobody wrote. */
  partsOf(seen: string): { texts: number[]; whole: boolean } {
    const texts: number[] = [];
    for (let at = 0; at < seen.length; at += this.#length) {
      const id = this.#at(seen, at);
      if (id === undefined) return { texts, whole: false };
      texts.push(id);
    }
    return { texts, whole: true };
  }

  #at(seen: string, at: number): number | undefined {
    for (const length of this.#lengths) {
      const id = this.#ids.get(seen.slice(at, at + length));
      if (id === undefined) continue;
      this.#length = length;
      return id;
    }
    return undefined;
  }

  /** The state this was read in, or null when there is none such. */
  stateOf(seen: string, position: number): number | null {
    const { texts, whole } = this.partsOf(seen);
    if (!whole || texts.some((text, i) => i > 0 && this.appenders[text]!.length === 0)) return null;
    let state = EMPTY;
    for (const text of texts) {
      const key = state * this.putter.length + text;
      let next = this.#states.get(key);
      if (next === undefined) {
        next = this.shown.length;
        this.#states.set(key, next);
        // What was put replaces all, so it follows no state in particular.
        const before = state === EMPTY && this.putter[text] !== NONE ? NONE : state;
        this.shown.push({ text, before, by: position, ...UNREAD });
      }
      state = next;
    }
    return state;
  }

  /** Notes a read of a state. */
  read(state: number, position: number, call: number, ret: number): void {
    const shown = this.shown[state]!;
    if (call > shown.lastCall) {
      shown.lastCall = call;
      shown.lastBy = position;
    }
    if (ret < shown.firstRet) {
      shown.firstRet = ret;
      shown.firstBy = position;
    }
  }

  /** After all reads: what longer and shorter states of each line say about it. States come before longer ones. */
  settle(): void {
    for (let state = this.shown.length - 1; state > 0; state--) {
      const { before, firstRet, firstBy } = this.shown[state]!;
      if (before === NONE || this.shown[before]!.firstRet <= firstRet) continue;
      this.shown[before]!.firstRet = firstRet;
      this.shown[before]!.firstBy = firstBy;
    }
    for (let state = 1; state < this.shown.length; state++) {
      const shown = this.shown[state]!;
      if (shown.before === NONE) continue;
      const { lastCall, lastBy, lastShorter, shorterBy } = this.shown[shown.before]!;
      shown.lastShorter = Math.max(lastShorter, lastCall);
      shown.shorterBy = lastShorter > lastCall ? shorterBy : lastBy;
    }
  }

  /** Every operation and read by which a text written several times was told apart; none for others. */
  distinctions(text: number): number[] {
    const writers = this.writers(text);
    if (writers.length === 1) return [];
    const reads = this.shown.filter((shown) => shown.text === text);
    return [...writers, ...reads.flatMap(({ by, firstBy, shorterBy }) => [by, firstBy, shorterBy])];
  }
}
