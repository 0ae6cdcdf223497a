import fc from 'fast-check';
import { expect, test } from 'vitest';
import { causalReverse } from '../../checkers/causal-reverse.ts';
import type { History } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { type Dice, dice, fewDice, kindsOf, type Script, script, simulate, tampered } from './script.ts';

const judge = (s: Script) => causalReverse(s.history());
const read = (s: Script, list: Json[]) => s.run('read', null, 'ok', list);

test('a read that saw a write and not one over before it fails', () => {
  const bad = judge(read(script().run('write', 1).run('write', 2), [2]));
  expect(bad.anomalies).toMatchObject([{ kind: 'causal-reverse', ops: [0, 1, 2, 3, 4, 5] }]);
  expect(bad.anomalies[0]!.sentence).toBe(
    'Whoever sees a write must see what was over before it began, but process 1002 (0.004 s) saw 2 and not ' +
      '1, which was there before 2 was written.',
  );
  expect(judge(read(script().run('write', 1).run('write', 2), [2, 1])).verdict).toBe('pass');
  expect(judge(read(script().run('write', 1).run('write', 2), [1])).verdict).toBe('vacuous');
});

test('concurrent and unknown writes may be seen in any order, until a read showed them', () => {
  const s = script();
  const one = s.invoke('write', 1);
  s.run('write', 2);
  s.end(one);
  expect(judge(read(s, [2])).anomalies).toEqual([]);
  expect(judge(read(script().run('write', 1, 'info').run('write', 2), [2])).anomalies).toEqual([]);
  const shown = read(read(script().run('write', 1, 'info'), [1]).run('write', 2), [2]);
  expect(judge(shown).anomalies).toMatchObject([{ kind: 'causal-reverse', ops: [0, 1, 2, 3, 4, 5, 6, 7] }]);
});

test('values nobody wrote, or whose write failed, are wrong by themselves', () => {
  expect(kindsOf(judge(read(script().run('write', 1), [9])))).toEqual(['phantom-read']);
  expect(kindsOf(judge(read(script().run('write', 1, 'fail'), [1])))).toEqual(['aborted-read']);
});

function random(d: Dice): Script {
  const state: number[] = [];
  let next = 0;
  return simulate(d, (roll) => {
    if (roll.chance(50)) return { f: 'read', value: null, effect: () => [...state] };
    const value = next++;
    return { f: 'write', value, effect: () => state.push(value) };
  });
}

/** Reads that miss a write over before one they saw, by trying all triples. */
function reversed(h: History): number {
  const calls = [...h.indexesWhere((i) => h.type(i) === 'invoke')];
  const reads = calls.filter((c) => h.f(c) === 'read' && h.outcome(c) === 'ok');
  const sees = (r: number, w: number): boolean => (h.value(h.pair(r)) as Json[]).includes(h.value(w));
  const writes = calls.filter((c) => h.f(c) === 'write' && h.outcome(c) !== 'fail');
  const over = (w: number, by: number): boolean =>
    (h.outcome(w) === 'ok' && h.pair(w) < by) || reads.some((r) => h.pair(r) < by && sees(r, w));
  return reads.filter((r) => writes.some((a) => writes.some((b) => sees(r, b) && !sees(r, a) && over(a, b))))
    .length;
}

test('it finds what trying all triples finds, and nothing in a real set', () => {
  let found = 0;
  fc.assert(
    fc.property(dice(60, 150), fewDice(), (d, after) => {
      const s = random(d);
      expect(judge(s).anomalies).toEqual([]);
      const h = tampered(s, after, 'read', (v) => {
        const list = v as Json[];
        return list.filter((_, n) => n !== list.length - 1 - after.roll(4));
      }).history();
      const result = causalReverse(h);
      expect(result.anomalyCount ?? 0).toBe(reversed(h));
      for (const anomaly of result.anomalies) {
        found++;
        expect(kindsOf(causalReverse(h.pick(Int32Array.from(anomaly.ops))))).toContain(anomaly.kind);
      }
    }),
    { numRuns: fuzzRuns(1000) },
  );
  expect(found).toBeGreaterThan(20);
});
