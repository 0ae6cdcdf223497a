import fc from 'fast-check';
import { expect, it } from 'vitest';
import { causalOrder } from '../../../checkers/clocks/event-graph.ts';
import { compareClocks } from '../../../checkers/clocks/ordering-power.ts';
import { randomTrace } from '../../../checkers/clocks/random-trace.ts';
import { Seed } from '../../../harness/random.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';

it('lets vector clocks tell every pair of a run, and Lamport clocks only those with equal timestamps', () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 2, max: 60 }),
      (seed, n, count) => {
        const trace = randomTrace(Seed.of(seed).rng(), n, count);
        expect(causalOrder(trace.graph).length).toBe(count);
        const { events, pairs, concurrentPairs, lamport, vector } = compareClocks(trace);
        expect(events).toBe(count);
        expect(vector).toMatchObject({ pairsTold: pairs, concurrentOrdered: 0 });
        expect(lamport.pairsTold + lamport.concurrentOrdered).toBe(concurrentPairs);
        if (n === 1) expect(concurrentPairs).toBe(0);
      },
    ),
    { numRuns: fuzzRuns(100) },
  );
});

it('looks at no more events than asked', () => {
  const trace = randomTrace(Seed.of(1).rng(), 4, 200);
  expect(compareClocks(trace, 50)).toMatchObject({ events: 50, pairs: 1225 });
});
