import { describe, expect, it } from 'vitest';
import { shareOf, shareText } from '../../search/interval.ts';

describe('shareOf', () => {
  it('gives the interval of Wilson', () => {
    // Values of the textbook example: 9 of 10.
    const { low, high } = shareOf(9, 10);
    expect(low).toBeCloseTo(0.5958, 3);
    expect(high).toBeCloseTo(0.9821, 3);
  });

  it('knows little after few tries, and never more than can be', () => {
    expect(shareOf(0, 0)).toEqual({ failed: 0, of: 0, low: 0, high: 1 });
    expect(shareOf(0, 5)).toMatchObject({ low: 0 });
    expect(shareOf(5, 5)).toMatchObject({ high: 1 });
    expect(shareOf(5, 5).low).toBeCloseTo(0.566, 2);
    expect(shareText(shareOf(9, 10))).toBe('9 of 10 tries, 60 to 98 %');
  });
});
