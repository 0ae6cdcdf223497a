/**
 * Any course of events: random plans over all faults, lanes in parallel, primitives that break and recover. In
 * the end nothing is left on the cluster, everything is accounted for, and the ledger agrees.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fault, Json, PlannedFault, UndoAction } from '../../harness/contracts.ts';
import { FaultRunner } from '../../harness/faults/fault-runner.ts';
import { Seed } from '../../harness/random.ts';
import { FAULTS, type FaultName } from '../../nemesis/index.ts';
import { FakeCluster, nodeNames, type Primitive } from '../../plugins/kit/fake-cluster.ts';

const NAMES = Object.keys(FAULTS) as FaultName[];
const PRIMITIVES: Primitive[] = [
  'links.set',
  'kill',
  'restart',
  'pause',
  'resume',
  'clocks.set',
  'clocks.reset',
];

/** One step: an operation of a planned fault, a primitive that breaks or works again, or a moment for all. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ verb: fc.constantFrom('inject', 'undo'), which: fc.nat(11) }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('toggle'), which: fc.nat(PRIMITIVES.length - 1) }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('wait'), which: fc.constant(0) }) },
  { weight: 2, arbitrary: fc.record({ verb: fc.constant('chatter'), which: fc.constant(0) }) },
);

function draw(seed: number, size: number): PlannedFault[] {
  const rng = Seed.of(seed).rng();
  const planned: PlannedFault[] = [];
  for (let i = 0; i < 12; i++) {
    const fault: Fault = FAULTS[rng.pick(NAMES)];
    const mode = rng.pick(Object.keys(fault.modes).filter((each) => each !== 'explicit'));
    const drawn = fault.plan(mode, {}, undefined, nodeNames(size), rng);
    planned.push({
      id: `f-${i}`,
      fault: fault.name,
      mode,
      lane: fault.lane,
      atNs: i,
      untilNs: i + 1,
      ...drawn,
    });
  }
  return planned;
}

describe('any course of events', () => {
  it('ends with a cluster as it was, and an account of every fault', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.integer({ min: 4, max: 7 }),
        fc.array(step, { maxLength: 40 }),
        async (seed, size, steps) => {
          const cluster = new FakeCluster(size);
          const before = cluster.snapshot();
          const planned = draw(seed, size);
          const open = new Set<string>();
          let now = 0;
          const runner = new FaultRunner({
            cluster,
            faults: FAULTS,
            planned,
            ledger: {
              beforeInject: async (id: string, undo: readonly UndoAction[]) => {
                expect(undo.length).toBeGreaterThan(0);
                open.add(id);
              },
              undone: async (id) => void open.delete(id),
            },
            leader: async () => (seed % 3 === 0 ? null : 'n2'),
            now: () => ++now,
          });
          const pending: Promise<unknown>[] = [];
          for (const { verb, which } of steps) {
            if (verb === 'toggle') toggle(cluster, PRIMITIVES[which]!);
            else if (verb === 'chatter') cluster.chatter();
            else if (verb === 'wait') await Promise.all(pending);
            else {
              const fault = planned[which]!;
              pending.push(runner.invoke({ f: `${verb}-${fault.fault}`, value: fault as unknown as Json }));
            }
          }
          cluster.broken.clear();
          const healed = await runner.healAll();
          await Promise.all(pending);

          expect(healed.problems).toEqual([]);
          expect(runner.active()).toEqual([]);
          expect(cluster.snapshot()).toEqual(before);
          expect([...open]).toEqual([]);
          for (const report of runner.results()) {
            expect(report.inject === null).toBe(report.state === 'pending');
            if (report.state !== 'installed') expect(report).toMatchObject({ fromNs: null, toNs: null });
            else expect(report.toNs!).toBeGreaterThan(report.fromNs!);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

function toggle(cluster: FakeCluster, primitive: Primitive): void {
  if (!cluster.broken.delete(primitive)) cluster.broken.add(primitive);
}
