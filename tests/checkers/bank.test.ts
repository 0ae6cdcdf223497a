import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bank } from '../../checkers/bank.ts';
import type { Json } from '../../harness/op.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { type Dice, dice, fewDice, kindsOf, type Script, script, simulate, tampered } from './script.ts';

const moved = () => script().run('transfer', { from: 'a', to: 'b', amount: 5 });
const read = (value: Json, s = moved()) => s.run('read', null, 'ok', value);
const terms = { total: 10, accounts: ['a', 'b'] };

test('a read with another total fails, with the total given or shown by the first read', () => {
  const bad = bank(read({ a: 5, b: 4 }).history(), terms);
  expect(bad.anomalies[0]).toMatchObject({ kind: 'wrong-total', ops: [2, 3] });
  expect(bad.anomalies[0]!.sentence).toBe(
    'Transfers must not change the total, but the read of process 1001 (0.002 s) summed to 9 instead of 10.',
  );
  const shown = bank(read({ a: 5, b: 4 }, read({ a: 10, b: 0 })).history());
  expect(shown.anomalies[0]).toMatchObject({ kind: 'wrong-total', ops: [2, 3, 4, 5] });
  expect(bank(read({ a: 5, b: 5 }).history(), terms).verdict).toBe('pass');
  expect(
    bank(
      read([
        ['b', 5],
        ['a', 5],
      ]).history(),
      terms,
    ).verdict,
  ).toBe('pass');
  expect(bank(read({ a: 0.1, b: 0.2 }).history(), { total: 0.3 }).verdict).toBe('pass');
});

test('unknown, missing and empty accounts fail, and debts unless they are allowed', () => {
  const kinds = (value: Json, options = {}) => kindsOf(bank(read(value).history(), { ...terms, ...options }));
  expect(kinds({ a: 5, b: 5, c: 0 })).toEqual(['unknown-account']);
  expect(kinds({ a: 10 })).toEqual(['missing-account']);
  expect(kinds({ a: 10, b: null })).toEqual(['missing-balance']);
  expect(kinds({ a: 12, b: -2 })).toEqual(['negative-balance']);
  expect(kinds({ a: 12, b: -2 }, { negative: true })).toEqual([]);
  const one = read({ a: 10 }, read({ a: 5, b: 5 }));
  expect(kindsOf(bank(one.history()))).toEqual(['missing-account']);
});

test('nothing read or nothing moved is vacuous, and a wrong option is named', () => {
  expect(bank(moved().history(), terms).verdict).toBe('vacuous');
  expect(bank(read({ a: 5, b: 5 }, script()).history(), terms).verdict).toBe('vacuous');
  expect(() => bank(moved().history(), { accounts: 3 })).toThrow('option accounts');
});

function random(d: Dice): Script {
  const accounts: Record<string, number> = { a: 10, b: 0, c: 5 };
  return simulate(d, (roll) => {
    if (roll.chance(50)) return { f: 'read', value: null, effect: () => ({ ...accounts }) };
    const [from, to, amount] = [roll.pick(['a', 'b', 'c']), roll.pick(['a', 'b', 'c']), roll.roll(5)];
    const effect = (): Json => {
      if (accounts[from]! >= amount) {
        accounts[from]! -= amount;
        accounts[to]! += amount;
      }
      return null;
    };
    return { f: 'transfer', value: { from, to, amount }, effect };
  });
}

test('no read of a real bank is wrong, and a changed balance is always found', () => {
  let found = 0;
  fc.assert(
    fc.property(dice(), fewDice(), fc.integer({ min: -2, max: 2 }), (d, after, shift) => {
      const s = random(d);
      expect(bank(s.history()).anomalies).toEqual([]);
      const reads = s.ops.filter((op) => op.f === 'read' && op.type === 'ok').length;
      const h = tampered(s, after, 'read', (v) => ({
        ...(v as object),
        b: (v as { b: number }).b + shift,
      })).history();
      const result = bank(h, { total: 15 });
      expect(result.anomalies.some((a) => a.kind === 'wrong-total')).toBe(reads > 0 && shift !== 0);
      for (const anomaly of result.anomalies) {
        found++;
        const alone = bank(h.pick(Int32Array.from(anomaly.ops)), { total: 15 });
        expect(kindsOf(alone)).toContain(anomaly.kind);
      }
    }),
    { numRuns: fuzzRuns(500) },
  );
  expect(found).toBeGreaterThan(50);
});
