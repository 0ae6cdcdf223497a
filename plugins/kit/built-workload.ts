/**
 * A workload as a run builds it, and what it asks in virtual time: for kits and tests of workloads.
 */
import type { Json } from '../../harness/contracts.ts';
import { clients, Roster } from '../../harness/generator/index.ts';
import {
  type AnswerRule,
  invocations,
  perfect,
  type SimulatedOp,
  simulate,
} from '../../harness/interpreter/simulate.ts';
import { workloadOptions } from '../../harness/plan/workload-options.ts';
import { Seed } from '../../harness/random.ts';
import type { BuiltWorkload, Workload } from '../../harness/workload.ts';

const NODES = ['n1', 'n2', 'n3'];

/** What differs from seed 1, five threads, default options and a system that offers everything. */
export interface BuiltFor {
  seed?: number;
  threads?: number;
  given?: Record<string, Json>;
  operations?: readonly string[];
}

/** A workload built for a number of threads, with defaults unless told otherwise. */
export function built(workload: Workload, { seed = 1, threads = 5, ...rest }: BuiltFor = {}): BuiltWorkload {
  return workload.build(workloadOptions(workload, rest.given ?? {}), {
    seed: Seed.of(seed),
    nodes: NODES,
    concurrency: threads,
    operations: rest.operations ?? [...workload.needs, ...(workload.uses ?? [])],
  });
}

/** The first operations of its load in virtual time. */
export function load(
  workload: BuiltWorkload,
  threads = 5,
  maxOps = 300,
  rule: AnswerRule = perfect,
): SimulatedOp[] {
  return invocations(
    simulate(clients(workload.generator), new Roster(threads, ['nemesis:x']), rule, 1, { maxOps }),
  );
}

/** Half of the operations go wrong, one way or the other. */
export const rough: AnswerRule = (_, draws) => ({
  afterNs: draws.int(1, 1000),
  type: (['ok', 'ok', 'fail', 'info'] as const)[draws.int(0, 3)]!,
});
