/**
 * Keyed draws: the same for a key whatever else was drawn, spread evenly, and a logarithm of our own.
 */
import { expect, it } from 'vitest';
import { hashText, KeyedDraws, mix, negativeLog } from '../../../harness/sim/draws.ts';

it('draws the same for a key, whatever was drawn before', () => {
  const draws = new KeyedDraws();
  draws.start(5);
  const first = [draws.float(), draws.float(), draws.exponential(3)];
  draws.start(6);
  draws.float();
  draws.start(5);
  expect([draws.float(), draws.float(), draws.exponential(3)]).toEqual(first);
});

it('spreads neighbouring keys evenly', () => {
  const draws = new KeyedDraws();
  const buckets = new Array<number>(10).fill(0);
  let sum = 0;
  for (let key = 0; key < 20_000; key++) {
    draws.start(mix(hashText('append') ^ Math.imul(key, 0x85ebca77)));
    const at = Math.floor(draws.float() * 10);
    buckets[at] = buckets[at]! + 1;
    sum += draws.exponential(2);
  }
  for (const count of buckets) expect(Math.abs(count - 2_000)).toBeLessThan(200);
  expect(sum / 20_000).toBeCloseTo(2, 1);
});

it('knows the logarithm to eleven digits', () => {
  for (let i = 1; i <= 4_000; i++) {
    const x = i / 4_000;
    expect(Math.abs(negativeLog(x) + Math.log(x))).toBeLessThan(1e-11);
  }
  expect(negativeLog(2 ** -32)).toBeCloseTo(32 * Math.LN2, 10);
});
