/** The heap against sorting. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DueHeap } from '../../../../harness/cluster/stdio/heap.ts';

it('gives values back by due time, first in first out among equals', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (dues) => {
      const heap = new DueHeap<number>();
      for (const [i, due] of dues.entries()) heap.push(due, i);
      const expected = dues.map((due, i) => ({ due, i })).sort((x, y) => x.due - y.due || x.i - y.i);
      expect(heap.nextDue).toBe(expected[0]?.due ?? Number.POSITIVE_INFINITY);
      expect(dues.map(() => heap.pop())).toEqual(expected.map((e) => e.i));
      expect(heap.pop()).toBeUndefined();
      expect(heap.size).toBe(0);
    }),
  );
});
