/**
 * Dense integer ids for repeated values, so that columns hold numbers and equality is an integer compare.
 * Values by JSON deep equality have their own implementation: integers go through a direct table, and a
 * history that crossed to another thread parses a value only when somebody asks for it.
 */
import type { Json } from '../op.ts';

/** Maps items to ids 0, 1, 2... in order of first appearance, and back. */
export interface Interner<T> {
  readonly size: number;
  /** The id of an item, a new one if it was not seen before. O(1) expected, plus the length of its text. */
  intern(item: T): number;
  /** The id of an item, or -1 if it was never interned. */
  find(item: T): number;
  /** The item with this id; throws RangeError for an id never given out. Do not change what it returns. */
  get(id: number): T;
  /** The JSON text of an item nobody has asked to be parsed yet, where there is such a thing. */
  unparsedText?(id: number): string | undefined;
}

/** Strings by equality. */
export class StringInterner implements Interner<string> {
  readonly #ids = new Map<string, number>();
  readonly #items: string[] = [];

  /** Starts with these items as ids 0, 1, 2... */
  constructor(items: readonly string[] = []) {
    for (const item of items) this.intern(item);
  }

  get size(): number {
    return this.#items.length;
  }

  intern(item: string): number {
    let id = this.#ids.get(item);
    if (id === undefined) {
      id = this.#items.length;
      this.#ids.set(item, id);
      this.#items.push(item);
    }
    return id;
  }

  find(item: string): number {
    return this.#ids.get(item) ?? -1;
  }

  get(id: number): string {
    const item = this.#items[id];
    if (item === undefined) throw new RangeError(`no interned item ${id}`);
    return item;
  }

  /** All items in id order. */
  items(): readonly string[] {
    return this.#items;
  }
}

/** Items per text chunk of a transfer: keeps every chunk far below the longest possible string. */
const CHUNK_SHIFT = 14;
/** Integers below this are looked up in a table instead of a map. */
const SMALL_LIMIT = 1 << 22;

/** All values of an interner in a form that crosses threads cheaply. */
export interface ValuesTransfer {
  size: number;
  /** The value of numeric items; NaN for all others. */
  numbers: Float64Array;
  /** Start of each item's JSON text in its chunk; chunk c holds the items whose id >>> 14 is c. */
  starts: Uint32Array;
  chunks: string[];
}

/** JSON values by deep equality; object keys in any order. */
export class JsonInterner implements Interner<Json> {
  /** Slot i holds an item; undefined while it only exists as text, in `#unparsed` or in `#source`. */
  #items: (Json | undefined)[] = [];
  /** Texts of items not parsed yet, by id; shorter than `#items` while none came since. */
  readonly #unparsed: (string | undefined)[] = [];
  /** Id + 1 of small non-negative integers; 0 for none. */
  #small = new Int32Array(256);
  readonly #numbers = new Map<number, number>();
  /** Ids by canonical text, and by any other text that was met through `internText`. */
  readonly #texts = new Map<string, number>();
  /** Where not yet parsed items come from, and whether the look-up tables know them. */
  #source: ValuesTransfer | null = null;
  #indexed = true;

  get size(): number {
    return this.#items.length;
  }

