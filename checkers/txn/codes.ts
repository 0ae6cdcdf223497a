/**
 * Integer codes for the keys and values inside transactions. Small non-negative integers, which is what
 * generators hand out, are their own code; everything else goes through a table by canonical JSON.
 */
import { canonicalJson } from '../../harness/history/interner.ts';
import type { Json } from '../../harness/op.ts';

/** Code of null: a register nobody wrote. */
export const NIL = -1;
/** Integers below this are their own code. */
export const PLAIN_LIMIT = 0x3fff_ffff;

/** Codes of JSON values; equal codes mean deeply equal values. */
export class Codes {
  readonly #ids = new Map<string, number>();
  readonly #items: Json[] = [];

  /** The code of a value: itself, NIL, or a number below NIL. */
  of(value: Json): number {
    if (value === null) return NIL;
    if (typeof value === 'number' && value >= 0 && value < PLAIN_LIMIT && Number.isInteger(value))
      return value;
    const text = canonicalJson(value);
    let id = this.#ids.get(text);
    if (id === undefined) {
      id = this.#items.length;
      this.#ids.set(text, id);
      this.#items.push(value);
    }
    return -2 - id;
  }

  /** The value of a code. */
  json(code: number): Json {
    if (code >= 0) return code;
    return code === NIL ? null : this.#items[-2 - code]!;
  }
}

/** Dense numbers 0, 1, 2... for the codes of keys, in order of first appearance. */
export class DenseCodes {
  #table = new Int32Array(1024);
  readonly #rest = new Map<number, number>();
  readonly #codes: number[] = [];

  get size(): number {
    return this.#codes.length;
  }

  /** The number of a code, a new one if it was not seen before. */
  of(code: number): number {
    if (code >= 0 && code < 1 << 22) {
      if (code >= this.#table.length) {
        const wider = new Int32Array(Math.max(code + 1, this.#table.length * 2));
        wider.set(this.#table);
        this.#table = wider;
      }
      const known = this.#table[code]!;
      if (known !== 0) return known - 1;
      this.#codes.push(code);
      this.#table[code] = this.#codes.length;
      return this.#codes.length - 1;
    }
    let id = this.#rest.get(code);
    if (id === undefined) {
      id = this.#codes.length;
      this.#codes.push(code);
      this.#rest.set(code, id);
    }
    return id;
  }

  /** The number of a code, or -1 if it was not seen before. */
  find(code: number): number {
    if (code >= 0 && code < 1 << 22) return (this.#table[code] ?? 0) - 1;
    return this.#rest.get(code) ?? -1;
  }

  /** The code behind a number. */
  code(id: number): number {
    return this.#codes[id]!;
  }
}
