/**
 * What the workload will ask, seen before anything starts: its generator runs in virtual time against clients
 * that always succeed.
 */
import { createHash } from 'node:crypto';
import { Roster } from '../generator/context.ts';
import type { GeneratorLike } from '../generator/generator.ts';
import { until } from '../generator/timing.ts';
import { canonicalJson } from '../history/interner.ts';
import { type AnswerRule, invocations, simulate } from '../interpreter/simulate.ts';
import type { Json } from '../op.ts';
import { clientLoad } from './load.ts';
import type { OperationsPreview, Plan, PreviewOp } from './plan.ts';

/** Operations simulated, and operations shown. */
const SAMPLED = 2_000;
const SHOWN = 200;

/** A millisecond or two, as on a local cluster. */
const answer: AnswerRule = (_, draws) => ({ afterNs: draws.int(500_000, 2_500_000), type: 'ok' });

/** Simulates the clients of a plan. */
export function previewOf(
  plan: Pick<Plan, 'seed' | 'rate' | 'concurrency' | 'timeLimitMs'>,
  workload: GeneratorLike,
): OperationsPreview {
  const load = until(plan.timeLimitMs * 1e6, clientLoad(plan, workload));
  const simulation = simulate(load, new Roster(plan.concurrency), answer, plan.seed, { maxOps: SAMPLED });
  const ops = invocations(simulation).map(({ timeNs, thread, f, key, value }): PreviewOp => {
    const op = { timeNs: Math.round(timeNs), thread, f, value };
    return key === undefined ? op : { ...op, key };
  });
  const counts: Record<string, number> = {};
  const hash = createHash('sha256');
  for (const op of ops) {
    counts[op.f] = (counts[op.f] ?? 0) + 1;
    hash.update(canonicalJson(op as unknown as Json)).update('\n');
  }
  return {
    sampled: ops.length,
    complete: simulation.end !== 'bound',
    counts,
    digest: hash.digest('hex').slice(0, 16),
    first: ops.slice(0, SHOWN),
  };
}
