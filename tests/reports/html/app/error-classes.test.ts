import { describe, expect, it } from 'vitest';
import { type ErrorData, errorClasses, kindOf } from '../../../../reports/html/app/error-classes.ts';

/** Rows as pairs of an outcome and the number of an error, 0 for none. */
function rows(errors: string[], ...pairs: [outcome: number, error: number][]): ErrorData {
  const columns = {
    kind: pairs.map(([outcome]) => 8 + outcome),
    error: pairs.map(([, error]) => error),
  } as unknown as ErrorData['columns'];
  return { columns, errors, loaded: pairs.length };
}

describe('classes of errors', () => {
  it('are kinds without their messages, the commonest first', () => {
    const errors = ['timeout: 5 s', 'refused', 'timeout: 7 s'];
    const data = rows(errors, [0, 0], [2, 1], [1, 2], [2, 3], [1, 2], [2, 3], [3, 0], [1, 0]);
    const { names, totals, refused, of } = errorClasses(data);
    expect(names).toEqual(['timeout', 'refused', 'no reason given', 'never answered']);
    expect(totals).toEqual([3, 2, 1, 1]);
    expect(refused).toEqual([0, 2, 1, 0]);
    expect(Array.from({ length: 8 }, (_, row) => of(row))).toEqual([-1, 0, 1, 0, 1, 0, 3, 2]);
  });

  it('are seven at most, of which the last is all others', () => {
    const errors = Array.from({ length: 12 }, (_, i) => `kind-${i}`);
    // Of kind i there are 12 - i.
    const pairs = errors.flatMap((_, i) =>
      Array.from({ length: 12 - i }, (): [number, number] => [1, i + 1]),
    );
    const { names, totals, of } = errorClasses(rows(errors, ...pairs));
    expect(names).toEqual([...errors.slice(0, 6), 'others']);
    expect(totals.reduce((sum, n) => sum + n, 0)).toBe(pairs.length);
    expect(of(pairs.length - 1)).toBe(6);
  });

  it('are none where everything took effect', () => {
    expect(errorClasses(rows([], [0, 0])).names).toEqual([]);
    expect([kindOf('http: 500: no'), kindOf('a:b')]).toEqual(['http', 'a:b']);
  });
});
