import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sequential } from '../../checkers/sequential.ts';
import type { History } from '../../harness/history/history.ts';
import type { Json, OpType } from '../../harness/op.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { type Dice, dice, fewDice, kindsOf, type Script, script, simulate, tampered } from './script.ts';

const judge = (s: Script) => sequential(s.history());
const write = (s: Script, value: number, process = 0, type: OpType = 'ok') =>
  s.run('write', value, type, value, { process });
const read = (s: Script, list: Json[]) => s.run('read', null, 'ok', list);

test('a read that saw the later write of a process and not the earlier fails', () => {
  const bad = judge(read(write(write(script(), 1), 2), [2, null]));
  expect(bad.anomalies).toMatchObject([{ kind: 'out-of-order-visibility', ops: [0, 1, 2, 3, 4, 5] }]);
  expect(bad.anomalies[0]!.sentence).toBe(
    'Writes of one process must be seen in their order, but process 1000 (0.004 s) saw 2 and not 1, which ' +
      'process 0 had written before it.',
  );
  expect(judge(read(write(write(script(), 1), 2), [2, 1])).verdict).toBe('pass');
  expect(judge(read(write(write(script(), 1), 2), [1])).verdict).toBe('vacuous');
});

test('writes of other processes, and failed ones, are not required; unknown ones require what was before', () => {
  expect(judge(read(write(write(script(), 1, 0), 2, 1), [2])).anomalies).toEqual([]);
  expect(judge(read(write(write(script(), 1, 0, 'fail'), 2), [2])).anomalies).toEqual([]);
  expect(judge(read(write(write(script(), 1), 2, 0, 'info'), [2])).verdict).toBe('fail');
});

test('values nobody wrote fail, values written twice are not followed', () => {
  expect(kindsOf(judge(read(write(script(), 1), [9])))).toEqual(['phantom-read']);
  expect(kindsOf(judge(read(write(script(), 1, 0, 'fail'), [1])))).toEqual(['phantom-read']);
  expect(judge(read(write(write(write(script(), 1), 2), 2, 1), [2])).anomalies).toEqual([]);
});

function random(d: Dice): Script {
  const state: number[] = [];
  let next = 0;
  return simulate(d, (roll) => {
    if (roll.chance(50)) return { f: 'read', value: null, effect: () => [...state].reverse() };
    const value = next++;
    return { f: 'write', value, effect: () => state.push(value) };
  });
}

/** Pairs (read, process) for which some earlier write is missing, by trying all pairs of writes. */
function outOfOrder(h: History): number {
  const calls = [...h.indexesWhere((i) => h.type(i) === 'invoke')];
  const writes = calls.filter((c) => h.f(c) === 'write');
  const reads = calls.filter((c) => h.f(c) === 'read' && h.outcome(c) === 'ok');
  const sees = (r: number, w: number): boolean => (h.value(h.pair(r)) as Json[]).includes(h.value(w));
  return reads.reduce((count, r) => {
    const processes = new Set<unknown>();
    for (const a of writes) {
      if (h.outcome(a) !== 'ok' || sees(r, a)) continue;
      if (writes.some((b) => a < b && h.process(a) === h.process(b) && sees(r, b)))
        processes.add(h.process(a));
    }
    return count + processes.size;
  }, 0);
}

test('it finds what trying all pairs finds, and nothing in a real set', () => {
  let found = 0;
  fc.assert(
    fc.property(dice(60, 150), fewDice(), (d, after) => {
      const s = random(d);
      expect(judge(s).anomalies).toEqual([]);
      const gap = after.roll(6);
      const h = tampered(s, after, 'read', (v) => (v as Json[]).filter((_, n) => n !== gap)).history();
      const result = sequential(h);
      expect(result.anomalyCount ?? 0).toBe(outOfOrder(h));
      for (const anomaly of result.anomalies) {
        found++;
        expect(kindsOf(sequential(h.pick(Int32Array.from(anomaly.ops))))).toContain(anomaly.kind);
      }
    }),
    { numRuns: fuzzRuns(1000) },
  );
  expect(found).toBeGreaterThan(20);
});
