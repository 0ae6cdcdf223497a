import fc from 'fast-check';
import { expect, test } from 'vitest';
import { counter } from '../../checkers/counter.ts';
import type { History } from '../../harness/history/history.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { type Dice, dice, fewDice, kindsOf, type Script, script, simulate, tampered } from './script.ts';

const judge = (s: Script) => counter(s.history());

test('a read below what was acknowledged before it fails; at it passes', () => {
  const bad = judge(script().run('add', 3).run('add', 4).run('read', null, 'ok', 6));
  expect(bad.anomalies[0]).toMatchObject({ kind: 'counter-too-low', ops: [0, 1, 2, 3, 4, 5] });
  expect(bad.anomalies[0]!.sentence).toBe(
    'A counter must hold what was added to it: the read of process 1002 (0.004 s) had to be at least 7, ' +
      'but it returned 6.',
  );
  expect(judge(script().run('add', 3).run('add', 4).run('read', null, 'ok', 7)).verdict).toBe('pass');
});

test('the argument adds up: what is sure, what is open, what remains', () => {
  const s = script().run('add', 3).run('add', 4).run('add', -2, 'info').run('read', null, 'ok', 4);
  expect(judge(s).anomalies[0]!.steps.map(({ text }) => text)).toEqual([
    '2 changes up, acknowledged before the read, add up to 7.',
    'One change down that had begun before the read ended can lower it by 2.',
    'A read returned 4: by these alone at least 5 was possible, by all that was acknowledged before it at least 5.',
  ]);
});

test('keys are named as keys', () => {
  const s = script().run('add', 3, 'ok', 3, { key: 2 }).run('read', null, 'ok', 1, { key: 2 });
  expect(judge(s).anomalies[0]!.sentence).toMatch(/^A counter of key 2 must hold/);
});

test('a read above all that may have been added fails, unknown outcomes included', () => {
  const s = (value: number) =>
    judge(
      script()
        .run('add', 3, 'info')
        .run('add', 9, 'fail')
        .run('increment', null)
        .run('read', null, 'ok', value),
    );
  expect(s(1).verdict).toBe('pass');
  expect(s(4).verdict).toBe('pass');
  expect(kindsOf(s(5))).toEqual(['counter-too-high']);
  expect(kindsOf(s(2))).toEqual(['impossible-sum']);
});

test('an unknown decrement lowers the lower bound for ever, a failed one does not', () => {
  const s = (type: 'info' | 'fail') =>
    judge(
      script().run('add', 5).run('decrement', 2, type).run('read', null, 'ok', 5).run('read', null, 'ok', 3),
    );
  expect(s('info').verdict).toBe('pass');
  expect(kindsOf(s('fail'))).toEqual(['counter-too-low']);
});

test('a counter that is only counted up does not go back', () => {
  const s = (second: number) =>
    judge(script().run('add', 5, 'info').run('read', null, 'ok', 5).run('read', null, 'ok', second));
  expect(kindsOf(s(0))).toEqual(['counter-went-back']);
  expect(s(5).verdict).toBe('pass');
});

test('keys are counters of their own; reads before the final ones may lag when only those count', () => {
  const s = script()
    .run('add', 1, 'ok', 1, { key: 'a' })
    .run('read', null, 'ok', 0, { key: 'b', phase: 'load' })
    .run('read', null, 'ok', 0, { key: 'a', phase: 'load' })
    .run('read', null, 'ok', 1, { key: 'a', phase: 'final' });
  expect(judge(s).anomalies).toMatchObject([{ kind: 'counter-too-low', key: 'a' }]);
  expect(counter(s.history(), { reads: 'final' }).verdict).toBe('pass');
  expect(judge(script().run('add', 1)).verdict).toBe('vacuous');
  expect(judge(script().run('add', 0.1).run('add', 0.2).run('read', null, 'ok', 0.3)).verdict).toBe('pass');
});

function random(d: Dice): Script {
  let value = 0;
  const amounts = d.pick([[1], [-1, -2], [1, 2, 5], [3, -2], [2, -2, 4]]);
  return simulate(d, (roll) => {
    if (roll.chance(40)) return { f: 'read', value: null, effect: () => value };
    const delta = roll.pick(amounts);
    return { f: 'add', value: delta, effect: () => (value += delta) };
  });
}

/** The bounds of every read by comparing it with every change. */
function outOfBounds(h: History): number {
  let wrong = 0;
  for (let r = 0; r < h.length; r++) {
    if (h.type(r) !== 'invoke' || h.f(r) !== 'read' || h.outcome(r) !== 'ok') continue;
    let least = 0;
    let most = 0;
    for (let a = 0; a < h.pair(r); a++) {
      if (h.type(a) !== 'invoke' || h.f(a) !== 'add' || h.outcome(a) === 'fail') continue;
      const delta = h.value(a) as number;
      const sure = h.outcome(a) === 'ok' && h.pair(a) < r;
      least += sure ? delta : Math.min(0, delta);
      most += sure ? delta : Math.max(0, delta);
    }
    const value = h.value(h.pair(r)) as number;
    if (value < least || value > most) wrong++;
  }
  return wrong;
}

test('no history of a real counter fails', () => {
  fc.assert(
    fc.property(dice(), (d) => {
      expect(judge(random(d)).anomalies).toEqual([]);
    }),
    { numRuns: fuzzRuns(1000) },
  );
});

test('it finds what the definition of the bounds finds, and its witness fails by itself', () => {
  let failures = 0;
  fc.assert(
    fc.property(dice(), fewDice(), fc.integer({ min: -4, max: 4 }), (d, after, shift) => {
      const h = tampered(random(d), after, 'read', (v) => (v as number) + shift).history();
      const result = counter(h);
      const kinds = (result.stats['anomalies'] ?? {}) as Record<string, number>;
      expect((kinds['counter-too-low'] ?? 0) + (kinds['counter-too-high'] ?? 0)).toBe(outOfBounds(h));
      for (const anomaly of result.anomalies) {
        failures++;
        expect(kindsOf(counter(h.pick(Int32Array.from(anomaly.ops))))).toContain(anomaly.kind);
      }
    }),
    { numRuns: fuzzRuns(1000) },
  );
  expect(failures).toBeGreaterThan(50);
});

test('without phases, final reads are those invoked after all changes', () => {
  const early = script().run('add', 2).run('read', null, 'ok', 0).run('add', 3);
  expect(counter(early.history(), { reads: 'final' }).verdict).toBe('vacuous');
  expect(counter(early.run('read', null, 'ok', 5).history(), { reads: 'final' }).verdict).toBe('pass');
  expect(counter(early.history(), {}).verdict).toBe('fail');
  expect(counter(early.run('read', null, 'ok', 4).history(), { reads: 'final' }).verdict).toBe('fail');
});
