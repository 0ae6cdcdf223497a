import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  COLUMN_NAMES,
  type ColumnName,
  decodeCode,
  decodeRows,
  encodeNumber,
  encodeRows,
  encodeText,
} from '../../../reports/html/codec.ts';

const empty = (rows: number): Record<ColumnName, number[]> =>
  Object.fromEntries(COLUMN_NAMES.map((name) => [name, new Array<number>(rows).fill(0)])) as never;

describe('rows', () => {
  const value = fc.oneof(
    fc.nat(300),
    fc.nat(),
    fc.maxSafeNat().map((n) => Math.floor(n / 2)),
  );
  const row = fc.record(
    Object.fromEntries(COLUMN_NAMES.map((name) => [name, value])) as Record<ColumnName, typeof value>,
  );

  it('come back as they went in, chunk by chunk', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), fc.nat(60), (rows, split) => {
        const columns = empty(rows.length);
        rows.forEach((one, i) => {
          for (const name of COLUMN_NAMES) columns[name][i] = one[name];
        });
        columns.index.sort((a, b) => a - b);
        columns.start.sort((a, b) => a - b);
        const cut = Math.min(split, rows.length);
        const decoded = empty(rows.length);
        decodeRows(encodeRows(columns, 0, cut), cut, decoded, 0);
        decodeRows(encodeRows(columns, cut, rows.length), rows.length - cut, decoded, cut);
        expect(decoded).toEqual(columns);
      }),
    );
  });

  it('of a block that was cut short are refused', () => {
    const columns = empty(10);
    const bytes = encodeRows(columns, 0, 10);
    expect(() => decodeRows(bytes.subarray(0, bytes.length - 3), 10, empty(10), 0)).toThrow(RangeError);
  });
});

describe('codes', () => {
  it('tell numbers, texts and nothing apart', () => {
    expect(decodeCode(0)).toBeNull();
    fc.assert(
      fc.property(fc.nat(2 ** 29 - 1), (n) => {
        expect(decodeCode(encodeNumber(n)!)).toEqual({ number: n });
        expect(decodeCode(encodeText(n))).toEqual({ text: n });
        expect(encodeNumber(n)!).toBeLessThan(2 ** 31);
      }),
    );
  });

  it('leave what is not a small natural number to texts', () => {
    for (const value of [-1, -0, 0.5, 2 ** 29, Number.NaN, '7', null, true])
      expect(encodeNumber(value)).toBeNull();
  });
});
