import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawn } from '../../../harness/generator/index.ts';
import { faultWindow } from '../../../harness/plan/fault-schedule.ts';
import { renderPlan } from '../../../harness/plan/plan.ts';
import { Seed } from '../../../harness/random.ts';
import { plans, schedules } from '../../../nemesis/arbitraries/plans.ts';
import { FAULTS } from '../../../nemesis/index.ts';
import { WORKLOADS } from '../../../workloads/index.ts';

describe('plans', () => {
  it('are what the planner promises: lanes without overlap, nodes that exist, a quiet end', () => {
    let faults = 0;
    let left = 0;
    fc.assert(
      fc.property(plans({ maxTimeMs: 20_000 }), (plan) => {
        const { fromMs, toMs } = faultWindow(plan.timeLimitMs);
        const busyUntil = new Map<string, number>();
        for (const fault of plan.faults) {
          faults++;
          expect(fault.nodes.filter((node) => !plan.nodes.includes(node))).toEqual([]);
          expect(fault.atNs).toBeGreaterThanOrEqual(busyUntil.get(fault.lane) ?? fromMs * 1e6);
          expect(fault.untilNs).toBeLessThanOrEqual((toMs + 1) * 1e6);
          busyUntil.set(fault.lane, fault.untilNs);
        }
        left += plan.leftOut.length;
        expect(new Set(plan.faults.map(({ id }) => id)).size).toBe(plan.faults.length);
        expect(JSON.parse(renderPlan(plan))).toEqual(plan);
      }),
      { numRuns: 40 },
    );
    expect(faults).toBeGreaterThan(20);
    expect(left).toBeGreaterThan(0);
  });

  it('take a workload, nodes and capabilities of one’s own', () => {
    const shape = {
      nodes: 3,
      workload: WORKLOADS['set']!,
      offers: ['process.kill', 'process.restart'] as const,
    };
    for (const plan of fc.sample(plans({ ...shape, requests: 2, maxTimeMs: 5_000 }), {
      numRuns: 10,
      seed: 3,
    })) {
      expect(plan.nodes).toEqual(['n1', 'n2', 'n3']);
      expect(plan.workload).toBe('set');
      for (const fault of plan.faults) expect(fault.fault).toBe('kill');
    }
  });
});

describe('schedules', () => {
  it('hold the faults that were allowed', () => {
    const drawn = fc.sample(schedules({ faults: ['partition', 'pause'], nodes: 5 }), {
      numRuns: 20,
      seed: 1,
    });
    const names = new Set(drawn.flat().map(({ fault }) => fault));
    expect([...names].sort()).toEqual(['partition', 'pause']);
    for (const { fault, mode } of drawn.flat()) {
      expect(Object.keys(FAULTS[fault as 'partition'].modes)).toContain(mode);
    }
  });
});

describe('schedules without operations', () => {
  it('are the faults of the same plans, and no operation is drawn for them', () => {
    let asked = 0;
    const base = WORKLOADS['set']!;
    const workload = {
      ...base,
      build: (...given: Parameters<typeof base.build>) => {
        const built = base.build(...given);
        const generator = drawn(Seed.of(1), (_, value) => {
          asked++;
          return { f: 'add', value };
        });
        return { ...built, generator };
      },
    };
    const parameters = { numRuns: 10, seed: 3 };
    const drawnSchedules = fc.sample(schedules({ workload }), parameters);
    expect(asked).toBe(0);
    expect(drawnSchedules).toEqual(fc.sample(plans({ workload }), parameters).map(({ faults }) => faults));
    expect(asked).toBeGreaterThan(0);
    expect(drawnSchedules.some((faults) => faults.length > 0)).toBe(true);
  });
});
