import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Draws, drawAt } from '../../../harness/generator/draws.ts';

describe('draws by number', () => {
  it('are uniform enough: mean, tenths, neighbours', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (stream) => {
        const count = 4000;
        let sum = 0;
        let neighbours = 0;
        const tenths = new Array<number>(10).fill(0);
        for (let n = 0; n < count; n++) {
          const draw = drawAt(stream, n);
          sum += draw;
          neighbours += (draw - 0.5) * (drawAt(stream, n + 1) - 0.5);
          tenths[Math.floor(draw * 10)]!++;
        }
        expect(Math.abs(sum / count - 0.5)).toBeLessThan(0.03);
        expect(Math.abs((12 * neighbours) / count)).toBeLessThan(0.1);
        for (const tenth of tenths) expect(Math.abs(tenth - count / 10)).toBeLessThan(130);
      }),
      { numRuns: 50 },
    );
  });

  it('belong to one call, and are the same each time', () => {
    const take = (call: number) => {
      const draws = new Draws(42, call);
      return [draws.float(), draws.int(1, 6), draws.pick(['a', 'b', 'c']), draws.chance(0.5)];
    };
    expect(take(3)).toEqual(take(3));
    expect(take(3)).not.toEqual(take(4));
    expect(() => new Draws(1, 1).pick([])).toThrow(/empty list/);
  });

  it('stay within the bounds of an integer', () => {
    const draws = new Draws(7, 0);
    const seen = new Set(Array.from({ length: 200 }, () => draws.int(2, 5)));
    expect([...seen].sort()).toEqual([2, 3, 4, 5]);
  });
});
