/**
 * The section about clocks: a lane for each node whose clock was read, and nothing where none was.
 */
import { expect, it } from 'vitest';
import { clockSection } from '../../../../reports/html/sections/clocks.ts';
import type { ReportModel } from '../../../../reports/model.ts';
import { registerModel } from '../../fixtures.ts';

const of = (clocks: ReportModel['clocks']): string =>
  clockSection({ clocks, faults: [], durationNs: 2e9 } as unknown as ReportModel).text;

it('draws each node to its own scale', () => {
  const text = of([
    {
      node: 'n1',
      points: [
        [0, 0, null],
        [1e9, -90e9, null],
      ],
    },
    {
      node: 'n2',
      points: [
        [0, 0, null],
        [1e9, 250e3, null],
      ],
    },
    {
      node: 'n3',
      points: [
        [0, 0, null],
        [1e9, 0, null],
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

it('puts what a fault meant beside what was measured', () => {
  const base = registerModel().faults[0]!;
  const faults = [
    {
      ...base,
      id: 'clock-1',
      fault: 'clock',
      nodes: ['n1', 'n2'],
      fromNs: 1e9,
      toNs: 2e9,
      params: { skews: { n1: { offsetNs: 60e9 } } },
    },
  ];
  const clocks: ReportModel['clocks'] = [
    {
      node: 'n1',
      points: [
        [0.5e9, 0, 0],
        [1.5e9, 59.998e9, 4e6],
        [2.5e9, 0, null],
      ],
    },
    {
      node: 'n2',
      points: [
        [0.5e9, 0, null],
        [2.5e9, 0, null],
      ],
    },
    {
      node: 'n3',
      points: [
        [0.5e9, 0, null],
        [2.5e9, -2e6, null],
      ],
    },
  ];
  const { text } = clockSection({ ...registerModel(), clocks, faults });
  const words = text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
  expect(text.match(/class="meant"/g)).toHaveLength(1);
  expect(words).toMatch(/n1 clock-1 00:01\.000 to 00:02\.000 \+60 s \+60 s ± 4 ms 1/);
  // A band only where the error of a reading was recorded.
  expect(text.match(/class="error-band"/g)).toHaveLength(1);
  expect(words).toMatch(/n2 clock-1 00:01\.000 to 00:02\.000 not read 0/);
  expect(words).toMatch(/n3 none the whole run -2 ms 2/);
});
