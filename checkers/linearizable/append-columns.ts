/**
 * A string that grows by appended texts, as a register: the state after a text was appended is named by that
 * text, as long as every text occurs once. An append whose predecessor some read shows is a compare-and-set
 * from that state; one that nobody saw the effect of can stand anywhere between others, as a write can.
 *
 * Texts must form a prefix code, so that what was read falls into texts in one way only. O(total length read).
 */
import { type History, NONE } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { Outcomes } from './outcomes.ts';
import { OPEN } from './problem.ts';
import { CAS, columnsOf, READ, type RegisterColumns, WRITE } from './register-columns.ts';

/** Number of the state in which nothing was put or appended. */
const EMPTY = 0;

/** Reads keys of one history. Numbers are local to a key: 0 is the empty text. */
export class AppendReader {
  readonly #history: History;
  readonly #outcomes: Outcomes;
  readonly #get: number;
  readonly #append: number;
  /** Largest number of values of any key. */
  readonly valueCount: number;
  #texts = new Texts();

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

  /** The columns of these invocations; null when texts repeat or could be confused. */
  read(calls: Int32Array): RegisterColumns | null {
    const texts = this.#collect(calls);
    if (texts === null) return null;
    this.#texts = texts;
    const c = columnsOf(calls.length);
    const { fs, pairs } = this.#history.columns;
    const states = new Map<string, number>();
    // Numbers of impossible states follow those of texts.
    let impossible = 1 + texts.count;
    for (const call of calls) {
      const outcome = this.#outcomes.of(call);
      const reads = fs[call] === this.#get;
      if (outcome === null || (reads && outcome === 'info')) continue;
      const at = c.size++;
      c.kind[at] = reads ? READ : WRITE;
      c.call[at] = call;
      c.ret[at] = outcome === 'info' ? OPEN : pairs[call]!;
      c.from[at] = NONE;
      c.to[at] = NONE;
      if (!reads) {
        const id = texts.idOf(this.#history.value(call) as string);
        c.to[at] = id;
        texts.writer[id] = at;
        continue;
      }
      const seen = (this.#history.value(pairs[call]!) ?? '') as string;
      let state = states.get(seen);
      if (state === undefined) states.set(seen, (state = texts.stateOf(seen, at) ?? impossible++));
      c.from[at] = state;
    }
    return this.#chain(c, texts);
  }

  /** Appends with known predecessors become compare-and-set. */
  #chain(c: RegisterColumns, texts: Texts): RegisterColumns {
    for (let i = 0; i < c.size; i++) {
      if (c.kind[i] === READ || this.#history.columns.fs[c.call[i]!] !== this.#append) continue;
      const before = texts.predecessor[c.to[i]!]!;
      if (before === NONE) continue;
      c.kind[i] = CAS;
      c.from[i] = before;
    }
    return c;
  }

  /** Operations that an operation's place rests on besides who wrote what it saw. */
  evidence(c: RegisterColumns, at: number): number[] {
    const texts = this.#texts;
    if (c.kind[at] === CAS) return [texts.shownBy[c.to[at]!]!];
    if (c.kind[at] !== READ || c.from[at]! <= texts.count) return [];
    const ids = texts.partsOf((this.#history.value(this.#history.pair(c.call[at]!)) ?? '') as string);
    return ids.flatMap((id) => [texts.writer[id]!, texts.shownBy[id]!]);
  }

  #collect(calls: Int32Array): Texts | null {
    const texts = new Texts();
    const { fs } = this.#history.columns;
    for (const call of calls) {
      if (fs[call] === this.#get || this.#outcomes.of(call) === null) continue;
      const text = this.#history.value(call);
      if (typeof text !== 'string' || !texts.add(text, fs[call] === this.#append)) return null;
    }
    return texts.seal() ? texts : null;
  }
}

/** The texts of one key, numbered from 1, and what reads show of their order. */
class Texts {
  readonly #ids = new Map<string, number>();
  readonly #appends: boolean[] = [false];
  #lengths: number[] = [];
  #length = 0;
  /** State before each text, or NONE. */
  predecessor = new Int32Array(0);
  /** Position of the first read that shows it, and of the operation that wrote the text; or NONE. */
  shownBy = new Int32Array(0);
  writer = new Int32Array(0);

  get count(): number {
    return this.#ids.size;
  }

  idOf(text: string): number {
    return this.#ids.get(text)!;
  }

  /** False when the text is empty or was there before. */
  add(text: string, append: boolean): boolean {
    if (text === '' || this.#ids.has(text)) return false;
    this.#ids.set(text, this.#ids.size + 1);
    this.#appends.push(append);
    return true;
  }

  /** No more texts follow; false when one is the beginning of another. */
  seal(): boolean {
    const sorted = [...this.#ids.keys()].sort();
    for (let i = 1; i < sorted.length; i++) if (sorted[i]!.startsWith(sorted[i - 1]!)) return false;
    this.#lengths = [...new Set(sorted.map((text) => text.length))];
    this.predecessor = new Int32Array(this.#ids.size + 1).fill(NONE);
    this.shownBy = new Int32Array(this.#ids.size + 1).fill(NONE);
    this.writer = new Int32Array(this.#ids.size + 1).fill(NONE);
    return true;
  }

  /** The texts at the beginning of what was read, up to the first that nobody wrote. */
  partsOf(seen: string): number[] {
    const ids: number[] = [];
    for (let at = 0; at < seen.length; ) {
      const id = this.#at(seen, at);
      if (id === undefined) break;
      ids.push(id);
      at += this.#length;
    }
    return ids;
  }

  /** The text at a position; its length goes to `#length`. */
  #at(seen: string, at: number): number | undefined {
    for (const length of this.#lengths) {
      const id = this.#ids.get(seen.slice(at, at + length));
      if (id === undefined) continue;
      this.#length = length;
      return id;
    }
    return undefined;
  }

  /** The state in which the read at a position saw this; null when there is none, or none beside earlier reads. */
  stateOf(seen: string, position: number): number | null {
    let state = EMPTY;
    for (let at = 0; at < seen.length; ) {
      const id = this.#at(seen, at);
      if (id === undefined) return null;
      if (this.#appends[id]) {
        if (this.predecessor[id] === NONE) {
          this.predecessor[id] = state;
          this.shownBy[id] = position;
        } else if (this.predecessor[id] !== state) return null;
      } else if (at > 0) return null;
      state = id;
      at += this.#length;
    }
    return state;
  }
}
