import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reduceList } from '../../search/reduce-list.ts';

describe('reduceList', () => {
  it('keeps exactly what is needed, wherever it is', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(60), { maxLength: 6 }),
        fc.integer({ min: 61, max: 90 }),
        (needed, n) => {
          const items = Array.from({ length: n }, (_, i) => i);
          const kept = reduceList(items, (some) => needed.every((one) => some.includes(one)));
          expect([...kept]).toEqual([...needed].sort((a, b) => a - b));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('ends where no single element can go, also when what is needed depends on what is there', () => {
    // Fails for an even number of elements above three.
    const kept = reduceList([1, 2, 3, 4, 5, 6, 7, 8], (some) => some.length > 3 && some.length % 2 === 0);
    expect(kept).toHaveLength(4);
  });

  it('asks few questions when one of many matters', () => {
    let asked = 0;
    reduceList(
      Array.from({ length: 1_000 }, (_, i) => i),
      (some) => {
        asked++;
        return some.includes(700);
      },
    );
    expect(asked).toBeLessThan(60);
  });
});
