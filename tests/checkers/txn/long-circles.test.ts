/** Circles of many transactions: found and shown without work or words that grow with the square of the circle. */
import { expect, test } from 'vitest';
import { UNLIMITED } from '../../../checkers/contract.ts';
import { CHECKERS } from '../../../checkers/registry.ts';
import type { Json } from '../../../harness/contracts.ts';
import type { History } from '../../../harness/history/history.ts';
import { rounds } from '../../kits/big-histories.ts';

/** Transaction i reads what the one before wrote, and the first what the last wrote. */
function circle(n: number, f: string): History {
  return rounds(
    n,
    (i) => {
      const before = (i + n - 1) % n;
      const mops: Json[][] = [
        ['r', before, f === 'w' ? before : [before]],
        [f, i, i],
      ];
      const input = mops.map(([g, k, v]): Json => [g!, k!, g === 'r' ? null : v!]);
      return { f: 'txn', input, effect: () => mops };
    },
    { processes: n },
  );
}

test.each([
  ['list-append', 'append'],
  ['rw-register', 'w'],
] as const)('%s shows a short circle whole, and says that nothing is smaller', (name, f) => {
  const { verdict, anomalies } = CHECKERS[name].check(circle(20, f), {}, UNLIMITED);
  expect(verdict).toBe('fail');
  const cycle = anomalies.find(({ kind }) => kind === 'G1c')!;
  expect(cycle.detail).toMatchObject({ component: 20 });
  expect(cycle.detail).not.toHaveProperty('smallest');
  expect((cycle.detail as { edges: Json[] }).edges).toHaveLength(20);
});

test.each([
  ['list-append', 'append'],
  ['rw-register', 'w'],
] as const)('%s finds a circle of 4,000 and shows its ends', (name, f) => {
  const { verdict, anomalies } = CHECKERS[name].check(circle(4_000, f), {}, UNLIMITED);
  expect(verdict).toBe('fail');
  const cycle = anomalies.find(({ kind }) => kind === 'G1c')!;
  expect(cycle.ops).toHaveLength(8_000);
  expect(cycle.detail).toMatchObject({ component: 4_000, smallest: false, omitted: 3_936 });
  expect(cycle.steps.length).toBeLessThan(100);
  expect(cycle.sentence.length).toBeLessThan(1000);
  expect(JSON.stringify(anomalies).length).toBeLessThan(5e6);
});

test.each(['causal', 'read-atomic', 'read-committed'] as const)('%s judges a circle of 4,000', (name) => {
  const { verdict } = CHECKERS[name].check(circle(4_000, 'w'), {}, UNLIMITED);
  expect(verdict).toBe('fail');
});
