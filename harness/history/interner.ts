/**
 * Dense integer ids for repeated values, so that columns hold numbers and equality is an integer compare.
 */
import type { Json } from '../op.ts';

/** Maps values to ids 0, 1, 2... in order of first appearance, and back. */
export class Interner<T> {
  readonly #ids = new Map<unknown, number>();
  readonly #items: T[] = [];
  readonly #keyOf: (item: T) => unknown;

  /** `keyOf` gives a primitive that is equal exactly for equal items. */
  constructor(keyOf: (item: T) => unknown) {
    this.#keyOf = keyOf;
  }

  get size(): number {
    return this.#items.length;
  }

  /** The id of an item, a new one if it was not seen before. */
  intern(item: T): number {
    const key = this.#keyOf(item);
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#items.length;
      this.#ids.set(key, id);
      this.#items.push(item);
    }
    return id;
  }

  /** The id of an item, or -1 if it was never interned. */
  find(item: T): number {
    return this.#ids.get(this.#keyOf(item)) ?? -1;
  }

  /** The item with this id; throws RangeError for an id never given out. */
  get(id: number): T {
    if (!(id >= 0 && id < this.#items.length)) throw new RangeError(`no interned item ${id}`);
    return this.#items[id]!;
  }
}

/** An interner for strings. */
export function stringInterner(): Interner<string> {
  return new Interner<string>((text) => text);
}

/** An interner for JSON values by deep equality; object keys in any order. */
export function jsonInterner(): Interner<Json> {
  return new Interner<Json>(jsonKey);
}

/** Numbers stand for themselves; everything else is its canonical text. */
function jsonKey(value: Json): unknown {
  return typeof value === 'number' ? value : canonicalJson(value);
}

/** JSON text with object keys sorted, so that equal values have equal texts. */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const parts = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key]!)}`);
  return `{${parts.join(',')}}`;
}
