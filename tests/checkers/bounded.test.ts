/**
 * Every checker keeps to its budget: it looks at it often while it works on a big history, and once the budget has
 * ended it stops with `unknown` and why, or with what it had proved by then.
 */
import { expect, test } from 'vitest';
import { bounded } from '../../checkers/bounded.ts';
import { type Budget, UNLIMITED } from '../../checkers/contract.ts';
import { CHECKERS, type CheckerName } from '../../checkers/registry.ts';
import { historyOf } from '../../harness/history/builder.ts';
import { BIG } from '../kits/big-histories.ts';

const OPERATIONS = 6_000;
/** Looks this few mean that a long history could hold a checker up. */
const FEWEST_LOOKS = 8;
/** These only compare columns: a million operations take them a tenth of a second at most. */
const COLUMNS_ONLY: readonly CheckerName[] = [
  'unique-ids',
  'echo',
  'stats',
  'logs',
  'crashes',
  'last-write-wins',
];

/** Ends at the look number `end`. */
class Looks implements Budget {
  readonly reason = 'limit of this test';
  readonly #end: number;
  count = 0;
  after = 0;

  constructor(end: number) {
    this.#end = end;
  }

  spend(): boolean {
    if (++this.count < this.#end) return true;
    this.after++;
    return false;
  }
}

const names = (Object.keys(BIG) as CheckerName[]).filter((name) => !COLUMNS_ONLY.includes(name));

test.each(names)('%s ends with its budget, wherever that ends', (name) => {
  const { make, options = {} } = BIG[name]!;
  const history = make(OPERATIONS);
  const whole = new Looks(Number.POSITIVE_INFINITY);
  const verdict = CHECKERS[name].check(history, options, whole).verdict;
  expect(CHECKERS[name].check(history, options, UNLIMITED).verdict).toBe(verdict);
  expect(whole.count).toBeGreaterThanOrEqual(FEWEST_LOOKS);
  for (let part = 0; part < 1; part += 0.05) {
    const looks = new Looks(1 + Math.floor(whole.count * part));
    const result = CHECKERS[name].check(history, options, looks);
    // Near the end what was asked may be decided already.
    if (result.verdict !== 'unknown') expect(result.verdict).toBe(part === 0 ? 'unknown' : verdict);
    else expect(result.note).toContain('limit of this test');
    // It stops: it does not go on asking for more.
    expect(looks.after).toBeLessThan(40);
  }
});

test('a checker that never asks is stopped while it takes values, and may word what it found once it knows', () => {
  const history = historyOf(
    Array.from({ length: 4 }, (_, index) => ({
      index,
      time: index,
      process: index >> 1,
      type: index % 2 === 0 ? 'invoke' : 'ok',
      f: 'read',
      value: index,
    })),
  );
  const taking = (asks: boolean) =>
    bounded({
      name: 'taking',
      summary: '',
      options: {},
      check(given, _options, budget) {
        if (asks) budget.spend(1);
        for (let i = 0; i < 5000; i++) given.value(i % 4);
        return { verdict: 'pass', anomalies: [], stats: {} };
      },
    });
  const over: Budget = { spend: () => false, reason: 'time limit of 1 s' };
  expect(taking(false).check(history, {}, over)).toMatchObject({
    verdict: 'unknown',
    note: 'stopped at the time limit of 1 s while the history was read; a higher limit would settle it',
  });
  expect(taking(true).check(history, {}, over).verdict).toBe('pass');
  expect(taking(false).check(history, {}, UNLIMITED).verdict).toBe('pass');
});
