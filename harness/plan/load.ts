/**
 * From the plan's data to the generator of the load phase: clients at their rate, every fault lane at its
 * times, until the time limit.
 */
import type { PlannedFault } from '../contracts.ts';
import {
  any,
  clients,
  type Generator,
  type GeneratorLike,
  nemesis,
  schedule,
  stagger,
  until,
} from '../generator/index.ts';
import type { Json } from '../op.ts';
import { Seed } from '../random.ts';
import type { Plan } from './plan.ts';

/** The load: the workload's operations from the client threads, the plan's faults from the nemesis lanes. */
export function loadGenerator(plan: Plan, workload: GeneratorLike): Generator {
  return until(
    plan.timeLimitMs * 1e6,
    any(clientLoad(plan, workload), ...plan.lanes.map((lane) => laneGenerator(plan.faults, lane))),
  );
}

/** The workload on the client threads at the plan's rate. */
export function clientLoad(plan: Pick<Plan, 'seed' | 'rate'>, workload: GeneratorLike): Generator {
  if (plan.rate === 0) return clients(workload);
  return clients(stagger(Seed.of(plan.seed).fork('rate'), 1e9 / plan.rate, workload));
}

/** `inject-<fault>` and `undo-<fault>` of one lane at their planned times; an undo waits for its injection. */
export function laneGenerator(faults: readonly PlannedFault[], lane: string): Generator {
  const entries = faults
    .filter((fault) => fault.lane === lane)
    .flatMap((fault) => [
      { atNs: fault.atNs, of: { f: `inject-${fault.fault}`, value: faultValue(fault) } },
      { atNs: fault.untilNs, of: { f: `undo-${fault.fault}`, value: faultValue(fault) } },
    ]);
  return nemesis(schedule(entries), lane);
}

/** What the history says about a planned fault when it is invoked. */
export function faultValue({ id, fault, mode, nodes, target, params }: PlannedFault): Json {
  return { id, fault, mode, nodes, target, params };
}
