/**
 * fast-check arbitraries of simulations: plans drawn like those of the search (many faults of several kinds,
 * a workload's own operations), which shrink by leaving things out, not by drawing others.
 */
import fc from 'fast-check';
import type { PlannedFault } from '../harness/contracts.ts';
import type { Json } from '../harness/op.ts';
import { Seed } from '../harness/random.ts';
import type { DiskProfile, NetworkProfile } from '../harness/sim/profiles.ts';
import type { FaultName } from '../nemesis/index.ts';
import { searchableFaults } from '../search/explore.ts';
import { drawnFaults, drawOperations } from './draw.ts';
import type { SimOperation, SimPlan } from './plan.ts';
import { drops, type Place, type SpelledPlan, smallerPlans } from './smaller.ts';

/** What simulations are drawn from; everything has a default. */
export interface SimPlanShape {
  /** Number of nodes, or numbers to draw from. Default 3. */
  nodes?: number | readonly number[];
  /** Default `register`. */
  workload?: string;
  workloadOptions?: Readonly<Record<string, Json>>;
  /** Most operations. Default 60. */
  operations?: number;
  /** Clients. Default: one or two per node. */
  clients?: number;
  /** Kinds of faults. Default: all that can be simulated, without lying disks. */
  faults?: readonly FaultName[];
  /** Most faults. Default 12. */
  maxFaults?: number;
  /** Operations and faults begin before this. Default 2000. */
  timeMs?: number;
  /** As in `SimPlan`; default 1500, so that a cluster that is left alone answers at last. */
  settleMs?: number;
  opTimeoutMs?: number;
  /** As in `SimPlan`; faults can hit whoever leads then. */
  observeEveryMs?: number;
  network?: NetworkProfile;
  disk?: DiskProfile;
}

/** Plans for `simulate`, with operations and faults spelled out. */
export function simPlans(shape: SimPlanShape = {}): fc.Arbitrary<SpelledPlan> {
  return new SimPlans(shape);
}

/** Operations of a workload for `SimPlan.operations`; they shrink by leaving some out. */
export function simOperations(shape: SimPlanShape = {}): fc.Arbitrary<SimOperation[]> {
  return new Drawn((seed) => [...drawPlan(shape, seed).operations]);
}

/** Faults for `SimPlan.faults`; they shrink by leaving some out. */
export function simFaults(shape: SimPlanShape = {}): fc.Arbitrary<PlannedFault[]> {
  return new Drawn((seed) => [...drawPlan(shape, seed).faults]);
}

class SimPlans extends fc.Arbitrary<SpelledPlan> {
  readonly #shape: SimPlanShape;

  constructor(shape: SimPlanShape) {
    super();
    this.#shape = shape;
    // A name that is wrong is said when the test is written, not in the middle of a property.
    drawPlan(shape, 1);
  }

  override generate(random: fc.Random): fc.Value<SpelledPlan> {
    return new fc.Value(drawPlan(this.#shape, random.nextInt(1, 2 ** 30)), null);
  }

  override canShrinkWithoutContext(value: unknown): value is SpelledPlan {
    const { nodes, operations, faults } = (value ?? {}) as SimPlan;
    return Array.isArray(nodes) && Array.isArray(operations) && Array.isArray(faults);
  }

  override shrink(value: SpelledPlan, context: unknown): fc.Stream<fc.Value<SpelledPlan>> {
    const place = (context ?? null) as Place | null;
    return fc
      .stream(smallerPlans(value, place, sizesOf(this.#shape)))
      .map((next) => new fc.Value(next.plan, next.place));
  }
}

/** A list drawn from a seed. */
class Drawn<T> extends fc.Arbitrary<T[]> {
  readonly #draw: (seed: number) => T[];

  constructor(draw: (seed: number) => T[]) {
    super();
    this.#draw = draw;
    draw(1);
  }

  override generate(random: fc.Random): fc.Value<T[]> {
    return new fc.Value(this.#draw(random.nextInt(1, 2 ** 30)), null);
  }

  override canShrinkWithoutContext(value: unknown): value is T[] {
    return Array.isArray(value);
  }

  override shrink(value: T[], context: unknown): fc.Stream<fc.Value<T[]>> {
    const { chunk, end } = (context ?? { chunk: 0, end: 0 }) as { chunk: number; end: number };
    return fc.stream(drops(value, chunk, end)).map(({ kept, ...at }) => new fc.Value(kept, at));
  }
}

const DEFAULTS = { operations: 60, maxFaults: 12, timeMs: 2_000, settleMs: 1_500 };

function sizesOf({ nodes = 3 }: SimPlanShape): readonly number[] {
  return typeof nodes === 'number' ? [nodes] : nodes;
}

function drawPlan(shape: SimPlanShape, seed: number): SpelledPlan {
  const rng = Seed.of(seed).fork('plan').rng();
  const nodes = Array.from({ length: rng.pick(sizesOf(shape)) }, (_, i) => `n${i + 1}`);
  const { workload = 'register', timeMs = DEFAULTS.timeMs, observeEveryMs } = shape;
  // Few keys: what two clients do to one key is what can go wrong.
  const options = shape.workloadOptions ?? (workload === 'register' ? { keysPerGroup: 2 } : {});
  const clients = shape.clients ?? nodes.length * rng.pick([1, 1, 2]);
  const most = shape.operations ?? DEFAULTS.operations;
  const operations = drawOperations(
    { workload, options, nodes, clients, seed },
    rng.int(Math.ceil(most / 3), most),
    rng.pick([timeMs / 2, timeMs]),
  ).map(({ atNs, ...op }) => ({ atMs: Math.round(atNs / 1e4) / 100, ...op }));
  const kinds = shape.faults ?? (searchableFaults() as FaultName[]);
  const count = rng.int(0, shape.maxFaults ?? DEFAULTS.maxFaults);
  const faults = drawnFaults(kinds, count, nodes, (observeEveryMs ?? 0) > 0, timeMs, seed);
  const { network, disk, opTimeoutMs, settleMs = DEFAULTS.settleMs } = shape;
  return {
    seed,
    nodes,
    workload,
    operations,
    faults,
    settleMs,
    ...(opTimeoutMs === undefined ? {} : { opTimeoutMs }),
    ...(observeEveryMs === undefined ? {} : { observeEveryMs }),
    ...(network === undefined ? {} : { network }),
    ...(disk === undefined ? {} : { disk }),
  };
}
