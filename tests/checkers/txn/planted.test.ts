/** For every anomaly that is claimed: a history that must be caught, and the nearest legal one that must pass. */
import { describe, expect, test } from 'vitest';
import { listAppend } from '../../../checkers/txn/list-append.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import type { Json, Op } from '../../../harness/op.ts';
import { type Case, plannedHistory as txns } from './planned.ts';

const a = (k: Json, v: Json): Json => ['append', k, v];
const r = (k: Json, list: Json): Json => ['r', k, list];

const CASES: (Case & { weakest: string })[] = [
  {
    kind: 'G0',
    model: 'read-uncommitted',
    weakest: 'read-uncommitted',
    bad: [
      ['ok', [a(1, 1), a(2, 1)]],
      ['ok', [a(1, 2), a(2, 2)]],
      ['ok', [r(1, [1, 2])]],
      ['ok', [r(2, [2, 1])]],
    ],
    good: [
      ['ok', [a(1, 1), a(2, 1)]],
      ['ok', [a(1, 2), a(2, 2)]],
      ['ok', [r(1, [1, 2])]],
      ['ok', [r(2, [1, 2])]],
    ],
  },
  {
    kind: 'G1a',
    model: 'read-committed',
    weakest: 'read-committed',
    bad: [
      ['fail', [a(1, 1)]],
      ['ok', [r(1, [1])]],
    ],
    good: [
      ['info', [a(1, 1)]],
      ['ok', [r(1, [1])]],
    ],
  },
  {
    kind: 'G1b',
    model: 'read-committed',
    weakest: 'read-committed',
    bad: [
      ['ok', [a(1, 1), a(1, 2)]],
      ['ok', [r(1, [1])]],
    ],
    good: [
      ['ok', [a(1, 1), a(1, 2)]],
      ['ok', [r(1, [1, 2])]],
    ],
  },
  {
    kind: 'G1c',
    model: 'read-committed',
    weakest: 'read-committed',
    bad: [
      ['ok', [a(1, 1), r(2, [1])]],
      ['ok', [a(2, 1), r(1, [1])]],
    ],
    good: [
      ['ok', [a(1, 1), r(2, [])]],
      ['ok', [a(2, 1), r(1, [1])]],
    ],
  },
  {
    kind: 'fractured-read',
    model: 'read-atomic',
    weakest: 'read-atomic',
    bad: [
      ['ok', [a(1, 1), a(2, 1)]],
      ['ok', [r(2, []), r(1, [1])]],
    ],
    good: [
      ['ok', [a(1, 1), a(2, 1)]],
      ['ok', [r(2, []), r(1, [])]],
    ],
  },
  {
    kind: 'non-monotonic-read',
    model: 'monotonic-atomic-view',
    weakest: 'monotonic-atomic-view',
    bad: [
      ['ok', [a(1, 1), a(2, 1)]],
      ['ok', [r(1, [1]), r(2, [])]],
    ],
    good: [
      ['ok', [a(1, 1), a(2, 1)]],
      ['ok', [r(1, [1]), r(2, [1])]],
    ],
  },
  {
    kind: 'G-monotonic',
    model: 'monotonic-view',
    weakest: 'monotonic-view',
    bad: [
      ['ok', [a(2, 1)]],
      ['ok', [r(2, [1]), a(1, 1)]],
      ['ok', [r(1, [1]), r(2, [])]],
    ],
    good: [
      ['ok', [a(2, 1)]],
      ['ok', [r(2, [1]), a(1, 1)]],
      ['ok', [r(1, [1]), r(2, [1])]],
    ],
  },
  {
    kind: 'G-cursor',
    model: 'cursor-stability',
    weakest: 'cursor-stability',
    bad: [
      ['ok', [r(1, []), a(1, 2)]],
      ['ok', [a(1, 1)]],
      ['ok', [r(1, [1, 2])]],
    ],
    good: [
      ['ok', [r(1, []), a(1, 2)]],
      ['ok', [a(1, 1)]],
      ['ok', [r(1, [2, 1])]],
    ],
  },
  {
    kind: 'G2-item',
    model: 'update-serializable',
    weakest: 'update-serializable',
    bad: [
      ['ok', [r(1, []), a(2, 1)]],
      ['ok', [r(2, []), a(1, 1)]],
    ],
    good: [
      ['ok', [r(1, []), a(2, 1)]],
      ['ok', [r(2, [1]), a(1, 1)]],
    ],
  },
  {
    kind: 'lost-update',
    model: 'snapshot-isolation',
    weakest: 'cursor-stability',
    bad: [
      ['ok', [r(1, []), a(1, 1)]],
      ['ok', [r(1, []), a(1, 2)]],
    ],
    good: [
      ['ok', [r(1, []), a(1, 1)]],
      ['ok', [r(1, [1]), a(1, 2)]],
    ],
  },
  {
    kind: 'G-single',
    model: 'consistent-view',
    weakest: 'consistent-view',
    bad: [
      ['ok', [a(2, 1)]],
      ['ok', [r(2, [1]), a(1, 1)]],
      ['ok', [r(2, []), r(1, [1])]],
    ],
    good: [
      ['ok', [a(2, 1)]],
      ['ok', [r(2, [1]), a(1, 1)]],
      ['ok', [r(2, []), r(1, [])]],
    ],
  },
  {
    kind: 'G-nonadjacent',
    model: 'snapshot-isolation',
    weakest: 'prefix-consistency',
    bad: [
      ['ok', [a(1, 1)]],
      ['ok', [a(2, 1)]],
      ['ok', [r(1, [1]), r(2, [])]],
      ['ok', [r(1, []), r(2, [1])]],
    ],
    good: [
      ['ok', [a(1, 1)]],
      ['ok', [a(2, 1)]],
      ['ok', [r(1, [1]), r(2, [])]],
      ['ok', [r(1, []), r(2, [])]],
    ],
  },
  {
    kind: 'G2-item',
    model: 'serializable',
    weakest: 'repeatable-read',
    bad: [
      ['ok', [r(1, []), a(2, 1)]],
      ['ok', [r(2, []), a(1, 1)]],
    ],
    good: [
      ['ok', [r(1, []), a(2, 1)]],
      ['ok', [r(2, [1]), a(1, 1)]],
    ],
  },
  {
    kind: 'G-single-realtime',
    model: 'strict-serializable',
    weakest: 'strong-monotonic-view',
    sequential: true,
    bad: [
      ['ok', [a(1, 1)]],
      ['ok', [r(1, [])]],
      ['ok', [r(1, [1])]],
    ],
    good: [
      ['ok', [a(1, 1)]],
      ['ok', [r(1, [1])]],
      ['ok', [r(1, [1])]],
    ],
  },
  {
    kind: 'internal',
    model: 'serializable',
    weakest: 'read-atomic',
    bad: [['ok', [a(1, 1), r(1, [])]]],
    good: [['ok', [a(1, 1), r(1, [1])]]],
  },
  {
    kind: 'future-read',
    model: 'read-committed',
    weakest: 'read-committed',
    bad: [['ok', [r(1, [1]), a(1, 1)]]],
    good: [['ok', [r(1, []), a(1, 1)]]],
  },
  {
    kind: 'dirty-update',
    model: 'read-committed',
    weakest: 'read-committed',
    bad: [
      ['fail', [a(1, 1)]],
      ['ok', [a(1, 2)]],
      ['ok', [r(1, [1, 2])]],
    ],
    good: [
      ['fail', [a(1, 1)]],
      ['ok', [a(1, 2)]],
      ['ok', [r(1, [2])]],
    ],
  },
  {
    kind: 'duplicate-elements',
    model: 'read-uncommitted',
    weakest: 'read-uncommitted',
    bad: [
      ['ok', [a(1, 1)]],
      ['ok', [r(1, [1, 1])]],
    ],
    good: [
      ['ok', [a(1, 1)]],
      ['ok', [r(1, [1])]],
    ],
  },
  {
    kind: 'incompatible-order',
    model: 'read-committed',
    weakest: 'read-committed',
    bad: [
      ['ok', [a(1, 1)]],
      ['ok', [a(1, 2)]],
      ['ok', [r(1, [1, 2])]],
      ['ok', [r(1, [2])]],
    ],
    good: [
      ['ok', [a(1, 1)]],
      ['ok', [a(1, 2)]],
      ['ok', [r(1, [1, 2])]],
      ['ok', [r(1, [1])]],
    ],
  },
  {
    kind: 'garbage-read',
    model: 'read-uncommitted',
    weakest: 'read-uncommitted',
    bad: [
      ['ok', [a(1, 1)]],
      ['ok', [r(1, [1, 7])]],
    ],
    good: [
      ['ok', [a(1, 1)]],
      ['ok', [r(1, [1])]],
    ],
  },
];

