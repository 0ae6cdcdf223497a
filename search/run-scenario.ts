/**
 * From a run to a scenario for the simulator: its operations and faults as its history has them, the same program,
 * settings and bugs. The lean core draws other fates than the run did, so the failure may need another seed.
 */
import { resolve } from 'node:path';
import type { NodeId, PlannedFault, TargetSpec } from '../harness/contracts.ts';
import { type History, INVOKE } from '../harness/history/history.ts';
import type { Json, Phase } from '../harness/op.ts';
import { type Plan, spokenWorkload } from '../harness/plan/plan.ts';
import { UsageError } from '../harness/registry.ts';
import type { CaseOp } from '../harness/sim/case.ts';
import type { RunMeta } from '../harness/store/files.ts';
import type { CheckerSpec } from '../harness/workload.ts';
import { leftOpen } from '../systems/client-memory.ts';
import { systems } from '../systems/index.ts';
import { PROGRAMS } from '../systems/reference/programs.ts';
import { isSimulatable, MODULE } from '../systems/subjects.ts';
import type { Scenario } from './scenario.ts';

/** The parts of a run folder that a scenario is made of. */
export interface StoredRun {
  meta: RunMeta;
  plan: Plan;
  history: History;
}

/** The scenario a plan carries itself, when the run was one of a case; null otherwise. */
export function storedScenario(plan: Plan): Scenario | null {
  const config = plan.config as { scenario?: unknown } | null;
  return config?.scenario === undefined ? null : (config.scenario as Scenario);
}

/**
 * The scenario of a run for the simulator, wherever it was made. A module is named by its whole path. Throws
 * `UsageError` for other programs.
 */
export function scenarioOfRun({ meta, plan, history }: StoredRun, only: readonly CheckerSpec[]): Scenario {
  if (!isSimulatable(meta.system) && meta.system !== MODULE) {
    throw new UsageError(`the simulator has no program of ${meta.system} for short runs`, {
      hint: 'reduce its witness: faultline shrink --history-only',
    });
  }
  const known = PROGRAMS[meta.system]?.settings ?? systems[meta.system]?.options ?? {};
  const config = plan.config as { set?: Record<string, Json> };
  const settings = Object.fromEntries(
    Object.entries(config.set ?? {}).filter(([name]) => name in known),
  ) as Record<string, number | boolean | string>;
  if (meta.system === MODULE) settings['module'] = resolve(meta.cwd, String(settings['module']));
  return {
    program: meta.system,
    checkers: [...only],
    case: {
      version: 1,
      seed: plan.seed,
      nodes: [...plan.nodes],
      workload: spokenWorkload(plan),
      settings,
      bugs: [...meta.bugs],
      ops: clientOps(history, plan.concurrency).map(({ op }) => op),
      faults: faultsOf(history),
      isolation: 'copy',
      ...finalOf(history),
      opTimeoutMs: plan.opTimeoutMs,
      ...(spokenWorkload(plan) === 'leader' ? { observeEveryMs: 100 } : {}),
    },
  };
}

/** An operation of a stored run, and the phase it was asked in. */
export interface AskedOp {
  op: CaseOp;
  phase: Phase | undefined;
}

/** Client operations by thread; a process is its thread plus a multiple of the number of threads. */
export function clientOps(history: History, concurrency: number): AskedOp[] {
  const ops: AskedOp[] = [];
  const { types, processes } = history.columns;
  for (let i = 0; i < history.length; i++) {
    if (types[i] !== INVOKE || processes[i]! < 0) continue;
    const { time, f, key, value, node, phase } = history.op(i);
    const op = leftOpen({
      atNs: time,
      client: processes[i]! % concurrency,
      f,
      ...(key === undefined ? {} : { key }),
      value,
      ...(node === undefined ? {} : { node }),
    });
    ops.push({ op, phase });
  }
  return ops;
}

/** Where the final reads of the run begin. */
function finalOf(history: History): { finalFromNs?: number } {
  for (let i = 0; i < history.length; i++) {
    const { phase, time, process } = history.op(i);
    if (phase === 'final' && typeof process === 'number') return { finalFromNs: time };
  }
  return {};
}

/** Faults that were injected, with the times and nodes they really had; leaders stay a role. */
function faultsOf(history: History): PlannedFault[] {
  const byId = new Map<string, PlannedFault>();
  for (let i = 0; i < history.length; i++) {
    const op = history.op(i);
    const lane = /^nemesis:(.*)$/.exec(String(op.process))?.[1];
    if (lane === undefined) continue;
    const value = op.value as Record<string, Json>;
    const id = String(value['id']);
    const begun = byId.get(id);
    if (begun !== undefined) {
      if (op.f.startsWith('undo-') && op.type === 'invoke') begun.untilNs = op.time;
      continue;
    }
    byId.set(id, {
      id,
      fault: String(value['fault']),
      mode: String(value['mode']),
      lane,
      atNs: op.time,
      untilNs: op.time,
      target: value['target'] as TargetSpec,
      nodes: value['nodes'] as NodeId[],
      params: value['params'] as Record<string, Json>,
    });
  }
  return [...byId.values()];
}
