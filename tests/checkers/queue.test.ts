import fc from 'fast-check';
import { expect, test } from 'vitest';
import { queue } from '../../checkers/queue.ts';
import type { History } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { type Dice, dice, fewDice, kindsOf, type Script, script, simulate, tampered } from './script.ts';

const judge = (s: Script, delivery = 'exactly-once') => queue(s.history(), { delivery });
const take = (s: Script, value: Json) => s.run('dequeue', null, 'ok', value);

test('a message acknowledged and gone when the queue is empty is lost; drained, it is not', () => {
  const bad = judge(take(script().run('enqueue', 1).run('enqueue', 2), 1).run('drain', null, 'ok', []));
  expect(bad.anomalies[0]).toMatchObject({ kind: 'lost-message', ops: [2, 3, 6, 7] });
  expect(bad.anomalies[0]!.sentence).toBe(
    'An acknowledged message must come out, but 2, enqueued by process 1001 (0.002 s), never did, and the ' +
      'queue was empty for process 1003 (0.006 s).',
  );
  const good = take(script().run('enqueue', 1).run('enqueue', 2), 1).run('drain', null, 'ok', [2]);
  expect(judge(good).verdict).toBe('pass');
  expect(judge(good, 'at-most-once').verdict).toBe('pass');
});

test('a message nobody waited for is unsettled, and one dequeue of unknown outcome hides one message', () => {
  const base = () => take(script().run('enqueue', 1).run('enqueue', 2).run('enqueue', 3), 1);
  expect(judge(base())).toMatchObject({ verdict: 'unknown', stats: { waiting: 2 } });
  const empty = { error: { definite: true, kind: 'empty' } };
  const hidden = base().run('dequeue', null, 'info').run('dequeue', null, 'fail', null, empty);
  expect(judge(hidden)).toMatchObject({ verdict: 'fail', anomalyCount: 1, stats: { waiting: 0 } });
  const twice = base().run('dequeue', null, 'info').run('dequeue', null, 'info').run('dequeue', null);
  expect(judge(twice)).toMatchObject({ verdict: 'pass', stats: { waiting: 0 } });
  expect(judge(twice.run('enqueue', 4))).toMatchObject({ verdict: 'unknown', stats: { waiting: 1 } });
  const drained = base().run('drain', null, 'info').run('dequeue', null);
  expect(judge(drained).verdict).toBe('unknown');
  const early = script().run('enqueue', 1, 'ok', 1).run('dequeue', null, 'ok', null, { phase: 'load' });
  expect(judge(take(early.run('enqueue', 2), 2)).verdict).toBe('unknown');
});

test('duplicates, phantoms and aborted messages fail; unknown enqueues may come out', () => {
  expect(kindsOf(judge(take(take(script().run('enqueue', 1), 1), 1)))).toEqual(['duplicate-message']);
  expect(judge(take(take(script().run('enqueue', 1), 1), 1), 'at-least-once').verdict).toBe('pass');
  expect(judge(take(take(script().run('enqueue', 1).run('enqueue', 1), 1), 1)).verdict).toBe('pass');
  expect(kindsOf(judge(take(script().run('enqueue', 1), 7), 'at-least-once'))).toEqual(['phantom-message']);
  expect(kindsOf(judge(take(script(), 1).run('enqueue', 1)))).toEqual(['phantom-message']);
  expect(kindsOf(judge(take(script().run('enqueue', 1, 'fail'), 1)))).toEqual(['aborted-message']);
  const recovered = take(take(script().run('enqueue', 1, 'info').run('enqueue', 2), 1), 2);
  expect(judge(recovered)).toMatchObject({ verdict: 'pass', stats: { recovered: 1 } });
  expect(judge(script().run('enqueue', 1, 'info')).verdict).toBe('vacuous');
});

function random(d: Dice): Script {
  const inside: Json[] = [];
  const put = (value: Json): Json => {
    inside.push(value);
    return value;
  };
  const s = simulate(d, (roll) => {
    if (roll.chance(5)) return { f: 'drain', value: null, effect: () => inside.splice(0) };
    if (roll.chance(50)) {
      const value = roll.roll(6);
      return { f: 'enqueue', value, effect: () => put(value) };
    }
    return {
      f: 'dequeue',
      value: null,
      effect: () => inside.splice(roll.roll(Math.min(2, inside.length) || 1), 1)[0] ?? null,
    };
  });
  return s;
}

/** Could each missing message have been taken by an unknown dequeue? Every choice of takers is tried. */
function mustBeLost(h: History): boolean {
  const calls = [...h.indexesWhere((i) => h.type(i) === 'invoke')];
  const ok = (f: string) => calls.filter((c) => h.f(c) === f && h.outcome(c) === 'ok');
  const out = [...ok('dequeue'), ...ok('drain')].flatMap((c) => h.value(h.pair(c)) as Json);
  const unknown = calls.filter((c) => h.f(c) !== 'enqueue' && h.outcome(c) === 'info');
  const empties = [...ok('drain'), ...ok('dequeue').filter((c) => h.value(h.pair(c)) === null)];
  return empties.some((e) => {
    if (unknown.some((c) => h.f(c) === 'drain' && c < h.pair(e))) return false;
    const takers = unknown.filter((c) => c < h.pair(e)).length;
    const counts = new Map<Json, number>();
    for (const c of ok('enqueue')) {
      if (h.pair(c) < e) counts.set(h.value(c), (counts.get(h.value(c)) ?? 0) + 1);
    }
    for (const value of out) if (counts.has(value)) counts.set(value, counts.get(value)! - 1);
    return [...counts.values()].reduce((sum, n) => sum + Math.max(0, n), 0) > takers;
  });
}

test('no history of a real queue fails', () => {
  fc.assert(
    fc.property(dice(), (d) => {
      expect(judge(random(d)).anomalies).toEqual([]);
    }),
    { numRuns: fuzzRuns(1000) },
  );
});

test('it finds what the definitions find', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(dice(), fewDice(), fc.nat(7), (d, after, value) => {
      const change = (v: Json) => (value === 7 ? null : value + (v === value ? 1 : 0));
      const h = tampered(random(d), after, 'dequeue', change).history();
      const result = queue(h);
      const kinds = kindsOf(result);
      for (const kind of kinds) seen.set(kind, (seen.get(kind) ?? 0) + 1);
      expect(kinds.includes('lost-message')).toBe(mustBeLost(h));
      for (const anomaly of result.anomalies) {
        expect(kindsOf(queue(h.pick(Int32Array.from(anomaly.ops))))).toContain(anomaly.kind);
      }
    }),
    { numRuns: fuzzRuns(3000) },
  );
  for (const kind of ['lost-message', 'duplicate-message', 'phantom-message']) {
    expect(seen.get(kind) ?? 0, kind).toBeGreaterThan(10);
  }
});
