import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exactlyOnce } from '../../checkers/exactly-once.ts';
import type { Json } from '../../harness/op.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { type Dice, dice, fewDice, kindsOf, type Script, script, simulate, tampered } from './script.ts';

const judge = (s: Script, delivery = 'exactly-once') => exactlyOnce(s.history(), { delivery });
const read = (s: Script, list: Json[]) => s.run('read', null, 'ok', list);
const submitted = () => script().run('submit', 'a', 'info').run('submit', 'a');

test('a request submitted twice that took effect twice fails; once passes', () => {
  const bad = judge(read(submitted(), ['a', 'a']));
  expect(bad.anomalies).toMatchObject([{ kind: 'executed-twice' }]);
  expect(bad.anomalies[0]!.sentence).toBe(
    'A request must take effect once, but "a" had two effects in the read of process 1002 (0.004 s).',
  );
  expect(judge(read(submitted(), ['a', 'a']), 'at-least-once').verdict).toBe('pass');
  expect(judge(read(submitted(), ['a'])).verdict).toBe('pass');
  expect(kindsOf(judge(submitted().run('execute', 'a').run('execute', 'a')))).toEqual(['executed-twice']);
  expect(judge(submitted().run('execute', 'a').run('execute', 'a', 'info')).verdict).toBe('pass');
});

test('an acknowledged request without effect in the last read is lost; unread it is unsettled', () => {
  const bad = judge(read(submitted().run('submit', 'b'), ['a']));
  expect(bad.anomalies).toMatchObject([{ kind: 'lost-request', ops: [4, 5, 6, 7] }]);
  expect(judge(read(submitted().run('submit', 'b'), ['a']), 'at-most-once').verdict).toBe('pass');
  expect(judge(read(submitted().run('submit', 'b', 'info'), ['a'])).verdict).toBe('pass');
  expect(judge(read(submitted(), ['a']).run('submit', 'b')).verdict).toBe('unknown');
  const early = submitted().run('submit', 'b').run('read', null, 'ok', ['a'], { phase: 'load' });
  expect(judge(early).verdict).toBe('unknown');
});

test('effects nobody asked for, or whose submission failed, are wrong', () => {
  expect(kindsOf(judge(read(submitted(), ['a', 'z'])))).toEqual(['phantom-request']);
  expect(kindsOf(judge(read(submitted(), ['a', 'b']).run('submit', 'b').run('execute', 'b')))).toEqual([
    'phantom-request',
  ]);
  expect(kindsOf(judge(read(submitted().run('submit', 'b', 'fail'), ['a', 'b'])))).toEqual([
    'failed-request-executed',
  ]);
  expect(kindsOf(judge(submitted().run('execute', 'z')))).toEqual(['phantom-request']);
  expect(judge(script().run('submit', 'a', 'info')).verdict).toBe('vacuous');
});

function random(d: Dice): Script {
  const effects: number[] = [];
  return simulate(d, (roll) => {
    if (roll.chance(30)) return { f: 'read', value: null, effect: () => [...effects] };
    const value = roll.roll(12);
    const effect = (): Json => {
      if (!effects.includes(value)) effects.push(value);
      return value;
    };
    return { f: 'submit', value, effect };
  });
}

test('no real log of effects fails, and repeated or dropped effects are found', () => {
  let found = 0;
  fc.assert(
    fc.property(dice(60, 150), fewDice(), (d, after) => {
      const s = random(d);
      expect(judge(s).anomalies).toEqual([]);
      let repeated = false;
      const h = tampered(s, after, 'read', (v) => {
        const list = v as Json[];
        repeated ||= list.length > 0;
        return [...list, ...list.slice(0, 1)];
      }).history();
      const result = exactlyOnce(h);
      expect(kindsOf(result)).toEqual(repeated ? ['executed-twice'] : []);
      for (const anomaly of result.anomalies) {
        found++;
        expect(kindsOf(exactlyOnce(h.pick(Int32Array.from(anomaly.ops))))).toContain(anomaly.kind);
      }
    }),
    { numRuns: fuzzRuns(500) },
  );
  expect(found).toBeGreaterThan(50);
});

test('lost requests are those that no read shows and the last was invoked after', () => {
  fc.assert(
    fc.property(dice(60, 150), fc.nat(11), (d, dropped) => {
      const s = random(d);
      for (const op of s.ops) {
        if (op.f === 'read' && op.type === 'ok')
          op.value = (op.value as number[]).filter((v) => v !== dropped);
      }
      const h = s.history();
      const acknowledged = s.ops.findIndex(
        (op) => op.f === 'submit' && op.type === 'ok' && op.value === dropped,
      );
      const reads = s.ops.filter((op) => op.f === 'read' && op.type === 'ok').map((op) => h.pair(op.index));
      const lost = acknowledged >= 0 && reads.some((call) => call > acknowledged);
      expect(kindsOf(exactlyOnce(h))).toEqual(lost ? ['lost-request'] : []);
    }),
    { numRuns: fuzzRuns(500) },
  );
});
