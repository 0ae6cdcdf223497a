/**
 * (configuration, seed) -> plan: a pure function. Nothing is started, nothing is drawn outside the seed's
 * streams, and whatever was asked for and cannot be had is said.
 */
import type { PlannedFault, System } from '../contracts.ts';
import type { Json } from '../op.ts';
import { Seed } from '../random.ts';
import { UsageError } from '../registry.ts';
import { type BuiltWorkload, type CheckerSpec, spokenAs, type Workload } from '../workload.ts';
import { checkRequests, type FaultSetting, type FaultSpec } from './fault-requests.ts';
import { scheduleFaults } from './fault-schedule.ts';
import type { LeftOut, Plan } from './plan.ts';
import { previewOf } from './preview.ts';
import { workloadOptions } from './workload-options.ts';

/** What a plan is made from, all of it plain data but the registries. */
export interface PlanInput {
  /** The configuration, stored with the plan as it is; must not depend on where its values came from. */
  config: Json;
  seed: number;
  nodes: readonly string[];
  concurrency: number;
  /** Operations per second over all clients; null: as fast as they go. */
  ratePerSecond: number | null;
  timeLimitMs: number;
  opTimeoutMs: number;
  nemesis: readonly FaultSpec[];
  workload: Workload;
  workloadOptions: Readonly<Record<string, Json>>;
  /** Checkers beyond those of the workload; one of the same name gets these options on top. */
  checkers: readonly CheckerSpec[];
  system: Pick<
    System,
    'name' | 'workloads' | 'leadership' | 'consensus' | 'promises' | 'observe' | 'membership'
  >;
  faults: FaultSetting['faults'];
  offers: FaultSetting['offers'];
  missing: FaultSetting['missing'];
}

/** Makes the plan. Throws `UsageError` where what was asked for is wrong. */
export function makePlan(input: PlanInput): Plan {
  checkNumbers(input);
  const { workload, system, seed } = input;
  const options = workloadOptions(workload, {
    ...system.promises?.(workload.name, settingsOf(input.config)),
    ...input.workloadOptions,
  });
  const leftOut: LeftOut[] = unusedOperations(workload, operationsOf(workload, system), system.name);
  const setting: FaultSetting = {
    faults: input.faults,
    nodes: input.nodes,
    ...withMembers(input),
    observes: system.observe !== undefined,
  };
  const faultSeed = Seed.of(seed).fork('faults');
  const checked = checkRequests(input.nemesis, setting, faultSeed);
  const scheduled = scheduleFaults(checked.requests, {
    timeLimitMs: input.timeLimitMs,
    nodes: input.nodes,
    seed: faultSeed,
  });
  const frame = {
    seed,
    workload: workload.name,
    workloadOptions: options,
    nodes: [...input.nodes],
    concurrency: input.concurrency,
    rate: input.ratePerSecond ?? 0,
    timeLimitMs: input.timeLimitMs,
    opTimeoutMs: input.opTimeoutMs,
  };
  const spoken = spokenAs(workload, system);
  const untrusted = untrustedNodes(scheduled.faults, input);
  const distrust = untrusted.length === 0 ? {} : { untrusted };
  const built = buildWorkload({ ...frame, ...distrust, config: input.config }, workload, system);
  return {
    version: 1,
    config: input.config,
    ...frame,
    ...(spoken === undefined || spoken === workload.name ? {} : { speaks: spoken }),
    lanes: [...new Set(scheduled.faults.map((fault) => fault.lane))].sort(),
    faults: scheduled.faults,
    ...distrust,
    checkers: joined(built.checkers, input.checkers),
    operations: previewOf(frame, built.generator),
    leftOut: [...leftOut, ...checked.leftOut, ...scheduled.leftOut],
  };
}

/** Nodes that do not count as correct by what faults do to them. */
function untrustedNodes(planned: readonly PlannedFault[], { faults, nodes }: PlanInput): string[] {
  const distrusting = planned.filter(({ fault }) => faults[fault]?.sameNodes === true);
  return nodes.filter((node) => distrusting.some((each) => each.nodes.includes(node)));
}

