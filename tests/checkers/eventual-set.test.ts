import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventualSet, eventualSetChecker } from '../../checkers/eventual-set.ts';
import type { Json } from '../../harness/op.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { checkerContract } from '../kits/checker.ts';
import { type Dice, dice, kindsOf, type Script, script, simulate } from './script.ts';

const read = (s: Script, value: Json, phase: 'load' | 'final') => s.run('read', null, 'ok', value, { phase });
const add = () => script().run('add', 1, 'ok', 1, { phase: 'load' });
const judge = (s: Script) => eventualSet(s.history());

checkerContract('eventual-set', eventualSetChecker, [
  { what: 'a lost element', history: () => read(add(), [], 'final').history() },
  { what: 'a kept element', history: () => read(add(), [1], 'final').history() },
  { what: 'nothing', history: () => script().history() },
]);

test('only reads at the end are judged', () => {
  expect(judge(read(add(), [], 'load')).verdict).toBe('vacuous');
  expect(kindsOf(judge(read(read(add(), [], 'load'), [], 'final')))).toEqual(['lost-element']);
  expect(judge(read(read(add(), [], 'load'), [1], 'final')).verdict).toBe('pass');
});

test('without phases the reads after all changes are', () => {
  const early = script().run('add', 1).run('read', null, 'ok', []).run('add', 2);
  expect(judge(early).verdict).toBe('vacuous');
  expect(judge(early.run('read', null, 'ok', [1, 2])).verdict).toBe('pass');
});

test('a removal of unknown outcome explains absence and presence', () => {
  const open = () => script().run('add', 1).run('remove', 1, 'info');
  for (const seen of [[], [1]]) expect(judge(open().run('read', null, 'ok', seen)).verdict).toBe('pass');
});

test('an element that was added again after its removal must stay', () => {
  const again = (removal: 'ok' | 'info') => script().run('add', 1).run('remove', 1, removal).run('add', 1);
  const found = judge(again('ok').run('read', null, 'ok', []));
  expect(kindsOf(found)).toEqual(['lost-element']);
  expect(found.anomalies[0]!.sentence).toContain('added and not removed again');
  expect(judge(again('ok').run('read', null, 'ok', [1])).verdict).toBe('pass');
  expect(judge(again('info').run('read', null, 'ok', [])).verdict).toBe('pass');
});

test('keys are sets of their own', () => {
  const two = script().run('add', 1, 'ok', 1, { key: 'a' }).run('add', 2, 'ok', 2, { key: 'b' });
  expect(judge(two.run('read', null, 'ok', [1], { key: 'a' })).verdict).toBe('pass');
});

function random(d: Dice): { script: Script; state: Set<number> } {
  const state = new Set<number>();
  const made = simulate(d, (roll) => {
    if (roll.chance(20)) return { f: 'read', value: null, effect: () => [...state] };
    const value = roll.roll(6);
    const f = roll.chance(60) ? 'add' : 'remove';
    const effect = (): number => {
      if (f === 'add') state.add(value);
      else state.delete(value);
      return value;
    };
    return { f, value, effect };
  });
  return { script: made, state };
}

test('it finds nothing in a real set, and every element that is missing or too many without excuse', () => {
  let found = 0;
  fc.assert(
    fc.property(dice(40, 160), fc.nat(5), (d, value) => {
      const { script: made, state } = random(d);
      const { ops } = made;
      const about = (f: string, outcome: string): boolean =>
        ops.some((op) => op.type === outcome && op.f === f && op.value === value);
      const last = [...state];
      const changed = state.has(value) ? last.filter((other) => other !== value) : [...last, value];
      const right = new Map(made.ops.map((op) => [op.index, op]));
      expect(judge(made.run('read', null, 'ok', last)).anomalies).toEqual([]);
      made.ops.length = right.size;
      const kinds = kindsOf(judge(made.run('read', null, 'ok', changed)));
      if (kinds.length > 0) found++;
      // Never added at all: nothing explains it.
      if (!state.has(value) && !about('add', 'invoke')) expect(kinds).toEqual(['phantom-element']);
      // Never taken out: nothing explains its absence once its add was acknowledged.
      if (state.has(value) && about('add', 'ok') && !about('remove', 'invoke')) {
        expect(kinds).toEqual(['lost-element']);
      }
    }),
    { numRuns: fuzzRuns(1000) },
  );
  expect(found).toBeGreaterThan(50);
});
