/**
 * What a plan leaves to its seed: operations of a workload, and faults.
 */
import type { NodeId, PlannedFault } from '../harness/contracts.ts';
import { Roster } from '../harness/generator/context.ts';
import { clients, type GeneratorLike, limit, stagger } from '../harness/generator/index.ts';
import { type AnswerRule, invocations, simulate } from '../harness/interpreter/simulate.ts';
import type { Json } from '../harness/op.ts';
import { workloadOptions } from '../harness/plan/workload-options.ts';
import { Seed } from '../harness/random.ts';
import { lookup } from '../harness/registry.ts';
import type { CaseOp } from '../harness/sim/case.ts';
import type { BuiltWorkload } from '../harness/workload.ts';
import { drawFaults } from '../search/draw-faults.ts';
import { leftOpen } from '../systems/client-memory.ts';
import { rpcsFor } from '../systems/rpc-tables.ts';
import { WORKLOADS } from '../workloads/index.ts';

/** What operations are drawn for. */
export interface LoadFrame {
  workload: string;
  options: Readonly<Record<string, Json>>;
  nodes: readonly NodeId[];
  clients: number;
  seed: number;
}

/** Before this nothing is asked: a cluster needs a moment to find itself. */
export const WARM_UP_MS = 300;

/** The workload for these nodes and clients. Throws `UsageError` for one that does not exist. */
export function buildWorkload({
  workload,
  options,
  nodes,
  clients: concurrency,
  seed,
}: LoadFrame): BuiltWorkload {
  const found = lookup('workload', WORKLOADS, workload);
  return found.build(workloadOptions(found, options), {
    seed: Seed.of(seed).fork('workload'),
    nodes,
    concurrency,
    operations: Object.keys(rpcsFor(workload)),
    leadership: 'per-term',
  });
}

/** So many operations of the workload, spread over the time up to `untilMs`. */
export function drawOperations(frame: LoadFrame, count: number, untilMs: number): CaseOp[] {
  const built = buildWorkload(frame);
  const spanNs = Math.max(1, untilMs - WARM_UP_MS) * 1e6;
  const paced = stagger(Seed.of(frame.seed).fork('rate'), spanNs / Math.max(1, count), built.generator);
  return asked(clients(limit(count, paced)), frame.clients, WARM_UP_MS);
}

/** The final operations of the workload, from a time on; none where it has none. */
export function finalOperations(frame: LoadFrame, fromMs: number): CaseOp[] {
  const { final } = buildWorkload(frame);
  return final === undefined ? [] : asked(clients(final), frame.clients, fromMs);
}

/** Answers that let generators go on: a lock, an empty read; everything else as it was asked. */
const answer: AnswerRule = (op, draws) => {
  const afterNs = draws.int(500_000, 2_500_000);
  if (op.f === 'acquire') return { afterNs, type: 'ok', value: { token: 1 } };
  if (op.f === 'get') return { afterNs, type: 'ok', value: [] };
  return { afterNs, type: 'ok' };
};

function asked(generator: GeneratorLike, concurrency: number, fromMs: number): CaseOp[] {
  const simulation = simulate(generator, new Roster(concurrency), answer, 1, { maxOps: 5_000 });
  return invocations(simulation).map(({ timeNs, thread, f, key, value }) =>
    leftOpen({
      atNs: fromMs * 1e6 + Math.round(timeNs),
      client: thread as number,
      f,
      ...(key === undefined ? {} : { key }),
      value,
    }),
  );
}

/** A cluster of one node has few faults, and none of some kinds. */
const MOST_ROUNDS = 50;

/** So many faults of these kinds before `untilMs`, in order of time. */
export function drawnFaults(
  kinds: readonly string[],
  count: number,
  nodes: readonly NodeId[],
  leads: boolean,
  untilMs: number,
  seed: number,
): PlannedFault[] {
  const drawn: PlannedFault[] = [];
  for (let round = 0; drawn.length < count && round < MOST_ROUNDS; round++) {
    const rng = Seed.of(seed).fork('faults', round).rng();
    // A schedule is in order of time: a part of it must not be its beginning only.
    drawn.push(...rng.shuffle(drawFaults({ strategy: 'dense', kinds, nodes, leads, loadMs: untilMs }, rng)));
  }
  return drawn
    .slice(0, count)
    .sort((a, b) => a.atNs - b.atNs)
    .map((fault, i) => ({ ...fault, id: `f${i + 1}` }));
}
