/**
 * fast-check arbitraries for fault schedules and whole plans: those the planner makes of drawn requests, so
 * lanes never overlap, targets exist and nothing is in force after the window. They shrink to fewer requests
 * and shorter runs.
 */
import fc from 'fast-check';
import type { Capability, PlannedFault } from '../../harness/contracts.ts';
import { drawn, limit } from '../../harness/generator/index.ts';
import type { FaultSpec } from '../../harness/plan/fault-requests.ts';
import { makePlan } from '../../harness/plan/make-plan.ts';
import type { Plan } from '../../harness/plan/plan.ts';
import type { Workload } from '../../harness/workload.ts';
import { FAULTS, type FaultName } from '../index.ts';

/** What plans are drawn from; everything has a default. */
export interface PlanShape {
  /** Number of nodes, named n1, n2...; default: drawn from 1 to 7. */
  nodes?: number;
  /** Faults that may be asked for; default: all. */
  faults?: readonly FaultName[];
  /** Longest run, in ms; default 60 000. */
  maxTimeMs?: number;
  /** Most kinds of faults asked for at once; default 4. */
  requests?: number;
  /** What the cluster can do; what needs anything else is in `leftOut`. Default: everything. */
  offers?: readonly Capability[];
  /** Default: reads and writes of a register. */
  workload?: Workload;
}

const EVERYTHING: Readonly<Record<Capability, true>> = {
  'process.kill': true,
  'process.pause': true,
  'process.restart': true,
  'clock.skew': true,
  'link.cut': true,
  'link.latency': true,
  'link.rate': true,
  'link.reset': true,
  'link.loss': true,
  'link.duplicate': true,
  'link.reorder': true,
  'link.tamper': true,
  'link.corrupt': true,
  'link.mtu': true,
  'link.listen': true,
  'message.tap': true,
  'node.variants': true,
  'disk.trouble': true,
  'disk.errors': true,
  'disk.power': true,
  'disk.shutdown': true,
  'disk.files': true,
  'process.limits': true,
  'client-link.cut': true,
  'client-link.loss': true,
  'members.change': true,
};

/** Reads and writes of one register: enough for a plan to have operations. */
const READS_AND_WRITES: Workload = {
  name: 'register',
  summary: 'reads and writes of one register',
  needs: ['read', 'write'],
  options: {},
  build: (_, context) => ({
    generator: drawn(context.seed.fork('operations'), (draws, n) =>
      draws.int(0, 1) === 0 ? { f: 'read', key: 0, value: null } : { f: 'write', key: 0, value: n },
    ),
    checkers: [{ name: 'linearizable', options: { model: 'register' } }],
  }),
};

/** Plans as `faultline run` would make them of drawn configurations and seeds. */
export function plans(shape: PlanShape = {}): fc.Arbitrary<Plan> {
  const workload = shape.workload ?? READS_AND_WRITES;
  return inputs(shape).map(({ nodes, seed, timeLimitMs, concurrency, requests }) =>
    makePlan({
      config: { name: 'arbitrary' },
      seed,
      nodes: Array.from({ length: nodes }, (_, i) => `n${i + 1}`),
      concurrency,
      ratePerSecond: 100,
      timeLimitMs,
      opTimeoutMs: 1_000,
      nemesis: requests,
      workload,
      workloadOptions: {},
      checkers: [],
      system: {
        name: 'arbitrary',
        workloads: { [workload.name]: [...workload.needs, ...(workload.uses ?? [])] },
        leadership: 'per-term',
        observe: async () => ({ leading: false }),
      },
      faults: FAULTS,
      offers: new Set(shape.offers ?? (Object.keys(EVERYTHING) as Capability[])),
      missing: [],
    }),
  );
}

/** The faults of such plans, in order of time. */
export function schedules(shape: PlanShape = {}): fc.Arbitrary<PlannedFault[]> {
  // Nothing of a schedule depends on operations, and drawing some is most of the work of a plan.
  const workload = shape.workload ?? READS_AND_WRITES;
  const idle: Workload = {
    ...workload,
    build: (options, context) => {
      const built = workload.build(options, context);
      return { ...built, generator: limit(0, built.generator) };
    },
  };
  return plans({ ...shape, workload: idle }).map((plan) => plan.faults);
}

interface Input {
  nodes: number;
  seed: number;
  timeLimitMs: number;
  concurrency: number;
  requests: FaultSpec[];
}

function inputs(shape: PlanShape): fc.Arbitrary<Input> {
  const nodes = shape.nodes ?? null;
  return fc.record({
    nodes: nodes === null ? fc.integer({ min: 1, max: 7 }) : fc.constant(nodes),
    seed: fc.nat(),
    timeLimitMs: fc.integer({ min: 1_000, max: Math.max(1_000, shape.maxTimeMs ?? 60_000) }),
    concurrency: fc.integer({ min: 1, max: 12 }),
    requests: fc.array(requests(shape.faults ?? (Object.keys(FAULTS) as FaultName[])), {
      maxLength: shape.requests ?? 4,
    }),
  });
}

/** One kind of fault with a mode that needs no parameters: `explicit` ones say themselves whom they hit. */
function requests(names: readonly FaultName[]): fc.Arbitrary<FaultSpec> {
  const kinds = names.flatMap((fault) =>
    Object.keys(FAULTS[fault].modes)
      .filter((mode) => mode !== 'explicit')
      .map((mode) => ({ fault, mode })),
  );
  return fc
    .tuple(
      fc.constantFrom(...kinds),
      fc.integer({ min: 100, max: 5_000 }),
      fc.integer({ min: 100, max: 5_000 }),
    )
    .map(([kind, intervalMs, durationMs]) => ({ ...kind, target: null, params: {}, intervalMs, durationMs }));
}
