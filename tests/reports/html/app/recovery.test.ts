import { expect, it } from 'vitest';
import { type RecoveryData, recoveries } from '../../../../reports/html/app/recovery.ts';
import type { OverviewFault } from '../../../../reports/html/overview.ts';

const fault = (id: string, from: number | null, to: number | null): OverviewFault =>
  ({ id, from, to }) as OverviewFault;

/** Rows as start, duration, outcome. */
function data(faults: OverviewFault[], ...rows: [number, number, number][]): RecoveryData {
  const column = (at: 0 | 1 | 2): number[] => rows.map((row) => row[at]);
  const columns = { start: column(0), duration: column(1), kind: column(2) };
  return {
    loaded: rows.length,
    columns: columns as unknown as RecoveryData['columns'],
    overview: { end: 1000, faults },
    firstAt: (time) => {
      const at = rows.findIndex(([start]) => start >= time);
      return at < 0 ? rows.length : at;
    },
  };
}

it('finds the first acknowledgement of what began after the end, not of what began first', () => {
  const rows: [number, number, number][] = [
    [90, 15, 0],
    [100, 80, 0],
    [110, 5, 1],
    [120, 20, 0],
    [130, 40, 0],
    [400, 1, 0],
  ];
  expect(recoveries(data([fault('a', 10, 100), fault('b', 10, 300)], ...rows))).toEqual([
    { fault: 'a', from: 100, to: 140 },
    { fault: 'b', from: 300, to: 401 },
  ]);
});

it('says nothing of faults that never came, lasted to the end, or after which nothing was acknowledged', () => {
  const faults = [fault('never', null, null), fault('lasts', 10, 1000), fault('dead', 10, 500)];
  expect(recoveries(data(faults, [20, 5, 0], [600, 5, 2], [700, 0, 3]))).toEqual([]);
});
