import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rwRegister } from '../../../checkers/txn/rw-register.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import type { Json } from '../../../harness/op.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { serializable } from './oracle.ts';
import { type Case, plannedHistory } from './planned.ts';
import { randomHistory } from './random-txns.ts';

const seeds = fc.integer({ min: 0, max: 0x7fff_ffff });
const ALL = { wfrKeys: true, sequentialKeys: true, linearizableKeys: true };

describe('against all serial orders', () => {
  test('it never refuses what some order explains, whatever it may assume, and refuses most of the rest', () => {
    let wrong = 0;
    let caught = 0;
    fc.assert(
      fc.property(seeds, (seed) => {
        const { ops, txns } = randomHistory(seed, 'w');
        if (!txns.some((t) => t.type === 'ok')) return;
        const history = historyOf(ops);
        const strict = serializable(txns, 'w', true);
        const serial = strict || serializable(txns, 'w', false);
        // A strictly serializable history has linearizable keys, a serializable one need not.
        const plain = rwRegister(history, { consistencyModel: 'serializable' });
        const assuming = rwRegister(history, ALL);
        expect([plain.note, assuming.note]).toEqual([undefined, undefined]);
        if (serial) expect(plain.verdict).toBe('pass');
        if (!strict && assuming.verdict === 'fail') expect(rwRegister(history).verdict).toBe('fail');
        if (strict) {
          expect(rwRegister(history).verdict).toBe('pass');
          expect(assuming.verdict).toBe('pass');
          expect(rwRegister(history, { wfrKeys: false }).verdict).toBe('pass');
          expect(rwRegister(history, { sequentialKeys: true }).verdict).toBe('pass');
        } else {
          wrong++;
          if (assuming.verdict === 'fail') {
            caught++;
            expect(assuming.anomalies[0]!.steps.length).toBeGreaterThan(0);
          }
        }
      }),
      { numRuns: fuzzRuns(500) },
    );
    expect(caught / wrong).toBeGreaterThan(0.9);
  });
});

const w = (k: Json, v: Json): Json => ['w', k, v];
const r = (k: Json, v: Json): Json => ['r', k, v];

const CASES: Case[] = [
  {
    kind: 'G1a',
    model: 'read-committed',
    bad: [
      ['fail', [w(1, 1)]],
      ['ok', [r(1, 1)]],
    ],
    good: [
      ['info', [w(1, 1)]],
      ['ok', [r(1, 1)]],
    ],
  },
  {
    kind: 'G1b',
    model: 'read-committed',
    bad: [
      ['ok', [w(1, 1), w(1, 2)]],
      ['ok', [r(1, 1)]],
    ],
    good: [
      ['ok', [w(1, 1), w(1, 2)]],
      ['ok', [r(1, 2)]],
    ],
  },
  {
    kind: 'G1c',
    model: 'read-committed',
    bad: [
      ['ok', [w(1, 1), r(2, 1)]],
      ['ok', [w(2, 1), r(1, 1)]],
    ],
    good: [
      ['ok', [w(1, 1), r(2, null)]],
      ['ok', [w(2, 1), r(1, 1)]],
    ],
  },
  {
    kind: 'G-single',
    model: 'snapshot-isolation',
    bad: [
      ['ok', [w(1, 1), w(2, 1)]],
      ['ok', [r(1, 1), r(2, null)]],
    ],
    good: [
      ['ok', [w(1, 1), w(2, 1)]],
      ['ok', [r(1, null), r(2, null)]],
    ],
  },
  {
    kind: 'lost-update',
    model: 'snapshot-isolation',
    bad: [
      ['ok', [r(1, null), w(1, 1)]],
      ['ok', [r(1, null), w(1, 2)]],
    ],
    good: [
      ['ok', [r(1, null), w(1, 1)]],
      ['ok', [r(1, 1), w(1, 2)]],
    ],
  },
  {
    kind: 'G-nonadjacent',
    model: 'snapshot-isolation',
    bad: [
      ['ok', [w(1, 1)]],
      ['ok', [w(2, 1)]],
      ['ok', [r(1, 1), r(2, null)]],
      ['ok', [r(1, null), r(2, 1)]],
    ],
    good: [
      ['ok', [w(1, 1)]],
      ['ok', [w(2, 1)]],
      ['ok', [r(1, 1), r(2, null)]],
      ['ok', [r(1, null), r(2, null)]],
    ],
  },
  {
    kind: 'G2-item',
    model: 'serializable',
    bad: [
      ['ok', [r(1, null), w(2, 1)]],
      ['ok', [r(2, null), w(1, 1)]],
    ],
    good: [
      ['ok', [r(1, null), w(2, 1)]],
      ['ok', [r(2, 1), w(1, 1)]],
    ],
  },
  {
    kind: 'G-single-realtime',
    model: 'strict-serializable',
    sequential: true,
    bad: [
      ['ok', [w(1, 1)]],
      ['ok', [r(1, null)]],
    ],
    good: [
      ['ok', [w(1, 1)]],
      ['ok', [r(1, 1)]],
    ],
  },
  {
    kind: 'internal',
    model: 'serializable',
    bad: [
      ['ok', [w(1, 1)]],
      ['ok', [w(1, 2), r(1, 1)]],
    ],
    good: [
      ['ok', [w(1, 1)]],
      ['ok', [w(1, 2), r(1, 2)]],
    ],
  },
  {
    kind: 'future-read',
    model: 'read-committed',
    bad: [['ok', [r(1, 1), w(1, 1)]]],
    good: [['ok', [r(1, null), w(1, 1)]]],
  },
  {
    kind: 'garbage-read',
    model: 'read-uncommitted',
    bad: [['ok', [r(1, 7)]]],
    good: [['ok', [r(1, null)]]],
  },
  {
    kind: 'cyclic-versions',
    model: 'read-committed',
    bad: [
      ['ok', [r(1, 2), w(1, 1)]],
      ['ok', [r(1, 1), w(1, 2)]],
    ],
    good: [
      ['ok', [r(1, null), w(1, 1)]],
      ['ok', [r(1, 1), w(1, 2)]],
    ],
  },
];

