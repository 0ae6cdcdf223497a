/**
 * Plans as arbitraries: they find what is wrong, and shrink to the few things that matter.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { raft } from '../../examples/own-raft/raft.ts';
import { fc as addedTo, simFaults, simOperations, simPlans } from '../../testing/fast-check.ts';
import { simulate, simulateSync } from '../../testing/index.ts';
import { drops, smallerPlans } from '../../testing/smaller.ts';
import { fuzzRuns } from '../fuzz-runs.ts';

const PLANS = simPlans({
  nodes: [3, 5],
  faults: ['partition', 'kill', 'clock'],
  observeEveryMs: 50,
  opTimeoutMs: 500,
});

describe('simPlans', () => {
  it('finds nothing in a correct raft under every fault', () => {
    const plans = simPlans({ nodes: [3, 4, 5], observeEveryMs: 50, opTimeoutMs: 500 });
    fc.assert(
      fc.property(plans, (plan) => {
        expect(simulateSync(raft(), plan, { record: false }).violations).toEqual([]);
      }),
      { numRuns: fuzzRuns(60) },
    );
  });

  it('reduces a planted bug to a few operations and faults', async () => {
    const property = fc.asyncProperty(PLANS, async (plan) => {
      const run = await simulate(raft('stale-read'), plan, { record: false });
      run.assertNoViolations();
    });
    const found = await fc.check(property, { numRuns: 300, seed: 1002 });
    expect(found.failed).toBe(true);
    const [plan] = found.counterexample!;
    expect(plan.operations.length).toBeLessThanOrEqual(3);
    expect(plan.faults.length).toBeLessThanOrEqual(2);
    expect(plan.nodes.length).toBe(3);
    // What fast-check prints is what fails again.
    const again = await simulate(raft('stale-read'), JSON.parse(JSON.stringify(plan)));
    expect(again.violations.length).toBeGreaterThan(0);
    expect(again.violations[0]!.checker).toBe('linearizable');
  });

  it('stays within what was asked for while it shrinks', () => {
    const shape = { nodes: [3, 5], operations: 12, maxFaults: 4, timeMs: 1_000 };
    for (const plan of fc.sample(simPlans(shape), { numRuns: 10, seed: 3 })) {
      let tried = 0;
      for (const smaller of smallerPlans(plan, null, shape.nodes)) {
        const { nodes, operations, faults } = smaller.plan;
        expect(shape.nodes).toContain(nodes.length);
        expect(operations.length).toBeLessThanOrEqual(plan.operations.length);
        expect(faults.length).toBeLessThanOrEqual(plan.faults.length);
        for (const op of operations) if (op.node !== undefined) expect(nodes).toContain(op.node);
        for (const fault of faults) for (const node of fault.nodes) expect(nodes).toContain(node);
        tried++;
      }
      expect(tried).toBeGreaterThan(5);
    }
  });

  it.each([1, 2, 3, 7])('draws faults that %d nodes can have', (nodes) => {
    for (const { faults } of fc.sample(simPlans({ nodes, observeEveryMs: 50 }), { numRuns: 20, seed: 2 })) {
      expect(faults.every((fault) => fault.nodes.every((node) => /^n[1-7]$/.test(node)))).toBe(true);
    }
    expect(fc.sample(simFaults({ nodes: 1, faults: ['partition'] }), 1)).toEqual([[]]);
  });

  it('is refused at once for names that are wrong', () => {
    expect(() => simPlans({ workload: 'registre' })).toThrow('there is no workload "registre"');
    expect(() => simPlans({ faults: ['partition'], workloadOptions: { x: 1 } })).toThrow('no option "x"');
  });

  it.each([
    'set',
    'broadcast',
    'g-counter',
    'pn-counter',
    'queue',
    'leader',
    'unique-ids',
    'list-append',
    'lock',
  ])('draws operations of %s', (workload) => {
    const [plan] = fc.sample(simPlans({ workload, operations: 30 }), { numRuns: 1, seed: 1 });
    expect(plan!.operations.length).toBeGreaterThanOrEqual(10);
    expect(plan!.operations.every(({ atMs }) => atMs >= 300 && atMs <= 2_000)).toBe(true);
  });
});

describe('lists', () => {
  it('shrink to the items that matter', () => {
    const operations = simOperations({ operations: 60 });
    const few = fc.check(
      fc.property(operations, (ops) => ops.filter(({ f }) => f === 'write').length < 2),
      { seed: 5 },
    );
    expect(few.counterexample![0].map(({ f }) => f)).toEqual(['write', 'write']);
    const kills = fc.check(
      fc.property(
        simFaults({ faults: ['kill', 'partition'] }),
        (faults) => !faults.some(({ fault }) => fault === 'kill'),
      ),
      { seed: 5 },
    );
    expect(kills.counterexample![0]).toMatchObject([{ fault: 'kill' }]);
  });

  it('leave out everything first, then parts from the end', () => {
    expect([...drops([1, 2, 3])].map(({ kept }) => kept)).toEqual([[], [1], [2, 3], [1, 2], [1, 3], [2, 3]]);
    const [first] = [...drops([1, 2, 3], 1, 2)];
    expect(first).toEqual({ kept: [1, 3], chunk: 1, end: 1 });
  });
});

it('`fc` is fast-check with the arbitraries added, and histories are never without an answer', () => {
  expect(Object.keys(addedTo)).toEqual(
    expect.arrayContaining(['assert', 'property', 'integer', 'histories', 'plans', 'schedules', 'simPlans']),
  );
  addedTo.assert(
    addedTo.property(addedTo.histories({ object: 'register', operations: 1 }), (history) => {
      expect([...history.ops()].some((op) => op.type === 'ok')).toBe(true);
    }),
  );
});
