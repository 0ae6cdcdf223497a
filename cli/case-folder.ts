/**
 * A short run as a run folder like any other: plan, history, verdict and report, for the case somebody wants to
 * look at.
 */

import { gateLimits } from '../harness/gates.ts';
import { writeHistory } from '../harness/history/export.ts';
import type { Json } from '../harness/op.ts';
import type { Plan, PlannedPlugin } from '../harness/plan/plan.ts';
import { describeEnvironment } from '../harness/run/environment.ts';
import { judgeRun } from '../harness/run/judge-run.ts';
import type { PhaseSpan, RunMeta, VerdictFile } from '../harness/store/files.ts';
import type { RunFolder } from '../harness/store/run-folder.ts';
import { Store } from '../harness/store/store.ts';
import { wallMs } from '../harness/time.ts';
import type { Verdict } from '../harness/verdict.ts';
import { version } from '../harness/version.ts';
import { judgeWorkerUrl } from '../plugins/judge-worker-url.ts';
import { plannedPlugins } from '../plugins/planned.ts';
import type { Outcome, Scenario } from '../search/scenario.ts';
import { programName, quoted } from './command-line.ts';
import type { Io } from './io.ts';
import { writeViews } from './views.ts';

/** A short run to be stored. */
export interface CaseRun {
  name: string;
  scenario: Scenario;
  outcome: Outcome;
  /** The command that makes it again. */
  repro: string;
  out?: string;
  /** What it is expected to end as, when something is expected of it. */
  expected?: Verdict;
}

/** Writes the folder and its views; resolves with it and its verdict. */
export async function storeCaseRun(
  io: Io,
  run: CaseRun,
): Promise<{ folder: RunFolder; verdict: VerdictFile }> {
  const { scenario, outcome, name } = run;
  const startedMs = wallMs();
  const c = scenario.case;
  const out = run.out === undefined ? {} : { out: run.out };
  const folder = new Store(io.cwd).create({ name, seed: c.seed, startedMs, ...out });
  const phases: PhaseSpan[] = [{ phase: 'load', fromNs: 0, toNs: outcome.run.endNs }];
  const plan = { ...planOf(scenario), ...pluginsOf(scenario, io.cwd) };
  folder.writePlan(plan);
  const history = outcome.run.history();
  writeHistory(history, folder.file('history'), 'jsonl');
  const meta: RunMeta = {
    schema: 1,
    id: folder.id,
    name,
    command: `${programName(io.env)} ${quoted(process.argv.slice(2))}`,
    cwd: io.cwd,
    seed: c.seed,
    system: scenario.program,
    workload: c.workload,
    backend: 'sim',
    nodes: c.nodes,
    bugs: c.bugs,
    started: new Date(startedMs).toISOString(),
    ended: new Date(startedMs).toISOString(),
    durationMs: outcome.run.endNs / 1e6,
    endedBy: 'the end of the case',
    phases,
    missing: [],
    environment: { ...(await describeEnvironment(version(), io.cwd)), clockMechanism: 'simulated' },
  };
  folder.writeMeta(meta);
  const verdict = await judgeRun({
    history,
    specs: scenario.checkers,
    workerUrl: judgeWorkerUrl(),
    // A case is as small as it is: what it shows is shown.
    gates: gateLimits({ operations: 0, concurrency: 0, 'under-fault': 0, final: 0 }),
    concurrency: plan.concurrency,
    faults: null,
    leftOut: [],
    phases,
    allow: [],
    ...(run.expected === undefined ? {} : { expected: run.expected }),
    notes: outcome.run.crashes.map(
      ({ node, error }) => `the program of ${node} ended: ${error.split('\n')[0]}`,
    ),
    identity: {
      id: folder.id,
      name,
      seed: c.seed,
      system: scenario.program,
      workload: c.workload,
      backend: 'sim',
      repro: run.repro,
    },
    onEvent: () => {},
  });
  folder.writeVerdict(verdict);
  await writeViews(folder.path, () => {}, history);
  return { folder, verdict };
}

/** The plug-ins a scenario is made of. */
export function pluginsOf(
  { program, checkers, case: c }: Scenario,
  cwd: string,
): { plugins?: PlannedPlugin[] } {
  return plannedPlugins({ system: program, workload: null, faults: c.faults, checkers }, cwd);
}

/** The case in the shape of a plan; it carries the scenario itself, which is what decides. */
function planOf(scenario: Scenario): Plan {
  const c = scenario.case;
  const counts: Record<string, number> = {};
  for (const { f } of c.ops) counts[f] = (counts[f] ?? 0) + 1;
  return {
    version: 1,
    config: { scenario } as unknown as Json,
    seed: c.seed,
    workload: c.workload,
    workloadOptions: {},
    nodes: c.nodes,
    concurrency: Math.max(1, ...c.ops.map((op) => op.client + 1)),
    rate: 0,
    timeLimitMs: Math.max(1, ...c.ops.map((op) => Math.ceil(op.atNs / 1e6))),
    opTimeoutMs: c.opTimeoutMs ?? 1_000,
    lanes: [...new Set(c.faults.map((fault) => fault.lane))].sort(),
    faults: c.faults,
    checkers: scenario.checkers,
    operations: { sampled: c.ops.length, complete: true, counts, digest: '', first: [] },
    leftOut: [],
  };
}
