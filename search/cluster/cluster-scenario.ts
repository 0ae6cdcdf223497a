/**
 * A case for a real cluster: the same data as a simulated one, and what has to be started to carry it out.
 */
import type { CommandSpec } from '../../harness/config/command-types.ts';
import type { PlannedFault } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { spokenWorkload } from '../../harness/plan/plan.ts';
import type { Case } from '../../harness/sim/case.ts';
import type { RunMeta } from '../../harness/store/files.ts';
import type { CheckerSpec } from '../../harness/workload.ts';
import { clientOps, type StoredRun } from '../run-scenario.ts';
import type { Scenario } from '../scenario.ts';
import type { ClusterSpec } from './cluster-spec.ts';

/** A scenario whose case is carried out by real nodes: `untilNs` is the length of its load. */
export interface ClusterScenario extends Scenario {
  cluster: ClusterSpec;
}

/** True for a scenario of a real cluster. */
export function isClusterScenario(scenario: Scenario): scenario is ClusterScenario {
  return scenario.cluster !== undefined;
}

/** Part of a plan's configuration. */
interface PlannedConfig {
  set?: Record<string, Json>;
  settleMs?: number;
  virtualTime?: boolean;
  command?: CommandSpec | null;
}

/** When the load of a run began, ns since the run did: what the times of its case count from. */
export function loadFromNs({ phases }: Pick<RunMeta, 'phases'>): number {
  return phases.find(({ phase }) => phase === 'load')?.fromNs ?? 0;
}

/** The operations a run asked, in its load and at its end, and the faults of its plan, as a case. */
export function clusterScenarioOf(run: StoredRun, only: readonly CheckerSpec[]): ClusterScenario {
  const { meta, plan, history } = run;
  const config = plan.config as unknown as PlannedConfig;
  const loadFrom = loadFromNs(meta);
  const asked = clientOps(history, plan.concurrency);
  const during = asked.filter(({ phase }) => phase !== 'final').map(({ op }) => op);
  const final = asked.filter(({ phase }) => phase === 'final').map(({ op }) => op);
  const loadNs = plan.timeLimitMs * 1e6;
  const finalFromNs = final[0]?.atNs;
  // Nodes are told by client, so that the case stays one whichever nodes are left out.
  const placed = [...during, ...final].map(({ node: _, ...op }) => ({
    ...op,
    atNs: Math.max(0, op.atNs - loadFrom),
  }));
  const c: Case = {
    version: 1,
    seed: plan.seed,
    nodes: [...plan.nodes],
    workload: spokenWorkload(plan),
    settings: {},
    bugs: [...meta.bugs],
    ops: placed,
    faults: plan.faults.filter((fault: PlannedFault) => fault.atNs < loadNs),
    opTimeoutMs: plan.opTimeoutMs,
    untilNs: loadNs,
    ...(finalFromNs === undefined ? {} : { finalFromNs: Math.max(0, finalFromNs - loadFrom) }),
  };
  const cluster: ClusterSpec = {
    backend: meta.backend as ClusterSpec['backend'],
    set: { ...config.set },
    settleMs: config.settleMs ?? 10_000,
    ...(config.virtualTime === true ? { virtualTime: true } : {}),
    ...(config.command ? { command: config.command } : {}),
  };
  return { program: meta.system, checkers: [...only], case: c, cluster };
}
