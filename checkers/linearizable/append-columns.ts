/**
 * A string that grows by appended texts, as a register of the states reads show. An append that led to a shown
 * state is a compare-and-set from the state before it; one whose effect nobody saw can stand anywhere between
 * others, as a write can. Where a text was appended several times, it may have been either that led to a state:
 * then there are several readings, and the key is right when one of them is. O(total length of reads).
 */
import { type History, NONE } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import { AppendTexts, EMPTY } from './append-texts.ts';
import type { Outcomes } from './outcomes.ts';
import { OPEN } from './problem.ts';
import { CAS, columnsOf, READ, type RegisterColumns, WRITE } from './register-columns.ts';

const MOST_READINGS = 64;

/** One state and the operation taken to have led to it. */
type Assigned = readonly [state: number, position: number];

/** Reads keys of one history. */
export class AppendReader {
  readonly #history: History;
  readonly #outcomes: Outcomes;
  readonly #get: number;
  readonly #append: number;
  /** Largest number of values of any key. */
  readonly valueCount: number;
  #texts = new AppendTexts();
  #columns = columnsOf(0);
  #readings: Assigned[][] = [];

  constructor(history: History, outcomes: Outcomes) {
    this.#history = history;
    this.#outcomes = outcomes;
    this.#get = history.names.find('get');
    this.#append = history.names.find('append');
    this.valueCount = 2 * history.length + 2;
  }

  /** Every key starts empty. */
  idOf(_initial: Json): number {
    return EMPTY;
  }

  /** Other readings of the key read last. */
  get otherReadings(): number {
    return this.#readings.length - 1;
  }

  /** The columns of these invocations; null when texts could be confused or the readings are too many. */
  read(calls: Int32Array): RegisterColumns | null {
    this.#texts = new AppendTexts();
    this.#columns = columnsOf(calls.length);
    if (!this.#writes(calls)) return null;
    this.#reads();
    const readings = this.#assignments();
    if (readings === null) return null;
    this.#readings = readings;
    return this.readAs(0);
  }

  #writes(calls: Int32Array): boolean {
    const c = this.#columns;
    const { fs, pairs } = this.#history.columns;
    for (const call of calls) {
      const outcome = this.#outcomes.of(call);
      const reads = fs[call] === this.#get;
      if (outcome === null || (reads && outcome === 'info')) continue;
      const at = c.size++;
      c.kind[at] = reads ? READ : WRITE;
      c.call[at] = call;
      c.ret[at] = outcome === 'info' ? OPEN : pairs[call]!;
      if (reads) continue;
      const text = this.#history.value(call);
      if (typeof text !== 'string' || !this.#texts.add(text, fs[call] !== this.#append, at)) return false;
    }
    return this.#texts.separable() && !this.#twofold();
  }

  /**
   * May a text that was put have been the first to be appended to nothing as well? Then it may begin two lines of
   * states. An append is not the first once another operation that wrote has completed.
   */
  #twofold(): boolean {
    const c = this.#columns;
    let first = OPEN;
    for (let at = 0; at < c.size; at++) if (c.kind[at] === WRITE) first = Math.min(first, c.ret[at]!);
    const { putter, appenders } = this.#texts;
    return putter.some((put, text) => put !== NONE && appenders[text]!.some((at) => c.call[at]! < first));
  }

  #reads(): void {
    const c = this.#columns;
    const known = new Map<string, number | null>();
    for (let at = 0; at < c.size; at++) {
      if (c.kind[at] !== READ) continue;
      const seen = this.#seen(c, at);
      let state = known.get(seen);
      if (state === undefined) known.set(seen, (state = this.#texts.stateOf(seen, at)));
      // NONE until states are counted: nobody can have written it.
      c.from[at] = state ?? NONE;
      if (state !== null) this.#texts.read(state, at, c.call[at]!, c.ret[at]!);
    }
    this.#texts.settle();
  }

  #seen(c: RegisterColumns, at: number): string {
    return (this.#history.value(this.#history.pair(c.call[at]!)) ?? '') as string;
  }

  /** Every way to say which operation led to which state; null when there are too many. */
  #assignments(): Assigned[][] | null {
    const { shown } = this.#texts;
    const c = this.#columns;
    let ways: Assigned[][] = [[]];
    for (let state = 1; state < shown.length; state++) {
      const { firstRet, lastShorter } = shown[state]!;
      const all = this.#texts.sources(state);
      // What could not have led there cannot be in any right reading; alone, it is part of the proof.
      const able =
        all.length === 1 ? all : all.filter((at) => c.call[at]! < firstRet && c.ret[at]! > lastShorter);
      const next: Assigned[][] = [];
      for (const way of ways) {
        const free = able.filter((at) => all.length === 1 || !way.some(([, used]) => used === at));
        for (const at of free) next.push([...way, [state, at]]);
        if (free.length === 0) next.push(way);
      }
      if (next.length > MOST_READINGS) return null;
      ways = next;
    }
    return ways;
  }

  /** Is every text written by one operation only? Else what conflicts need not show why. */
  get plain(): boolean {
    return this.#texts.plain;
  }

  /** The columns by one of the readings. */
  readAs(reading: number): RegisterColumns {
    const c = this.#columns;
    const { shown } = this.#texts;
    let fresh = shown.length;
    for (let at = 0; at < c.size; at++) {
      if (c.kind[at] === READ) {
        if (c.from[at] === NONE || c.from[at]! >= shown.length) c.from[at] = fresh++;
        c.to[at] = NONE;
        continue;
      }
      c.kind[at] = WRITE;
      c.from[at] = NONE;
      c.to[at] = NONE;
    }
    for (const [state, at] of this.#readings[reading]!) {
      // A text in two states, and one operation that wrote it: the second state comes from nowhere.
      if (c.to[at] !== NONE) continue;
      c.to[at] = state;
      if (shown[state]!.before === NONE) continue;
      c.kind[at] = CAS;
      c.from[at] = shown[state]!.before;
    }
    for (let at = 0; at < c.size; at++) if (c.kind[at] !== READ && c.to[at] === NONE) c.to[at] = fresh++;
    return c;
  }

  /** Operations that an operation's place rests on besides who wrote what it saw. */
  evidence(c: RegisterColumns, at: number): number[] {
    const { shown } = this.#texts;
    if (c.kind[at] !== READ) {
      const text = this.#texts.partsOf(this.#history.value(c.call[at]!) as string).texts[0]!;
      const by = c.kind[at] === CAS ? [shown[c.to[at]!]!.by] : [];
      return [...by, ...this.#texts.distinctions(text)];
    }
    const { texts } = this.#texts.partsOf(this.#seen(c, at));
    return texts.flatMap((text) => {
      const own = this.#texts.writers(text);
      const states = own.map((writer) => c.to[writer]!).filter((state) => state < shown.length);
      return [...own, ...states.map((state) => shown[state]!.by)];
    });
  }
}
