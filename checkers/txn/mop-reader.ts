/**
 * Reads the micro-operations of one transaction: `["append", k, v]`, `["w", k, v]`, `["r", k, value]`, and
 * `["scan", [from, to], [[k, value]...]]`, which comes out as the reads of what it found. A value that so far exists only as JSON text is read from the text, without building arrays nobody needs.
 */
import { type History, NONE } from '../../harness/history/history.ts';

import type { Json } from '../../harness/op.ts';
import { Codes, NIL, PLAIN_LIMIT } from './codes.ts';
import { rangeOf, type Scan } from './scan-range.ts';

/** What a micro-operation does. */
export const READ = 0;
export const WRITE = 1;

/** What reads return: a list (`append` writes) or one value (`w` writes). */
export type MopStyle = 'lists' | 'values';

const WRITES = { lists: 'append', values: 'w' } as const;
const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const ZERO = 0x30;

/** A transaction whose value is not a list of micro-operations this checker knows. */
export class MopError extends Error {
  constructor(op: number, problem: string, style: MopStyle) {
    const write = WRITES[style];
    super(
      `operation ${op}: ${problem}; expected a list of ["r", key, ${style === 'lists' ? 'list' : 'value'}], ` +
        `["${write}", key, value] and ["scan", [from, to], [[key, value]...]]`,
    );
    this.name = 'MopError';
  }
}

/** One reader per history; the columns hold the transaction read last. */
export class MopReader {
  count = 0;
  /** READ or WRITE. */
  f = new Uint8Array(16);
  /** Codes of keys. */
  key = new Int32Array(16);
  /** Code of the value; of a list read, where its elements begin in `elements`. */
  arg = new Int32Array(16);
  /** Length of the list read. */
  length = new Int32Array(16);
  elements = new Int32Array(1024);
  /** Scans of the transaction: their reads, and their ranges. */
  readonly scans: Omit<Scan, 'txn'>[] = [];
  readonly codes = new Codes();
  readonly #style: MopStyle;
  readonly #values: History['values'];
  /** How a write begins in JSON text. */
  readonly #writes: string;
  #used = 0;
  #at = 0;

  constructor(history: History, style: MopStyle) {
    this.#style = style;
    this.#values = history.values;
    this.#writes = `["${WRITES[style]}",`;
  }