  intern(item: Json): number {
    if (!this.#indexed) this.#index();
    if (typeof item !== 'number') return this.#internCanonical(canonicalJson(item), item);
    // JSON has no infinities and no NaN; they become null here as they would on disk.
    return Number.isFinite(item) ? this.#internNumber(item) : this.#internCanonical('null', null);
  }

  /** Like `intern(JSON.parse(text))`, without parsing a text met before; throws SyntaxError as JSON.parse does. */
  internText(text: string): number {
    if (!this.#indexed) this.#index();
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    const item = JSON.parse(text) as Json;
    if (typeof item === 'number') return this.#internNumber(item);
    const canonical = canonicalJson(item);
    const id = this.#internCanonical(canonical, item);
    if (canonical !== text) this.#texts.set(text, id);
    return id;
  }

  /** Like `internText` for a text known to be valid and canonical, which is parsed when it is first asked for. */
  internPlain(text: string): number {
    if (!this.#indexed) this.#index();
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    const id = this.#items.length;
    this.#texts.set(text, id);
    this.#items.push(undefined);
    // Filled up rather than left with gaps, which would make a dictionary of it.
    while (this.#unparsed.length < id) this.#unparsed.push(undefined);
    this.#unparsed.push(text);
    return id;
  }

  /** The id of a non-negative safe integer: the common case of a reader, without any look-up by text. */
  internInteger(value: number): number {
    if (!this.#indexed) this.#index();
    return this.#internNumber(value);
  }

  find(item: Json): number {
    if (!this.#indexed) this.#index();
    if (typeof item !== 'number' || !Number.isFinite(item)) return this.#texts.get(canonicalJson(item)) ?? -1;
    const small = smallIndex(item);
    if (small >= 0 && small < this.#small.length) return this.#small[small]! - 1;
    return this.#numbers.get(item) ?? -1;
  }

  get(id: number): Json {
    const item = this.#items[id];
    if (item !== undefined) return item;
    if (!(id >= 0 && id < this.#items.length)) throw new RangeError(`no interned item ${id}`);
    const unparsed = this.#unparsed[id];
    if (unparsed !== undefined) this.#unparsed[id] = undefined;
    return (this.#items[id] = JSON.parse(unparsed ?? textOf(this.#source!, id)) as Json);
  }

  /** The JSON text of an item nobody has asked to be parsed yet, for readers that need no object of it. */
  unparsedText(id: number): string | undefined {
    if (this.#items[id] !== undefined || !(id >= 0 && id < this.#items.length)) return undefined;
    return this.#unparsed[id] ?? (this.#source === null ? undefined : textOf(this.#source, id));
  }

  /** Every value in transferable form; `allocate` makes the memory of the columns. O(size). */
  toTransfer(allocate: (bytes: number) => ArrayBufferLike): ValuesTransfer {
    if (!this.#indexed) this.#index();
    const size = this.size;
    const numbers = new Float64Array(allocate(size * 8));
    const starts = new Uint32Array(allocate(size * 4));
    const texts = new Array<string>(size);
    for (const [text, id] of this.#texts) texts[id] ??= text;
    const chunks: string[] = [];
    for (let base = 0; base < size; base += 1 << CHUNK_SHIFT) {
      const end = Math.min(size, base + (1 << CHUNK_SHIFT));
      const parts: string[] = [];
      let at = 0;
      for (let id = base; id < end; id++) {
        starts[id] = at;
        const item = this.#items[id];
        numbers[id] = typeof item === 'number' ? item : Number.NaN;
        if (typeof item === 'number') continue;
        const text = texts[id]!;
        at += text.length;
        parts.push(text);
      }
      chunks.push(parts.join(''));
    }
    return { size, numbers, starts, chunks };
  }

  /** The values again, each parsed when first asked for. O(size) without parsing. */
  static fromTransfer(source: ValuesTransfer): JsonInterner {
    const interner = new JsonInterner();
    const items: (Json | undefined)[] = [];
    for (let id = 0; id < source.size; id++) {
      const value = source.numbers[id]!;
      items.push(Number.isNaN(value) ? undefined : value);
    }
    interner.#items = items;
    interner.#source = source;
    interner.#indexed = false;
    return interner;
  }

  /** Fills the look-up tables of an interner that came from a transfer, once somebody looks something up. */
  #index(): void {
    this.#indexed = true;
    for (let id = 0; id < this.#items.length; id++) {
      const item = this.#items[id];
      if (typeof item === 'number') this.#setNumber(item, id);
      else this.#texts.set(textOf(this.#source!, id), id);
    }
  }

  #internNumber(value: number): number {
    const small = smallIndex(value);
    if (small >= 0 && small < this.#small.length) {
      const known = this.#small[small]!;
      if (known !== 0) return known - 1;
    } else {
      const known = this.#numbers.get(value);
      if (known !== undefined) return known;
    }
    const id = this.#items.length;
    this.#items.push(value === 0 ? 0 : value);
    this.#setNumber(value, id);
    return id;
  }

  #setNumber(value: number, id: number): void {
    const small = smallIndex(value);
    if (small < 0) {
      this.#numbers.set(value, id);
      return;
    }
    if (small >= this.#small.length) {
      const wider = new Int32Array(Math.min(SMALL_LIMIT, Math.max(small + 1, this.#small.length * 2)));
      wider.set(this.#small);
      this.#small = wider;
    }
    this.#small[small] = id + 1;
  }

  #internCanonical(canonical: string, item: Json): number {
    const known = this.#texts.get(canonical);
    if (known !== undefined) return known;
    const id = this.#items.length;
    this.#texts.set(canonical, id);
    this.#items.push(item);
    return id;
  }
}

/** The value itself when it is a small non-negative integer, else -1. */
function smallIndex(value: number): number {
  return value >= 0 && value < SMALL_LIMIT && Number.isInteger(value) ? value : -1;
}

function textOf(source: ValuesTransfer, id: number): string {
  const chunk = source.chunks[id >>> CHUNK_SHIFT]!;
  const last = id + 1 === source.size || (id + 1) >>> CHUNK_SHIFT !== id >>> CHUNK_SHIFT;
  return chunk.slice(source.starts[id]!, last ? chunk.length : source.starts[id + 1]!);
}

/** An interner for strings. */
export function stringInterner(): StringInterner {
  return new StringInterner();
}

/** An interner for JSON values by deep equality; object keys in any order. */
export function jsonInterner(): JsonInterner {
  return new JsonInterner();
}

/** JSON text with object keys sorted, so that equal values have equal texts. O(n log n) in the fields of an object. */
export function canonicalJson(value: Json): string {
  // Numbers as JSON writes them, without asking it: they are most of what histories hold.
  if (typeof value === 'number' && Number.isFinite(value)) return `${value}`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const short = Array.isArray(value) ? shortNumbers(value) : shortFields(value);
  if (short !== null) return short;
  if (isSorted(value)) return JSON.stringify(value);
  if (Array.isArray(value)) {
    let text = '';
    for (const item of value) text += `${text === '' ? '[' : ','}${canonicalJson(item)}`;
    return `${text}]`;
  }
  let text = '';
  for (const key of Object.keys(value).sort()) {
    text += `${text === '' ? '{' : ','}${quoted(key)}:${canonicalJson(value[key]!)}`;
  }
  return `${text}}`;
}

/** Longer lists are quicker through JSON. */
const SHORT = 4;

/** The text of a few numbers, such as both values of a compare-and-set; null for everything else. */
function shortNumbers(items: readonly Json[]): string | null {
  if (items.length === 0 || items.length > SHORT) return null;
  let text = '[';
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    if (typeof item !== 'number' || !Number.isFinite(item)) return null;
    text += i === 0 ? `${item}` : `,${item}`;
  }
  return `${text}]`;
}

/** The text of an object of a few plain fields in order, such as an error; null for everything else. */
function shortFields(value: { readonly [name: string]: Json }): string | null {
  let text = '';
  let before = '';
  let count = 0;
  for (const key in value) {
    const field = value[key];
    if (key < before || count++ === SHORT || (typeof field !== 'string' && typeof field !== 'boolean'))
      return null;
    const name = quoted(key);
    const said = typeof field === 'string' ? JSON.stringify(field) : field ? 'true' : 'false';
    text += text === '' ? `{${name}:${said}` : `,${name}:${said}`;
    before = key;
  }
  return text === '' ? null : `${text}}`;
}

/** True when all objects in it have their keys in order: the plain text is the canonical one. */
function isSorted(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) {
    for (const item of value) if (!isSorted(item)) return false;
    return true;
  }
  let before = '';
  for (const key in value) {
    if (key < before || !isSorted(value[key]!)) return false;
    before = key;
  }
  return true;
}

/** Names of fields as JSON; the same few again and again. */
const QUOTED = new Map<string, string>();
const MAX_QUOTED = 1_000;

function quoted(key: string): string {
  let text = QUOTED.get(key);
  if (text === undefined) {
    text = JSON.stringify(key);
    if (QUOTED.size < MAX_QUOTED) QUOTED.set(key, text);
  }
  return text;
}
