import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Op } from '../../../harness/op.ts';
import { Tally } from '../../../harness/run/tally.ts';

const pair = (process: number, latencyNs: number, type: 'ok' | 'fail' | 'info' = 'ok'): Op[] => [
  { index: 0, time: 0, process, type: 'invoke', f: 'read', value: null },
  {
    index: 0,
    time: latencyNs,
    process,
    type,
    f: 'read',
    value: null,
    ...(type === 'ok' ? {} : { error: { definite: type === 'fail', kind: 'timeout' } }),
  },
];

describe('Tally', () => {
  it('counts by outcome and error kind, and leaves the harness out', () => {
    const tally = new Tally();
    for (const op of [...pair(0, 5), ...pair(1, 5, 'fail'), ...pair(2, 5, 'info')]) tally.record(op);
    tally.record({
      index: 0,
      time: 0,
      process: 'nemesis:kill',
      type: 'invoke',
      f: 'inject-kill',
      value: null,
    });
    expect(tally.counts()).toEqual({ invoked: 3, ok: 1, fail: 1, info: 1 });
    expect(tally.sample(9)[0].errors).toEqual({ timeout: 2 });
  });

  it('gives quantiles within 7 % of the exact ones', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1e10 }), { minLength: 1, maxLength: 200 }),
        (latencies) => {
          const tally = new Tally();
          for (const ns of latencies) for (const op of pair(0, ns)) tally.record(op);
          const sorted = [...latencies].sort((a, b) => a - b);
          for (const q of [0.5, 0.99, 1]) {
            const exact = sorted[Math.ceil(sorted.length * q) - 1]!;
            const estimate = tally.quantileNs(q);
            expect(estimate).toBeGreaterThanOrEqual(exact * 0.999);
            expect(estimate).toBeLessThanOrEqual(exact * 1.07);
          }
        },
      ),
    );
  });
});
