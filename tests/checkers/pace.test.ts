import { expect, test } from 'vitest';
import { type Budget, UNLIMITED } from '../../checkers/contract.ts';
import { inTime, OutOfBudget, Pace } from '../../checkers/pace.ts';

/** Ends after so many looks, and counts them. */
function ending(after: number): Budget & { looks: number } {
  return {
    looks: 0,
    reason: 'end of the test',
    spend() {
      return ++this.looks <= after;
    },
  };
}

test('a pass looks at the budget now and then, and ends where the budget does', () => {
  const budget = ending(3);
  const pace = new Pace(budget);
  let steps = 0;
  expect(() => {
    for (; ; steps++) pace.step();
  }).toThrow(OutOfBudget);
  expect(budget.looks).toBe(4);
  expect(steps).toBeGreaterThan(10_000);
  expect(steps).toBeLessThan(1_000_000);
});

test('a pass without a limit goes on, and a look may be asked for at once', () => {
  const pace = new Pace(UNLIMITED);
  for (let i = 0; i < 100_000; i++) pace.step();
  expect(() => new Pace(ending(0)).look()).toThrow(OutOfBudget);
});

test('only the end of a budget is answered in its place', () => {
  const end = (error: Error) => () => {
    throw error;
  };
  expect(inTime(() => 1, end(new Error('not reached')))).toBe(1);
  expect(inTime(end(new OutOfBudget()), () => 2)).toBe(2);
  expect(() => inTime(end(new RangeError('a fault')), () => 3)).toThrow('a fault');
});
