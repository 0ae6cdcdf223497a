import { describe, expect, it } from 'vitest';
import { historyOf } from '../../../harness/history/builder.ts';
import type { Op } from '../../../harness/op.ts';
import { decodeCode } from '../../../reports/html/codec.ts';
import { rowOf, rowsOf } from '../../../reports/html/rows.ts';
import { bulkOps } from '../fixtures.ts';

const line = (over: Partial<Op>): Op => ({
  index: 0,
  time: 0,
  process: 0,
  type: 'invoke',
  f: 'read',
  value: null,
  ...over,
});

describe('rowsOf', () => {
  it('joins both halves of an operation', () => {
    const rows = rowsOf(
      historyOf([
        line({ time: 1_500_000, key: 'k', node: 'n1' }),
        line({ time: 1_600_000, process: 1, f: 'write', value: 7, key: 3 }),
        line({ time: 4_000_000, process: 1, f: 'write', value: 7, key: 3, type: 'ok' }),
        line({
          time: 5_000_000,
          key: 'k',
          node: 'n1',
          type: 'info',
          error: { definite: false, kind: 'timeout' },
        }),
        line({ time: 6_000_000, process: 2 }),
        line({ time: 7_000_000, process: 'observer:n1', f: 'leader' }),
      ]),
      new Set(),
    );
    expect(rows.count).toBe(3);
    const at = (row: number) =>
      Object.fromEntries(Object.entries(rows.columns).map(([name, column]) => [name, column[row]]));
    expect(at(0)).toMatchObject({
      index: 0,
      completion: 3,
      start: 1500,
      duration: 3500,
      kind: 2,
      error: 1,
      node: 1,
    });
    expect(at(1)).toMatchObject({ index: 1, completion: 1, kind: 4, result: 0, value: 15, key: 7 });
    expect(at(2)).toMatchObject({ index: 4, completion: 0, kind: 3, duration: 0 });
    expect(rows.errors).toEqual(['timeout']);
    expect(rows.functions).toEqual(['read', 'write']);
    expect(decodeCode(rows.columns.key[0]!)).toEqual({ text: 0 });
    expect(rows.texts).toEqual([['"k"']]);
  });

  it('above its limit keeps an even sample and every operation that is needed', () => {
    const history = historyOf(bulkOps(1000));
    const needed = new Set<number>();
    for (let i = 0; i < history.length; i++)
      if (history.type(i) === 'invoke' && needed.size < 7) needed.add(i);
    const rows = rowsOf(history, needed, 100);
    expect(rows.total).toBe(1000);
    expect(rows.count).toBeGreaterThanOrEqual(100);
    expect(rows.count).toBeLessThanOrEqual(107);
    for (const index of needed) expect(rowOf(rows, index)).toBeGreaterThanOrEqual(0);
  });
});
