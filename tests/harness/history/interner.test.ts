import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, JsonInterner, StringInterner } from '../../../harness/history/interner.ts';
import type { Json } from '../../../harness/op.ts';
import { json } from './arbitraries.ts';

describe('StringInterner', () => {
  it('numbers strings in order of appearance', () => {
    const names = new StringInterner(['a']);
    expect([names.intern('b'), names.intern('a'), names.intern('b')]).toEqual([1, 0, 1]);
    expect(names.find('c')).toBe(-1);
    expect(names.get(1)).toBe('b');
    expect(() => names.get(2)).toThrow(RangeError);
  });
});

describe('JsonInterner', () => {
  it('has equal ids exactly for deeply equal values, by every way in', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(json, fc.nat(6_000_000), fc.double({ noNaN: true }))), (drawn) => {
        const values = drawn.map((value) => JSON.parse(JSON.stringify(value)) as Json);
        const interner = new JsonInterner();
        const byText = new Map<string, number>();
        for (const value of values) {
          const id = interner.intern(value);
          const text = canonicalJson(value);
          expect(byText.get(text) ?? id).toBe(id);
          byText.set(text, id);
          expect(interner.internText(` ${JSON.stringify(value)} `)).toBe(id);
          expect(interner.find(value)).toBe(id);
          expect(interner.get(id)).toEqual(value === 0 ? 0 : value);
        }
        expect(interner.size).toBe(byText.size);
      }),
    );
  });

  it('does not mind the order of object keys', () => {
    const interner = new JsonInterner();
    expect(interner.intern({ a: 1, b: [2] })).toBe(interner.internText('{"b":[2],"a":1}'));
  });

  it('parses plain texts only when asked, to the same id', () => {
    const interner = new JsonInterner();
    const id = interner.internPlain('[["r",1,null]]');
    expect(interner.intern([['r', 1, null]])).toBe(id);
    expect(interner.get(id)).toEqual([['r', 1, null]]);
    expect(interner.get(id)).toBe(interner.get(id));
  });

  it('keeps what JSON cannot say as null', () => {
    const interner = new JsonInterner();
    expect(interner.intern(Number.NaN)).toBe(interner.intern(null));
    expect(interner.find(Number.POSITIVE_INFINITY)).toBe(interner.find(null));
  });
});

describe('canonicalJson', () => {
  /** By the book: every object with its keys sorted, then as text. */
  function sorted(value: Json): Json {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(sorted);
    const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(fields.map(([name, field]) => [name, sorted(field)]));
  }

  it('is the JSON of the value with sorted keys', () => {
    const named = fc.dictionary(fc.constantFrom('b', 'a', 'name', 'B', 'é', '"'), json);
    fc.assert(
      fc.property(fc.oneof(json, named, fc.array(named)), (drawn) => {
        const value = JSON.parse(JSON.stringify(drawn)) as Json;
        expect(JSON.parse(canonicalJson(value))).toEqual(value);
        // Keys that look like numbers come first in every object, whatever they are sorted by.
        const text = JSON.stringify(value);
        if (!/"\d+":/.test(text)) expect(canonicalJson(value)).toBe(JSON.stringify(sorted(value)));
      }),
    );
  });
});
