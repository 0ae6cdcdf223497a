import { describe, expect, it } from 'vitest';
import { bytes, count, counted, duration, json, moment, operation, percent } from '../../reports/format.ts';

describe('figures', () => {
  it.each([
    [0, '0 s'],
    [840, '840 ns'],
    [2_100_000, '2.1 ms'],
    [48_000_000, '48 ms'],
    [999_600_000, '1 s'],
    [1_020_000_000, '1.02 s'],
    [125e9, '2m 05s'],
    [3_720e9, '1h 02m'],
    [-2_100_000, '-2.1 ms'],
  ])('duration %d is %s', (ns, text) => expect(duration(ns)).toBe(text));

  it.each([
    [0, '00:00.000'],
    [37_114_499_999, '00:37.114'],
    [59_999_700_000, '01:00.000'],
    [3_723_500e6, '1:02:03.500'],
  ])('moment %d is %s', (ns, text) => expect(moment(ns)).toBe(text));

  it('groups thousands, counts nouns, names sizes', () => {
    expect(count(1_003_211)).toBe('1 003 211');
    expect(count(-1234)).toBe('-1 234');
    expect(counted(1, 'anomaly', 'anomalies')).toBe('1 anomaly');
    expect(counted(2, 'anomaly', 'anomalies')).toBe('2 anomalies');
    expect(bytes(8_670_000)).toBe('8.7 MB');
    expect(bytes(999)).toBe('999 B');
  });

  it('never rounds a share to all or nothing', () => {
    expect(percent(1, 3)).toBe('33.3%');
    expect(percent(99_999, 100_000)).toBe('>99.9%');
    expect(percent(1, 100_000)).toBe('<0.1%');
    expect(percent(0, 5)).toBe('0%');
    expect(percent(5, 5)).toBe('100%');
  });
});

describe('values and operations', () => {
  it('writes JSON briefly and cuts it', () => {
    expect(json([1, 'a', null, { b: true }])).toBe('[1 "a" nil {b: true}]');
    expect(json('x'.repeat(100), 10)).toHaveLength(10);
    expect(json(new Array(1e6).fill(7), 20)).toHaveLength(20);
  });

  it('words operations', () => {
    expect(operation({ f: 'read', value: null, result: 3, outcome: 'ok' })).toBe('read 3');
    expect(operation({ f: 'read', value: null, result: null, outcome: 'ok' })).toBe('read nil');
    expect(operation({ f: 'read', value: null, outcome: 'info' })).toBe('read ?');
    expect(operation({ f: 'cas', value: [1, 2], outcome: 'fail' })).toBe('cas 1 to 2');
    const asked = [
      ['r', 'x', null],
      ['append', 'y', 3],
    ];
    expect(operation({ f: 'txn', value: asked, outcome: 'info' })).toBe('txn r x ?, append y 3');
    expect(
      operation({ f: 'txn', value: asked, result: [['r', 'x', [1, 2]], asked[1]!], outcome: 'ok' }),
    ).toBe('txn r x [1 2], append y 3');
    expect(operation({ f: 'txn', value: asked, outcome: 'info' }, 10)).toBe('txn r x ?, ap…');
    // Lists that are too long keep their ends, where two readings of one differ.
    const list = Array.from({ length: 40 }, (_, i) => 1_000 + i);
    const long = { f: 'txn', value: asked, result: [['r', 'x', list], asked[1]!], outcome: 'ok' as const };
    expect(operation(long, 40)).toBe('txn r x [… 1036 1037 1038 1039], append y 3');
    expect(operation(long, 400)).toContain('[1000 1001 ');
    // Of one with many parts, those that matter are shown.
    const parts = [1, 2, 3, 4].map((key) => ['r', key, list]);
    const many = { f: 'txn', value: parts, result: parts, outcome: 'ok' as const };
    expect(operation(many, 40, new Set(['3']))).toBe('txn …, r 3 [… 1036 1037 1038 1039], …');
    expect(operation(many, 40, new Set(['7']))).toMatch(/^txn r 1 .*…$/);
    expect(operation({ f: 'leader', value: null, result: { leading: true, term: 4 }, outcome: 'ok' })).toBe(
      'leads, term 4',
    );
    expect(operation({ f: 'leader', value: null, result: { leading: false }, outcome: 'ok' })).toBe(
      'knows no leader',
    );
  });
});
