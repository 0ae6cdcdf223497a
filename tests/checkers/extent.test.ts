import { expect, test } from 'vitest';
import { greatest, least } from '../../checkers/extent.ts';

test('the extent of more numbers than a call takes arguments', () => {
  const many = Array.from({ length: 1_000_000 }, (_, i) => (i * 7919) % 1_000_003);
  expect(least(many)).toBe(0);
  expect(greatest(many)).toBe(1_000_002);
  expect(least([])).toBe(Number.POSITIVE_INFINITY);
  expect(greatest(new Set([3, 1]))).toBe(3);
});
