/**
 * The section about clocks: a lane for each node whose clock was read, and nothing where none was.
 */
import { expect, it } from 'vitest';
import { clockSection } from '../../../../reports/html/sections/clocks.ts';
import type { ReportModel } from '../../../../reports/model.ts';

const of = (clocks: ReportModel['clocks']): string => clockSection({ clocks } as ReportModel).text;

it('draws each node to its own scale', () => {
  const text = of([
    {
      node: 'n1',
      points: [
        [0, 0],
        [1e9, -90e9],
      ],
    },
    {
      node: 'n2',
      points: [
        [0, 0],
        [1e9, 250e3],
      ],
    },
    {
      node: 'n3',
      points: [
        [0, 0],
        [1e9, 0],
      ],
    },
  ]);
  expect(text.match(/<polyline/g)).toHaveLength(3);
  expect(text).toContain('± 90 s');
  expect(text).toContain('± 250 us');
  expect(text).toContain('right');
});

it('is not there without readings', () => {
  expect(of([])).toBe('');
});
