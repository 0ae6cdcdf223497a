import fc from 'fast-check';
import { expect, test } from 'vitest';
import { equivocation } from '../../../checkers/byzantine/equivocation.ts';
import type { History } from '../../../harness/history/history.ts';
import type { Json } from '../../../harness/op.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { kindsOf, type Script, script } from '../script.ts';

const says = (
  s: Script,
  node: string,
  value: Json,
  to?: string,
  instance?: Json,
  type: 'ok' | 'info' = 'ok',
) => {
  const said: { [name: string]: Json } = { value };
  if (to !== undefined) said['to'] = to;
  if (instance !== undefined) said['instance'] = instance;
  return s.run('say', said, type, said, { node });
};

test('a node that tells two nodes different values in one instance is named with both statements', () => {
  const bad = equivocation(says(says(script(), 'n1', 'attack', 'n2', 1), 'n1', 'retreat', 'n3', 1).history());
  expect(bad).toMatchObject({ verdict: 'fail', stats: { suspects: ['n1'] } });
  expect(bad.anomalies).toMatchObject([
    { kind: 'equivocation', ops: [0, 1, 2, 3], key: 1, detail: { node: 'n1' } },
  ]);
  expect(bad.anomalies[0]!.sentence).toBe(
    'A correct node tells all nodes the same, but in instance 1, n1 told n2 "attack" (0.001 s) and n3 "retreat" (0.003 s).',
  );
});

test('another instance, another speaker, the same value, the same recipient or no acknowledgement is no evidence', () => {
  const first = () => says(script(), 'n1', 'a', 'n2', 1);
  expect(equivocation(says(first(), 'n1', 'b', 'n3', 2).history()).verdict).toBe('pass');
  expect(equivocation(says(first(), 'n4', 'b', 'n3', 1).history()).verdict).toBe('pass');
  expect(equivocation(says(first(), 'n1', 'a', 'n3', 1).history()).verdict).toBe('pass');
  expect(equivocation(says(first(), 'n1', 'b', 'n2', 1).history()).verdict).toBe('pass');
  expect(equivocation(says(first(), 'n1', 'b', 'n3', 1, 'info').history()).verdict).toBe('pass');
  expect(equivocation(says(first(), 'n1', 'b', undefined, 1).history()).verdict).toBe('fail');
  const keyed = script();
  for (const key of [1, 2]) keyed.run('say', { value: key }, 'ok', { value: key }, { node: 'n1', key });
  expect(equivocation(keyed.history()).verdict).toBe('pass');
  expect(equivocation(script().run('say', 3).history())).toMatchObject({
    verdict: 'vacuous',
    stats: { unreadable: 1 },
  });
});

test('known liars are counted, and as many unknown ones pass as are tolerated', () => {
  const h = says(says(script(), 'n1', 'a', 'n2'), 'n1', 'b', 'n3').history();
  expect(equivocation(h, { faulty: ['n1'] })).toMatchObject({ verdict: 'pass', stats: { byFaulty: 1 } });
  const one = equivocation(h, { 'max-faulty': 1 });
  expect(one).toMatchObject({ verdict: 'pass', note: 'n1 equivocated, within the 1 faulty nodes tolerated' });
  expect(equivocation(h, { 'max-faulty': 1, faulty: ['n4'] }).verdict).toBe('fail');
});

/** Speakers and instances with two statements that differ in value, told to different nodes: all pairs. */
function equivocated(h: History): number {
  const ok = [...h.indexesWhere((i) => h.type(i) === 'ok')];
  const of = (i: number) => h.value(i) as { to?: string; instance: number; value: number };
  const groups = new Set<string>();
  for (const a of ok) {
    for (const b of ok) {
      const [x, y] = [of(a), of(b)];
      if (h.node(a) !== h.node(b) || x.instance !== y.instance || x.value === y.value) continue;
      if (x.to === undefined || y.to === undefined || x.to !== y.to) groups.add(`${h.node(a)} ${x.instance}`);
    }
  }
  return groups.size;
}

test('it finds what a comparison of all pairs finds', () => {
  const statement = fc.record({
    node: fc.constantFrom('n1', 'n2'),
    value: fc.nat(2),
    to: fc.constantFrom('n1', 'n2', 'n3', 'n3', undefined),
    instance: fc.nat(2),
    type: fc.constantFrom('ok', 'ok', 'ok', 'info'),
  });
  let [found, clean] = [0, 0];
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 14 }), (statements) => {
      const s = script();
      for (const { node, value, to, instance, type } of statements) says(s, node, value, to, instance, type);
      const h = s.history();
      const result = equivocation(h);
      expect(result.anomalyCount ?? 0).toBe(equivocated(h));
      if (result.verdict === 'pass') clean++;
      for (const anomaly of result.anomalies) {
        found++;
        expect(kindsOf(equivocation(h.pick(Int32Array.from(anomaly.ops))))).toEqual(['equivocation']);
      }
    }),
    { numRuns: fuzzRuns(1000) },
  );
  expect(found).toBeGreaterThan(20);
  expect(clean).toBeGreaterThan(20);
});
