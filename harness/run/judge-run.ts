/**
 * From a stored history to verdict.json: run the checkers, apply the gates, word the ruling. The same for a run
 * that just ended and for one that is judged again years later.
 */
import type { NodeId } from '../contracts.ts';
import type { RunListener } from '../events.ts';
import { applyGates, type FaultTally, type GateLimits } from '../gates.ts';
import type { History } from '../history/history.ts';
import { judge } from '../judge/judge.ts';
import type { JudgeLimits } from '../judge/messages.ts';
import type { LiveReport } from '../online/messages.ts';
import type { Json } from '../op.ts';
import type { LeftOut } from '../plan/plan.ts';
import type { CheckerReport, FaultReport, PhaseSpan, VerdictFile } from '../store/files.ts';
import type { CheckerResult, Verdict } from '../verdict.ts';
import type { CheckerSpec } from '../workload.ts';
import { countRun } from './counts.ts';
import { findCrashLines } from './crash-lines.ts';
import { rule } from './reasons.ts';

/** What is judged, by whom, and what is known of the run besides its history. */
export interface JudgeRunRequest {
  history: History;
  specs: readonly CheckerSpec[];
  workerUrl: URL;
  limits?: Partial<JudgeLimits>;
  gates: GateLimits;
  concurrency: number;
  /** Null: nothing is known of faults. */
  faults: readonly FaultReport[] | null;
  /** What was asked for and could not be planned; a fault of which nothing else was planned had no effect. */
  leftOut: readonly LeftOut[];
  phases: PhaseSpan[];
  /** Node output and what in it means a crash. */
  logs?: { folder: string; nodes: readonly NodeId[]; patterns: readonly string[] };
  broken?: { source: string; message: string };
  interruptedBy?: string;
  allow: readonly Verdict[];
  expected?: Verdict;
  notes: readonly string[];
  /** What was seen while the run went. */
  live?: LiveReport;
  /** What it cost in messages. */
  messages?: VerdictFile['messages'];
  identity: Pick<VerdictFile, 'id' | 'name' | 'seed' | 'system' | 'workload' | 'backend' | 'repro'>;
  onEvent: RunListener;
  /** Aborts to leave without waiting for the checkers. */
  signal?: AbortSignal;
}

/** Judges a run. Rejects only for input that cannot be used at all; a checker's trouble is part of the verdict. */
export async function judgeRun(request: JudgeRunRequest): Promise<VerdictFile> {
  const { history, faults, identity } = request;
  const specs = withMessages(await withLogs(request), request.messages);
  const checkers: Record<string, CheckerReport> = {};
  const options = optionsByName(specs);
  const results = await judge({
    history,
    specs,
    workerUrl: request.workerUrl,
    ...(request.limits ? { limits: request.limits } : {}),
    ...(request.signal ? { signal: request.signal } : {}),
    onProgress: (progress) => {
      if (progress.kind === 'started')
        request.onEvent({ kind: 'checker-started', checker: progress.checker });
      else {
        const { checker, verdict, millis, result } = progress;
        request.onEvent({
          kind: 'checker-finished',
          checker,
          verdict,
          tookMs: millis,
          summary: summarise(result),
        });
      }
    },
  });
  for (const [name, result] of Object.entries(results))
    checkers[name] = { ...result, options: options.get(name) ?? {} };
  const counts = countRun(history);
  const gates = applyGates(history, tally(faults ?? [], request.leftOut), request.gates, request.concurrency);
  const ruling = rule({
    system: identity.system,
    workload: identity.workload,
    checkers,
    gates,
    faults,
    counts,
    ...(request.broken ? { broken: request.broken } : {}),
    ...(request.interruptedBy ? { interruptedBy: request.interruptedBy } : {}),
  });
  return {
    schema: 1,
    ...ruling,
    ...(request.expected ? { expected: request.expected } : {}),
    ...identity,
    checkers,
    gates,
    counts,
    ...(request.messages ? { messages: request.messages } : {}),
    phases: request.phases,
    faults: [...(faults ?? [])],
    allow: [...request.allow],
    notes: [...request.notes, ...disagreements(request.live, checkers)],
    ...(request.live ? { live: request.live } : {}),
  };
}

/** What was seen live must be found again: whatever is not is a fault of a checker. */
function disagreements(
  live: LiveReport | undefined,
  checkers: Readonly<Record<string, CheckerReport>>,
): string[] {
  return (live?.findings ?? [])
    .filter(({ checker }) => checkers[checker]?.verdict === 'pass')
    .map(
      ({ checker }) =>
        `${checker} failed live but passed afterwards: this is a fault of it, please report it`,
    );
}

/** Tells the `broadcast` checker what was sent between servers, unless it was told otherwise. */
function withMessages(specs: CheckerSpec[], messages: VerdictFile['messages']): CheckerSpec[] {
  if (messages === undefined) return specs;
  const told = { messages: messages.all.servers.sent };
  return specs.map((spec) =>
    spec.name === 'broadcast' ? { ...spec, options: { ...told, ...spec.options } } : spec,
  );
}

/** Hands the `logs` checker, where there is one, the lines it is to judge. */
async function withLogs({ specs, logs }: JudgeRunRequest): Promise<CheckerSpec[]> {
  if (logs === undefined || !specs.some((spec) => spec.name === 'logs')) return [...specs];
  const lines = await findCrashLines(logs.folder, logs.nodes, logs.patterns);
  return specs.map((spec) =>
    spec.name === 'logs' ? { ...spec, options: { ...spec.options, lines: lines as unknown as Json } } : spec,
  );
}

/** The name a checker has in the results: used again, it gets `#2`, `#3`. */
function optionsByName(specs: readonly CheckerSpec[]): Map<string, Record<string, Json>> {
  const uses = new Map<string, number>();
  const options = new Map<string, Record<string, Json>>();
  for (const spec of specs) {
    const use = (uses.get(spec.name) ?? 0) + 1;
    uses.set(spec.name, use);
    options.set(use === 1 ? spec.name : `${spec.name}#${use}`, spec.options);
  }
  return options;
}

/** Injections per kind of fault; what cannot be measured counts as having had an effect. */
function tally(faults: readonly FaultReport[], leftOut: readonly LeftOut[]): FaultTally[] {
  const tallies = new Map<string, FaultTally>();
  for (const { fault, why } of leftOut) {
    if (fault !== undefined) tallies.set(fault, { ...untouched(fault), why });
  }
  for (const { fault, state, bit, inject, undo } of faults) {
    const entry = tallies.get(fault) ?? untouched(fault);
    entry.planned++;
    if (state !== 'pending') entry.attempted++;
    if (state === 'installed') {
      entry.installed++;
      if (bit !== false) entry.bit++;
      else entry.unfelt ??= undo?.summary ?? inject?.summary;
    } else if (inject !== null) {
      entry.why ??= inject.summary;
    }
    tallies.set(fault, entry);
  }
  return [...tallies.values()];
}

function untouched(fault: string): FaultTally {
  return { fault, planned: 0, attempted: 0, installed: 0, bit: 0 };
}

function summarise(result: CheckerResult): string {
  const found = result.anomalyCount ?? result.anomalies.length;
  if (found > 0) return `${found} ${found === 1 ? 'anomaly' : 'anomalies'}`;
  return result.note ?? '';
}
