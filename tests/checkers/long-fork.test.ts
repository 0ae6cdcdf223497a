import fc from 'fast-check';
import { expect, test } from 'vitest';
import { longFork } from '../../checkers/long-fork.ts';
import type { History } from '../../harness/history/history.ts';
import type { Json, OpType } from '../../harness/op.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { type Dice, dice, fewDice, kindsOf, type Script, script, simulate, tampered } from './script.ts';

const write = (s: Script, key: string, type: OpType = 'ok') => s.run('write', [['w', key, 1]], type);
const read = (s: Script, x: Json, y: Json) =>
  s.run(
    'read',
    [
      ['r', 'x', null],
      ['r', 'y', null],
    ],
    'ok',
    [
      ['r', 'x', x],
      ['r', 'y', y],
    ],
  );
const both = () => write(write(script(), 'x'), 'y', 'info');

test('two reads that saw two writes in opposite orders fail', () => {
  const bad = longFork(read(read(both(), 1, null), null, 1).history());
  expect(bad.anomalies).toMatchObject([{ kind: 'long-fork', ops: [0, 1, 2, 3, 4, 5, 6, 7] }]);
  expect(bad.anomalies[0]!.sentence).toBe(
    'All must see writes in one order, but process 1002 (0.004 s) saw the write of "x" without that of "y", ' +
      'and process 1003 (0.006 s) saw the write of "y" without that of "x".',
  );
  expect(longFork(read(read(both(), 1, null), 1, 1).history()).verdict).toBe('pass');
});

test('values nobody wrote, or whose write failed, are wrong by themselves', () => {
  expect(kindsOf(longFork(read(both(), 2, null).history()))).toEqual(['phantom-read']);
  expect(kindsOf(longFork(read(write(script(), 'x', 'fail'), 1, null).history()))).toEqual(['aborted-read']);
});

test('keys written twice are not judged, one read alone is vacuous', () => {
  const twice = longFork(read(read(write(both(), 'x'), 1, null), null, 1).history());
  expect(twice).toMatchObject({ verdict: 'unknown', stats: { ambiguousGroups: 1 } });
  expect(longFork(read(both(), 1, 1).history()).verdict).toBe('vacuous');
});

function random(d: Dice): Script {
  const state = new Map<number, number>();
  let unwritten = 0;
  return simulate(d, (roll) => {
    if (unwritten < 4 && roll.chance(40)) {
      const key = unwritten++;
      const value: Json = [['w', key, 1]];
      const effect = (): Json => {
        state.set(key, 1);
        return value;
      };
      return { f: 'txn', value, effect };
    }
    const answer = (): Json => [0, 1, 2, 3].map((key): Json => ['r', key, state.get(key) ?? null]);
    return { f: 'txn', value: [0, 1, 2, 3].map((key): Json => ['r', key, null]), effect: answer };
  });
}

/** Are there two reads neither of which saw all the other did? */
function forked(h: History): boolean {
  const masks: number[] = [];
  for (let i = 0; i < h.length; i++) {
    const ops = h.value(i) as [string, number, Json][];
    if (h.type(i) !== 'ok' || ops[0]![0] !== 'r') continue;
    masks.push(ops.reduce((mask, [, key, value]) => (value === null ? mask : mask | (1 << key)), 0));
  }
  return masks.some((a) => masks.some((b) => (a & ~b) !== 0 && (b & ~a) !== 0));
}

test('it finds what a comparison of all pairs of reads finds, and nothing in a real store', () => {
  let found = 0;
  fc.assert(
    fc.property(dice(60, 150), fewDice(), fc.nat(3), (d, after, key) => {
      const s = random(d);
      expect(longFork(s.history()).anomalies).toEqual([]);
      const flip = (v: Json): Json => {
        const ops = v as [string, number, Json][];
        if (ops[0]![0] !== 'r') return v;
        return ops.map(([f, k, old]): Json => [f, k, k === key ? null : old]);
      };
      const h = tampered(s, after, 'txn', flip).history();
      const result = longFork(h);
      expect(kindsOf(result).includes('long-fork')).toBe(forked(h));
      for (const anomaly of result.anomalies) {
        found++;
        expect(kindsOf(longFork(h.pick(Int32Array.from(anomaly.ops))))).toEqual([anomaly.kind]);
      }
    }),
    { numRuns: fuzzRuns(1000) },
  );
  expect(found).toBeGreaterThan(20);
});
