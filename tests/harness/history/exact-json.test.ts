import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExact } from '../../../harness/history/exact-json.ts';
import { json } from './arbitraries.ts';

describe('parseExact', () => {
  it('is JSON.parse where nothing is lost', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(parseExact(JSON.stringify(value))).toEqual(value);
      }),
    );
  });

  it('keeps integers apart that a double would fold together', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), (integer) => {
        const safe = Number.isSafeInteger(Number(integer));
        expect(parseExact(`{"a":[${integer}]}`)).toEqual({ a: [safe ? Number(integer) : String(integer)] });
      }),
    );
  });

  it('leaves digits in strings and fractions alone', () => {
    const text =
      '["12345678901234567890", "a\\"12345678901234567890", 0.12345678901234567, 1234567890123456e3]';
    expect(parseExact(text)).toEqual(JSON.parse(text));
  });

  it('refuses what JSON.parse refuses, at the same place', () => {
    expect(() => parseExact('{12345678901234567890: 1}')).toThrow(/position 1\b/);
    expect(() => parseExact('[12345678901234567890x]')).toThrow(SyntaxError);
  });
});
