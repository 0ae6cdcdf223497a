/**
 * The event queue against a sorted list.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CALL, EventHeap } from '../../../harness/sim/heap.ts';

it('gives events out by time, then priority, then order of pushing', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ time: fc.nat(20), priority: fc.nat(2), pops: fc.nat(2) }), { maxLength: 600 }),
      (steps) => {
        const heap = new EventHeap();
        let waiting: { time: number; priority: number; i: number }[] = [];
        const pop = (): void => {
          waiting.sort((a, b) => a.time - b.time || a.priority - b.priority || a.i - b.i);
          const expected = waiting.shift()!;
          expect(heap.nextTime).toBe(expected.time);
          const row = heap.pop();
          expect([heap.numbers[row], heap.subjects[row]]).toEqual([expected.i, `event ${expected.i}`]);
          heap.clear(row);
        };
        for (const [i, { time, priority, pops }] of steps.entries()) {
          heap.push(time, priority, CALL, -1, 0, i, `event ${i}`, undefined);
          waiting = [...waiting, { time, priority, i }];
          for (let n = 0; n < pops && heap.size > 0; n++) pop();
        }
        while (heap.size > 0) pop();
        expect(waiting).toEqual([]);
        expect(heap.nextTime).toBe(Number.POSITIVE_INFINITY);
      },
    ),
    { numRuns: 50 },
  );
});