describe('list-append', () => {
  for (const { kind, model, weakest, bad, good, sequential } of CASES) {
    test(`${kind} against ${model} is caught, and its nearest legal history passes`, () => {
      const history = txns(bad, sequential !== true);
      const result = listAppend(history, { consistencyModel: model });
      expect(result.verdict).toBe('fail');
      const anomaly = result.anomalies.find((x) => x.kind === kind)!;
      expect(anomaly, JSON.stringify(result.stats)).toBeDefined();
      expect(anomaly.sentence).toMatch(new RegExp(`promised (to be )?${model}, but T`));
      expect(anomaly.steps.length).toBeGreaterThan(0);
      expect(anomaly.ops.length).toBeGreaterThan(1);
      expect(result.stats['weakestRefuted']).toContain(weakest);
      expect(listAppend(txns(good, sequential !== true)).verdict).toBe('pass');
      // Inputs of any shape other than small integers take another road to the same place.
      const named = JSON.parse(
        JSON.stringify(bad).replaceAll('"append",1', '"append","x"').replaceAll('"r",1', '"r","x"'),
      );
      expect(listAppend(txns(named, sequential !== true), { consistencyModel: model }).verdict).toBe('fail');
    });
  }

  test('two orders are shown where they differ, however long the lists are', () => {
    const list = Array.from({ length: 30 }, (_, i) => i + 1);
    const other = [...list.slice(0, 9), 11, 10];
    const history = txns(
      [...list.map((v) => ['ok', [a(1, v)]]), ['ok', [r(1, list)]], ['ok', [r(1, other)]]] as Case['bad'],
      true,
    );
    const found = listAppend(history, { consistencyModel: 'snapshot-isolation' });
    const odd = found.anomalies.find(({ kind }) => kind === 'incompatible-order')!;
    expect(odd.sentence).toMatch(
      /^Transactions were promised snapshot-isolation, but .* differ from element 10 on: 11 and 10 /,
    );
    expect(odd.steps[0]!.text).toContain('[... (5 more), 6, 7, 8, 9, 10, 11, 12, 13, ... (17 more)]');
    expect(odd.steps[1]!.text).toContain('[... (3 more), 4, 5, 6, 7, 8, 9, 11, 10]');
  });

  test('long fork is allowed by parallel snapshot isolation, and lost updates by prefix consistency', () => {
    const fork = txns(CASES.find((c) => c.kind === 'G-nonadjacent')!.bad, true);
    expect(listAppend(fork, { consistencyModel: 'parallel-si' }).verdict).toBe('pass');
    const result = listAppend(fork, { consistencyModel: 'prefix' });
    expect(result.verdict).toBe('fail');
    expect(result.anomalies[0]!.kind).toBe('G-nonadjacent');
    expect(result.anomalies[0]!.sentence).toContain('long fork');
    const lost = txns(
      [
        ['ok', [r(1, []), a(1, 1)]],
        ['ok', [r(1, []), a(1, 2)]],
        ['ok', [r(1, [1, 2])]],
      ],
      true,
    );
    expect(listAppend(lost, { consistencyModel: 'prefix' }).verdict).toBe('pass');
    expect(listAppend(lost, { consistencyModel: 'parallel-si' }).verdict).toBe('fail');
  });

  test('write skew has two transactions, is named, and remains possible under snapshot isolation', () => {
    const skew = txns(CASES.find((c) => c.kind === 'G2-item')!.bad, true);
    const result = listAppend(skew);
    expect(result.anomalies[0]!.sentence).toContain('write skew');
    expect(result.anomalies[0]!.steps.map((step) => step.text)).toEqual([
      'T0 read key 1 as [] and did not see 1, which T1 appended.',
      'T1 read key 2 as [] and did not see 1, which T0 appended.',
      'So T0 before T1 before T0: no order of these transactions explains what they saw.',
      'Of all models the weakest that fall are update-serializable and repeatable-read; the strongest that remains possible: strong-snapshot-isolation.',
    ]);
    expect(result.stats['strongestPossible']).toEqual(['strong-snapshot-isolation']);
    expect(listAppend(skew, { consistencyModel: 'strong-snapshot-isolation' }).verdict).toBe('pass');
  });

  test('causal consistency: a process must not forget what it read, however far back', () => {
    const forgets = (last: Json) =>
      historyOf(
        (
          [
            [0, [a(1, 1)]],
            [1, [r(1, [1]), a(1, 2)]],
            [2, [r(1, [1, 2]), a(2, 1)]],
            [3, [r(2, [1])]],
            [3, [r(1, last)]],
          ] as [number, Json[]][]
        ).flatMap(([process, value], i): Op[] => [
          { index: 2 * i, time: 2e6 * i, process, type: 'invoke', f: 'txn', value },
          { index: 2 * i + 1, time: 2e6 * i + 1e6, process, type: 'ok', f: 'txn', value },
        ]),
      );
    const result = listAppend(forgets([]), { consistencyModel: 'causal' });
    expect(result.verdict).toBe('fail');
    expect(result.anomalies.map((x) => x.kind)).toEqual(['causal-violation']);
    expect(result.anomalies[0]!.sentence).toContain(
      'T4 did not see 2 in key 1, which T1 in its past appended',
    );
    expect(listAppend(forgets([1, 2]), { consistencyModel: 'causal' }).verdict).toBe('pass');
    expect(listAppend(forgets([]), { consistencyModel: 'serializable' }).verdict).toBe('pass');
    // Long forks and write skew break nothing causal.
    const fork = txns(CASES.find((c) => c.kind === 'G-nonadjacent')!.bad, true);
    expect(listAppend(fork, { consistencyModel: 'causal' }).verdict).toBe('pass');
  });

  test('what cannot be judged is said', () => {
    expect(
      listAppend(
        txns(
          [
            ['ok', [a(1, 1)]],
            ['ok', [a(1, 1)]],
          ],
          true,
        ),
      ),
    ).toMatchObject({ verdict: 'broken' });
    expect(listAppend(txns([['ok', [['w', 1, 1]]]], true)).note).toContain(
      'operation 0: "w" is not a function',
    );
    expect(listAppend(txns([['info', [a(1, 1)]]], true)).verdict).toBe('vacuous');
    const spent = { spend: () => false, reason: 'time limit of 1 s' };
    expect(listAppend(txns([['ok', [a(1, 1)]]], true), {}, spent)).toMatchObject({ verdict: 'unknown' });
    expect(() => listAppend(txns([], true), { consistencyModel: 'perfect' })).toThrow('consistencyModel');
  });
});