  /** Reads the value with this id, of operation `op`. Throws MopError. */
  read(valueId: number, op: number): void {
    this.count = 0;
    this.#used = 0;
    if (this.scans.length > 0) this.scans.length = 0;
    const text = valueId === NONE ? undefined : this.#values.unparsedText?.(valueId);
    if (text !== undefined && this.#scan(text)) return;
    this.count = 0;
    this.#used = 0;
    this.#walk(valueId === NONE ? null : this.#values.get(valueId), op);
  }

  #walk(value: Json, op: number): void {
    if (!Array.isArray(value)) throw new MopError(op, 'its value is not a list', this.#style);
    for (const mop of value) {
      if (!Array.isArray(mop) || mop.length < 2 || mop.length > 3) {
        throw new MopError(op, `${JSON.stringify(mop)} is not a micro-operation`, this.#style);
      }
      const [f, key, arg] = mop as [Json, Json, Json | undefined];
      if (f === 'scan') this.#walkScan(key, arg, op);
      else if (f === 'r' || f === WRITES[this.#style]) this.#walkOne(f === 'r' ? READ : WRITE, key, arg, op);
      else throw new MopError(op, `${JSON.stringify(f)} is not a function of it`, this.#style);
    }
  }

  #walkOne(f: number, key: Json, arg: Json | undefined, op: number): void {
    const at = this.#add(f, this.codes.of(key));
    if (f === WRITE || this.#style === 'values') {
      this.arg[at] = this.codes.of(arg ?? null);
      return;
    }
    if (arg === null || arg === undefined) return;
    if (!Array.isArray(arg)) throw new MopError(op, `${JSON.stringify(arg)} is not a list`, this.#style);
    for (const element of arg) this.#element(this.codes.of(element));
    this.length[at] = arg.length;
  }

  #walkScan(asked: Json, found: Json | undefined, op: number): void {
    const range = rangeOf(asked);
    if (range === undefined) {
      throw new MopError(op, `${JSON.stringify(asked)} is not the range of a scan`, this.#style);
    }
    // What was only asked for shows nothing.
    if (found === null || found === undefined) return;
    const from = this.count;
    for (const pair of Array.isArray(found) ? found : [found]) {
      if (!Array.isArray(pair) || pair.length !== 2) {
        const problem = `${JSON.stringify(pair)} in a scan is not a pair of key and value`;
        throw new MopError(op, problem, this.#style);
      }
      this.#walkOne(READ, pair[0]!, pair[1]!, op);
    }
    this.scans.push({ from, to: this.count, range });
  }

  #add(f: number, key: number): number {
    const at = this.count++;
    if (at === this.f.length) {
      this.f = widerBytes(this.f);
      this.key = wider(this.key);
      this.arg = wider(this.arg);
      this.length = wider(this.length);
    }
    this.f[at] = f;
    this.key[at] = key;
    this.arg[at] = this.#used;
    this.length[at] = 0;
    return at;
  }

  #element(code: number): void {
    if (this.#used === this.elements.length) this.elements = wider(this.elements);
    this.elements[this.#used++] = code;
  }

  /** Reads plain text of integers without blanks; false when it is anything else. */
  #scan(text: string): boolean {
    const end = text.length - 1;
    if (text.charCodeAt(0) !== OPEN || end < 1) return false;
    if (end === 1) return text === '[]';
    this.#at = 1;
    const write = this.#writes;
    for (;;) {
      let f = READ;
      if (text.startsWith('["r",', this.#at)) this.#at += 5;
      else if (text.startsWith(write, this.#at)) {
        this.#at += write.length;
        f = WRITE;
      } else return false;
      const key = this.#integer(text);
      if (key < 0 || text.charCodeAt(this.#at++) !== COMMA) return false;
      const mop = this.#add(f, key);
      if (!this.#scanArg(text, mop, f)) return false;
      if (text.charCodeAt(this.#at++) !== CLOSE) return false;
      const next = text.charCodeAt(this.#at++);
      if (next === COMMA) continue;
      return next === CLOSE && this.#at === end + 1;
    }
  }

  #scanArg(text: string, mop: number, f: number): boolean {
    if (text.startsWith('null', this.#at)) {
      this.#at += 4;
      if (f === WRITE || this.#style === 'values') this.arg[mop] = NIL;
      return true;
    }
    if (f === WRITE || this.#style === 'values') {
      const value = this.#integer(text);
      this.arg[mop] = value;
      return value >= 0;
    }
    if (text.charCodeAt(this.#at++) !== OPEN) return false;
    if (text.charCodeAt(this.#at) === CLOSE) {
      this.#at++;
      return true;
    }
    for (let length = 1; ; length++) {
      const element = this.#integer(text);
      if (element < 0) return false;
      this.#element(element);
      const next = text.charCodeAt(this.#at++);
      if (next === COMMA) continue;
      this.length[mop] = length;
      return next === CLOSE;
    }
  }

  /** The plain non-negative integer that stands here, or -1. */
  #integer(text: string): number {
    let at = this.#at;
    let digit = text.charCodeAt(at) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return -1;
    let value = 0;
    do {
      value = value * 10 + digit;
      digit = text.charCodeAt(++at) - ZERO;
    } while (digit >= 0 && digit <= 9 && value < PLAIN_LIMIT);
    this.#at = at;
    return value < PLAIN_LIMIT ? value : -1;
  }
}

function wider(from: Int32Array): Int32Array<ArrayBuffer> {
  const to = new Int32Array(from.length * 2);
  to.set(from);
  return to;
}

function widerBytes(from: Uint8Array): Uint8Array<ArrayBuffer> {
  const to = new Uint8Array(from.length * 2);
  to.set(from);
  return to;
}
