/** A circle of more transactions than a call may have arguments is found, worded and cited whole. */
import { expect, test } from 'vitest';
import { UNLIMITED } from '../../../checkers/contract.ts';
import { CHECKERS } from '../../../checkers/registry.ts';
import { rounds } from '../../kits/big-histories.ts';

test('one circle of 150,000 transactions overflows nothing', () => {
  const n = 150_000;
  const history = rounds(
    n,
    (i) => {
      const before = (i + n - 1) % n;
      const mops = [
        ['r', before, before],
        ['w', i, i],
      ];
      return {
        f: 'txn',
        input: mops.map(([f, k, v]) => [f!, k!, f === 'r' ? null : v!]),
        effect: () => mops,
      };
    },
    { processes: n },
  );
  const { verdict, anomalies } = CHECKERS['read-committed'].check(history, {}, UNLIMITED);
  expect(verdict).toBe('fail');
  expect(anomalies[0]!.ops.length).toBeGreaterThanOrEqual(n);
});