/** The workload of a plan, ready to run: the same generator that the plan's preview was made from. */
export function buildWorkload(
  plan: Pick<Plan, 'seed' | 'workloadOptions' | 'nodes' | 'concurrency' | 'config' | 'untrusted'>,
  workload: Workload,
  system: Pick<System, 'name' | 'workloads' | 'leadership' | 'consensus'>,
): BuiltWorkload {
  const promised = system.consensus?.(plan.nodes, settingsOf(plan.config));
  const faulty = [...new Set([...(promised?.faulty ?? []), ...(plan.untrusted ?? [])])];
  // Who is made to lie may also propose what no client asked for, unseen by the history.
  const made = (plan.untrusted ?? []).length > 0 && promised?.validity === 'anyone';
  const consensus =
    promised === undefined
      ? undefined
      : { ...promised, faulty, ...(made ? { validity: 'none' as const } : {}) };
  return workload.build(plan.workloadOptions, {
    seed: Seed.of(plan.seed).fork('workload', workload.name),
    nodes: plan.nodes,
    concurrency: plan.concurrency,
    operations: operationsOf(workload, system),
    ...(system.leadership === undefined ? {} : { leadership: system.leadership }),
    ...(consensus === undefined ? {} : { consensus }),
  });
}

/** Settings of the system (`--set`) in a configuration. */
function settingsOf(config: Json): Record<string, Json> {
  return (config as { set?: Record<string, Json> }).set ?? {};
}

/** Operations of the workload the system understands; throws when it lacks one the workload cannot do without. */
function operationsOf(workload: Workload, system: Pick<System, 'name' | 'workloads'>): readonly string[] {
  const spoken = spokenAs(workload, system);
  const offered = spoken === undefined ? undefined : system.workloads[spoken];
  if (offered === undefined) {
    throw new UsageError(`system ${system.name} does not speak workload ${workload.name}`, {
      hint: `it speaks ${Object.keys(system.workloads).join(', ') || 'none'}`,
    });
  }
  const lacking = workload.needs.filter((f) => !offered.includes(f));
  if (lacking.length > 0) {
    throw new UsageError(
      `workload ${workload.name} needs ${lacking.join(', ')}, which ${system.name} does not offer`,
      {
        hint: `for ${workload.name} it offers ${offered.join(', ') || 'no operations'}`,
      },
    );
  }
  return offered;
}

function unusedOperations(workload: Workload, offered: readonly string[], system: string): LeftOut[] {
  return (workload.uses ?? [])
    .filter((f) => !offered.includes(f))
    .map((f) => ({ what: `operation ${f}`, why: `${system} does not offer it for ${workload.name}` }));
}

function joined(own: readonly CheckerSpec[], extra: readonly CheckerSpec[]): CheckerSpec[] {
  const byName = new Map<string, CheckerSpec>();
  for (const { name, options } of [...own, ...extra]) {
    byName.set(name, { name, options: { ...byName.get(name)?.options, ...options } });
  }
  return [...byName.values()];
}

function checkNumbers(input: PlanInput): void {
  const { concurrency, nodes, timeLimitMs, opTimeoutMs, ratePerSecond, seed } = input;
  const demand = (holds: boolean, what: string, got: unknown): void => {
    if (!holds) throw new UsageError(`${what}, not ${JSON.stringify(got)}`);
  };
  demand(nodes.length > 0, 'a plan needs at least one node', nodes);
  demand(new Set(nodes).size === nodes.length, 'node names must differ', nodes);
  demand(
    Number.isInteger(concurrency) && concurrency >= 1,
    'concurrency must be a whole number above 0',
    concurrency,
  );
  demand(Number.isFinite(timeLimitMs) && timeLimitMs > 0, 'the time limit must be above 0 ms', timeLimitMs);
  demand(
    Number.isFinite(opTimeoutMs) && opTimeoutMs > 0,
    'the operation timeout must be above 0 ms',
    opTimeoutMs,
  );
  demand(ratePerSecond === null || ratePerSecond > 0, 'the rate must be above 0 per second', ratePerSecond);
  demand(Number.isSafeInteger(seed) && seed >= 0, 'the seed must be a whole number from 0 to 2^53 - 1', seed);
}

/** What the cluster offers, and the system: that its members can be changed. */
function withMembers({ offers, missing, system }: PlanInput): Pick<FaultSetting, 'offers' | 'missing'> {
  if (system.membership !== undefined) return { offers: new Set([...offers, 'members.change']), missing };
  const reason = `${system.name} does not let its members be changed`;
  return { offers, missing: [...missing, { capability: 'members.change', reason }] };
}