describe('rw-register', () => {
  for (const { kind, model, bad, good, sequential } of CASES) {
    test(`${kind} is caught, and its nearest legal history passes`, () => {
      const result = rwRegister(plannedHistory(bad, sequential !== true), { consistencyModel: model });
      expect(result.verdict).toBe('fail');
      const anomaly = result.anomalies.find((x) => x.kind === kind)!;
      expect(anomaly, JSON.stringify(result.stats)).toBeDefined();
      expect(anomaly.sentence).toMatch(new RegExp(`promised (to be )?${model}, but `));
      expect(anomaly.steps.length).toBeGreaterThan(0);
      expect(rwRegister(plannedHistory(good, sequential !== true)).verdict).toBe('pass');
    });
  }

  test('blind writes are ordered only by what may be assumed of their key', () => {
    // T0 wrote 1, then T1 wrote 2, then T2 and T3 read 2 and 1: no linearizable register does that.
    const history = plannedHistory(
      [
        ['ok', [w(1, 1)]],
        ['ok', [w(1, 2)]],
        ['ok', [r(1, 2)]],
        ['ok', [r(1, 1)]],
      ],
      false,
    );
    const plain = rwRegister(history, { consistencyModel: 'serializable' });
    expect(plain.verdict).toBe('pass');
    expect(plain.stats).toMatchObject({ unplacedVersions: 1 });
    const assuming = rwRegister(history, { consistencyModel: 'serializable', linearizableKeys: true });
    expect(assuming.verdict).toBe('fail');
    expect(assuming.anomalies[0]!.kind).toBe('cyclic-versions');
    // Strict serializability promises linearizable keys by itself, and only it falls by that.
    const strict = rwRegister(history);
    expect(strict.verdict).toBe('fail');
    expect(strict.stats).toMatchObject({ refuted: ['strict-serializable'] });
    expect(strict.stats['strongestPossible']).toContain('strong-snapshot-isolation');
    expect(rwRegister(history, { linearizableKeys: false }).verdict).toBe('pass');
  });

  test('causal consistency is decided without an order of versions', () => {
    const skew = plannedHistory(
      [
        ['ok', [r(1, null), w(2, 1)]],
        ['ok', [r(2, null), w(1, 1)]],
      ],
      true,
    );
    expect(rwRegister(skew, { consistencyModel: 'causal' }).verdict).toBe('pass');
    expect(rwRegister(skew, { consistencyModel: 'snapshot-isolation' }).verdict).toBe('pass');
    const clean = plannedHistory(
      [
        ['ok', [r(1, null), w(2, 1)]],
        ['ok', [r(2, 1), w(1, 1)]],
      ],
      true,
    );
    expect(rwRegister(clean, { consistencyModel: 'causal' }).verdict).toBe('pass');
  });

  test('write skew is named, and many readers of one version stay few edges', () => {
    const skew = plannedHistory(
      [
        ['ok', [r(1, null), w(2, 1)]],
        ['ok', [r(2, null), w(1, 1)]],
      ],
      true,
    );
    expect(rwRegister(skew).anomalies[0]!.sentence).toContain('write skew');
    const rmw = Array.from({ length: 400 }, (_, i): ['ok', Json[]] => ['ok', [r(1, null), w(1, i)]]);
    const result = rwRegister(plannedHistory(rmw, true));
    expect(result.verdict).toBe('fail');
    expect(result.stats['dependencies']).toBeLessThan(3000);
    expect(result.stats['anomalies']).toMatchObject({ 'lost-update': 399 });
  });
});
