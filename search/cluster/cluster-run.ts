/**
 * One try of a case on a real cluster: processes are started, the case's operations and faults carried out,
 * everything is ended, and the history judged. Leaves a run folder like any other.
 */
import { resolve } from 'node:path';
import { BACKENDS, VIRTUAL_STDIO } from '../../harness/cluster/backends.ts';
import { detectClockSupport } from '../../harness/cluster/clock/clock-support.ts';
import { createClocks } from '../../harness/cluster/clock/clocks.ts';
import { findStepper } from '../../harness/cluster/lockstep/stepper-program.ts';
import type { System } from '../../harness/contracts.ts';
import { gateLimits } from '../../harness/gates.ts';
import { from } from '../../harness/generator/index.ts';
import type { Json } from '../../harness/op.ts';
import type { Plan } from '../../harness/plan/plan.ts';
import { lookup, UsageError } from '../../harness/registry.ts';
import { executeRun } from '../../harness/run/run.ts';
import type { RunSpec } from '../../harness/run/spec.ts';
import type { Case } from '../../harness/sim/case.ts';
import type { VerdictFile } from '../../harness/store/files.ts';
import { Store } from '../../harness/store/store.ts';
import type { Anomaly } from '../../harness/verdict.ts';
import { FAULTS } from '../../nemesis/index.ts';
import { judgeWorkerUrl } from '../../plugins/judge-worker-url.ts';
import { commandSystem } from '../../systems/command/command.ts';
import { commandExtras } from '../../systems/command/run-extras.ts';
import { systems } from '../../systems/index.ts';
import type { Signature } from '../scenario.ts';
import type { ClusterScenario } from './cluster-scenario.ts';
import { script } from './script.ts';

/** Where a try is made and who says so. */
export interface TryRequest {
  scenario: ClusterScenario;
  seed: number;
  /** Working directory: relative paths of a command count from here. */
  cwd: string;
  /** The run folder; null: a new one in the store. */
  out: string | null;
  name: string;
  version: string;
  /** What was typed, and what makes this try again. */
  commandLine: string;
  repro: string;
  signal: AbortSignal;
}

/** What came of a try. */
export interface TryResult {
  folder: string;
  verdict: VerdictFile;
}

/**
 * Carries out a case once. Throws `UsageError` for names that do not exist; what goes wrong with the cluster is
 * in the verdict.
 */
export async function tryOnCluster(request: TryRequest): Promise<TryResult> {
  const { scenario, cwd, out } = request;
  const { cluster } = scenario;
  const c: Case = { ...scenario.case, seed: request.seed };
  const system = systemOf(scenario, cwd);
  const virtualTime = cluster.virtualTime === true ? await virtualTimeHere() : null;
  const backend =
    virtualTime === null ? BACKENDS.find(({ name }) => name === cluster.backend) : VIRTUAL_STDIO;
  if (backend === undefined || !system.backends.includes(backend.name)) {
    throw new UsageError(`${system.name} does not run on backend ${cluster.backend}`);
  }
  for (const { fault } of c.faults) lookup('fault', FAULTS, fault);
  const skews = virtualTime === null && c.faults.some(({ fault }) => fault === 'clock');
  const clock = skews ? await detectClockSupport() : null;
  const spec: RunSpec = {
    command: 'shrink',
    commandLine: request.commandLine,
    repro: request.repro,
    name: request.name,
    version: request.version,
    cwd,
    storeRoot: new Store(cwd).root,
    ...(out === null ? {} : { out }),
    seedSource: 'of the try',
    plan: planOfCase(scenario, c),
    built: builtOf(c),
    system,
    systemOptions: cluster.set,
    bugs: c.bugs,
    backend,
    ...(virtualTime === null ? {} : { virtualTime }),
    ...(clock === null || clock.mechanism === 'none' ? {} : { clocks: createClocks(clock) }),
    ...(cluster.command === undefined ? {} : commandExtras(cluster.command, c.nodes)),
    faults: FAULTS,
    settleMs: cluster.settleMs,
    // A case is as small as it is: what it shows is shown.
    gates: gateLimits({ operations: 0, concurrency: 0, 'under-fault': 0, final: 0 }),
    allow: [],
    judge: { workerUrl: judgeWorkerUrl() },
    stop: request.signal,
    leave: request.signal,
    onEvent: () => {},
  };
  return executeRun(spec);
}

/** Throws `UsageError` where there is none. */
async function virtualTimeHere(): Promise<{ stepper: string }> {
  const support = await findStepper();
  if ('path' in support) return { stepper: support.path };
  throw new UsageError(
    `this case runs on virtual time, and there is none: ${support.reason}`,
    support.fix === undefined ? {} : { hint: support.fix },
  );
}

/** The anomaly of this class, or undefined. */
export function anomalyOf(verdict: VerdictFile, { checker, kind }: Signature): Anomaly | undefined {
  const report = verdict.checkers[checker];
  if (report?.verdict !== 'fail') return undefined;
  return report.anomalies.find((one) => one.kind === kind && one.certainty === 'proved');
}

/** Why a try says nothing: its cluster did not come up, or the harness broke; null when it does. */
export function brokenTry(verdict: VerdictFile): string | null {
  return verdict.reasons.find((reason) => reason.verdict === 'broken')?.sentence ?? null;
}

function systemOf({ program, cluster }: ClusterScenario, cwd: string): System {
  if (cluster.command === undefined) return lookup('system', systems, program);
  const command = { ...cluster.command, cwd: resolve(cwd, cluster.command.cwd) };
  return { ...commandSystem(command), name: program };
}

function builtOf(c: Case): RunSpec['built'] {
  const { finalFromNs } = c;
  if (finalFromNs === undefined) return { generator: from(script(c.ops)), checkers: [] };
  const isFinal = (atNs: number): boolean => atNs >= finalFromNs;
  const final = c.ops.filter((op) => isFinal(op.atNs));
  return {
    generator: from(script(c.ops.filter((op) => !isFinal(op.atNs)))),
    ...(final.length > 0 ? { final: from(script(final, finalFromNs)) } : {}),
    checkers: [],
  };
}

/** The case in the shape of a plan; it carries the scenario itself. */
function planOfCase(scenario: ClusterScenario, c: Case): Plan {
  const counts: Record<string, number> = {};
  for (const { f } of c.ops) counts[f] = (counts[f] ?? 0) + 1;
  return {
    version: 1,
    config: { scenario: { ...scenario, case: c } } as unknown as Json,
    seed: c.seed,
    workload: c.workload,
    workloadOptions: {},
    nodes: c.nodes,
    concurrency: Math.max(1, ...c.ops.map((op) => op.client + 1)),
    rate: 0,
    timeLimitMs: Math.max(1, loadNs(c) / 1e6),
    opTimeoutMs: c.opTimeoutMs ?? 1_000,
    lanes: [...new Set(c.faults.map((fault) => fault.lane))].sort(),
    faults: [...c.faults].sort((a, b) => a.atNs - b.atNs),
    checkers: scenario.checkers,
    operations: { sampled: c.ops.length, complete: true, counts, digest: '', first: [] },
    leftOut: [],
  };
}

/** Length of the load of a case, ns. */
export function loadNs(c: Case): number {
  if (c.untilNs !== undefined) return c.untilNs;
  let last = 0;
  for (const op of c.ops)
    if (op.atNs < (c.finalFromNs ?? Number.POSITIVE_INFINITY)) last = Math.max(last, op.atNs);
  for (const fault of c.faults) last = Math.max(last, fault.untilNs);
  return last + 200e6;
}
