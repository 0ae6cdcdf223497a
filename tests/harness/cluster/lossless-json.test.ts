/** JSON that folds no numbers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExact, parseLossless, stringifyLossless } from '../../../harness/cluster/lossless-json.ts';

describe('lossless JSON', () => {
  it('keeps integers beyond 2^53 apart and writes them back as numbers', () => {
    const text = '{"a":[9007199254740993,-9223372036854775808,12],"b":"9007199254740993","c":1e400}';
    expect(parseLossless(text)).toEqual({
      a: [{ $int: '9007199254740993' }, { $int: '-9223372036854775808' }, 12],
      b: '9007199254740993',
      c: { $float: '1e400' },
    });
    expect(stringifyLossless(parseLossless(text))).toBe(text);
  });

  it('leaves long fractions and safe integers plain', () => {
    expect(parseLossless('[0.12345678901234567890, 9007199254740991]')).toEqual([
      0.12345678901234568, 9007199254740991,
    ]);
  });

  it('tells 1 from 1.0 where it is asked to', () => {
    const text = '{"a":[1,1.0,1e2,-0.50,9007199254740993],"b":"1.0"}';
    expect(parseExact(text)).toEqual({
      a: [1, { $float: '1.0' }, { $float: '100.0' }, -0.5, { $int: '9007199254740993' }],
      b: '1.0',
    });
    expect(stringifyLossless(parseExact(text))).toBe('{"a":[1,1.0,100.0,-0.5,9007199254740993],"b":"1.0"}');
    expect(() => parseExact('[1.0')).toThrow(SyntaxError);
  });

  it('agrees with JSON on everything else', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        const plain = JSON.parse(text);
        if (/[eE]\+?\d{3}|\d{16}/.test(text)) return;
        expect(parseLossless(text)).toEqual(plain);
        expect(stringifyLossless(plain)).toBe(text);
      }),
    );
  });

  it('keeps any integer, in any place, between strings of digits', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), fc.string(), (n, s) => {
        const text = `{"s":${JSON.stringify(`${s}"${n}`)},"n":[${n}]}`;
        expect(stringifyLossless(parseLossless(text))).toBe(text);
      }),
    );
  });

  it('throws on what is not JSON', () => {
    expect(() => parseLossless('{"a":12345678901234567')).toThrow(SyntaxError);
  });
});
