import fc from 'fast-check';
import { expect, test } from 'vitest';
import { monotonic } from '../../checkers/monotonic.ts';
import type { History } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { type Dice, dice, fewDice, kindsOf, type Script, script, simulate, tampered } from './script.ts';

const read = (value: Json, process: number, node = 'n1', s = script()) =>
  s.run('read', null, 'ok', value, { process, node });

test('a process that reads less than before fails; another process may lag', () => {
  const bad = monotonic(read(2, 0, 'n2', read(3, 0)).history());
  expect(bad.anomalies[0]).toMatchObject({ kind: 'value-went-back', ops: [0, 1, 2, 3] });
  expect(bad.anomalies[0]!.sentence).toBe(
    'The value must not go back within one process, but it was read as 3 by process 0 at n1 (0.000 s) and ' +
      'then as 2 by process 0 at n2 (0.002 s).',
  );
  expect(monotonic(read(3, 0, 'n2', read(3, 0)).history()).verdict).toBe('pass');
  const other = read(4, 0, 'n1', read(2, 1, 'n1', read(3, 0))).history();
  expect(monotonic(other).verdict).toBe('pass');
  expect(monotonic(other, { scope: 'node' }).verdict).toBe('fail');
  expect(monotonic(read(2, 1, 'n2', read(3, 0)).history(), { scope: 'node' }).verdict).toBe('vacuous');
  expect(monotonic(read(2, 1, 'n2', read(3, 0)).history(), { scope: 'global' }).verdict).toBe('fail');
});

test('concurrent reads may differ, a field can hold the number, what is no number says nothing', () => {
  const s = script();
  const a = s.invoke('read', null);
  const b = s.invoke('read', null);
  s.end(a, 'ok', 5);
  s.end(b, 'ok', 4);
  expect(monotonic(s.history(), { scope: 'global' }).anomalies).toEqual([]);
  const fields = read({ v: 1 }, 0, 'n1', read({ v: 2 }, 0));
  expect(monotonic(fields.history(), { field: 'v' }).verdict).toBe('fail');
  expect(monotonic(fields.history()).verdict).toBe('vacuous');
});

function random(d: Dice): Script {
  const values = [0, 0];
  return simulate(d, (roll) => {
    const key = roll.roll(2);
    const node = `n${roll.roll(2)}`;
    if (roll.chance(40)) return { f: 'add', value: 1, key, effect: () => ++values[key]! };
    return { f: 'read', value: null, key, node, effect: () => values[key]! };
  });
}

/** Any earlier read in the scope with a greater value, by comparing all pairs. */
function wentBack(h: History, scope: string): number {
  const reads = [...h.indexesWhere((i) => h.type(i) === 'ok' && h.f(i) === 'read')];
  const same = (a: number, b: number): boolean =>
    scope === 'global' || (scope === 'node' ? h.node(a) === h.node(b) : h.process(a) === h.process(b));
  return reads.filter((b) =>
    reads.some(
      (a) =>
        a < h.pair(b) &&
        h.key(a) === h.key(b) &&
        same(a, b) &&
        (h.value(a) as number) > (h.value(b) as number),
    ),
  ).length;
}

test('it finds what a comparison of all pairs finds, and nothing in a real object', () => {
  let found = 0;
  fc.assert(
    fc.property(dice(), fewDice(), fc.constantFrom('process', 'node', 'global'), (d, after, scope) => {
      const s = random(d);
      expect(monotonic(s.history(), { scope }).anomalies).toEqual([]);
      const h = tampered(s, after, 'read', (v) => (v as number) + after.roll(7) - 3).history();
      const result = monotonic(h, { scope });
      expect(result.anomalyCount ?? 0).toBe(wentBack(h, scope));
      for (const anomaly of result.anomalies) {
        found++;
        const alone = monotonic(h.pick(Int32Array.from(anomaly.ops)), { scope });
        expect(kindsOf(alone)).toEqual([anomaly.kind]);
      }
    }),
    { numRuns: fuzzRuns(1000) },
  );
  expect(found).toBeGreaterThan(20);
});
