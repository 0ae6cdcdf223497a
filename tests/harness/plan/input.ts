/**
 * A plan's input for tests: five nodes of a system that can do everything.
 */
import { CAPABILITIES, type Capability } from '../../../harness/capability.ts';
import type { FaultSpec } from '../../../harness/plan/fault-requests.ts';
import type { PlanInput } from '../../../harness/plan/make-plan.ts';
import { FAULTS } from '../../../nemesis/index.ts';
import { WORKLOADS } from '../../../workloads/index.ts';

/** Every capability there is. */
export const EVERYTHING: readonly Capability[] = CAPABILITIES;

/** `partition:halves` as a fault specification, three seconds on, three seconds off. */
export function spec(text: string, more: Partial<FaultSpec> = {}): FaultSpec {
  const [fault, mode = null] = text.split(':');
  return { fault: fault!, mode, target: null, params: {}, intervalMs: 3_000, durationMs: 3_000, ...more };
}

/** An input with some parts replaced. */
export function input(more: Partial<PlanInput> = {}): PlanInput {
  return {
    config: { name: 'test' },
    seed: 7,
    nodes: ['n1', 'n2', 'n3', 'n4', 'n5'],
    concurrency: 5,
    ratePerSecond: 100,
    timeLimitMs: 30_000,
    opTimeoutMs: 5_000,
    nemesis: [],
    workload: WORKLOADS['register']!,
    workloadOptions: {},
    checkers: [],
    system: {
      name: 'toy',
      workloads: { register: ['read', 'write', 'cas'], leader: ['command'], set: ['add', 'read'] },
      leadership: 'per-term',
      observe: async () => ({ leading: false }),
    },
    faults: FAULTS,
    offers: new Set(EVERYTHING),
    missing: [],
    ...more,
  };
}
