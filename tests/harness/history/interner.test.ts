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
