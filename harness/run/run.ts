/**
 * The life of a run, top to bottom: plan stored, cluster up, load, heal, settle, final, tear down, judge. Trouble
 * in any step is worded and kept; once the load has begun, nothing costs the history or the verdict.
 */
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ClusterError } from '../cluster/cluster-error.ts';
import type { RunEvent, RunStage } from '../events.ts';
import { Ledger, type RunLedger, SimulatedLedger } from '../faults/ledger.ts';
import { JournalWriter } from '../history/journal.ts';
import { readJsonl } from '../history/jsonl.ts';
import { type NetworkReport, networkWords } from '../network/report.ts';
import type { LiveReport } from '../online/messages.ts';
import type { Phase } from '../op.ts';
import { UsageError } from '../registry.ts';
import { virtually } from '../sim/virtual-time.ts';
import type { PhaseSpan, RunMeta, VerdictFile } from '../store/files.ts';
import { reserveRoom } from '../store/reserve.ts';
import type { RunFolder } from '../store/run-folder.ts';
import { Store } from '../store/store.ts';
import { monotonicNs, wallMs } from '../time.ts';
import type { ClockTrack } from './clock-samples.ts';
import { describeEnvironment } from './environment.ts';
import { faultLabel } from './fault-events.ts';
import { judgeRun } from './judge-run.ts';
import { LiveRun } from './live.ts';
import { LiveCheck } from './live-check.ts';
import { describePrograms } from './programs.ts';
import type { RunResult, RunSpec } from './spec.ts';

/** What the live half left for the judge. */
interface LiveOutcome {
  phases: PhaseSpan[];
  faults: VerdictFile['faults'];
  notes: string[];
  endedBy: string;
  interruptedBy?: string;
  broken?: { source: string; message: string };
  live?: LiveReport;
  messages?: VerdictFile['messages'];
  network?: NetworkReport | null;
  clocks?: ClockTrack[];
}

/** Makes a run and judges it. Rejects only when not even the run folder can be written. */
export async function executeRun(spec: RunSpec): Promise<RunResult> {
  const startedMs = wallMs();
  const folder = new Store(spec.cwd).create({
    name: spec.name,
    seed: spec.plan.seed,
    startedMs,
    ...(spec.out ? { out: spec.out } : {}),
  });
  folder.writePlan(spec.plan);
  spec.onEvent(planReady(spec, folder));
  const meta = await describeRun(spec, folder, startedMs);
  folder.writeMeta(meta);
  const heard: RunSpec = { ...spec, onImage: (image) => void (meta.image = image) };
  const began = monotonicNs();
  const release = spec.backend.simulated === true ? () => undefined : reserveRoom(folder.path);
  const outcome = await inTimeOf(spec, () => live(heard, folder, meta)).finally(release);
  const durationMs = Math.round((monotonicNs() - began) / 1e6);
  folder.writeMeta({
    ...meta,
    ended: new Date(wallMs()).toISOString(),
    durationMs,
    endedBy: outcome.endedBy,
    phases: outcome.phases,
    ...(outcome.live ? { live: outcome.live } : {}),
    ...(outcome.network ? { network: outcome.network } : {}),
    ...(outcome.clocks?.length ? { clocks: outcome.clocks } : {}),
  });
  const verdict = await judgeIt(spec, folder, outcome);
  folder.writeVerdict(verdict);
  // What nodes stored is evidence; a pass needs none.
  if (verdict.verdict === 'pass') rmSync(join(folder.path, 'data'), { recursive: true, force: true });
  return { folder: folder.path, verdict };
}

/** Nodes that are simulated live in simulated time, and with them everything that deals with them. */
function inTimeOf<T>(spec: RunSpec, work: () => Promise<T>): Promise<T> {
  return spec.backend.simulated === true ? virtually(work) : work();
}

async function openLedger(spec: RunSpec, path: string, runId: string): Promise<RunLedger> {
  return spec.backend.simulated === true ? new SimulatedLedger(path, runId) : Ledger.create(path, runId);
}

async function live(spec: RunSpec, folder: RunFolder, meta: RunMeta): Promise<LiveOutcome> {
  const journal = new JournalWriter(folder.file('history'));
  // The folder is unique on this machine, an id only in its store.
  const runId = resolve(folder.path);
  const ledger = await openLedger(spec, folder.file('ledger'), runId);
  const outcome: LiveOutcome = { phases: [], faults: [], notes: [], endedBy: 'an error' };
  let run: LiveRun | undefined;
  let check: LiveCheck | undefined;
  let clean = true;
  try {
    run = new LiveRun(spec, folder.path, journal, ledger, runId, monotonicNs());
    meta.missing = [...run.cluster.missing];
    meta.environment.clockMechanism = run.cluster.clocks.mechanism;
    if (spec.live) {
      const now = run.now.bind(run);
      check = new LiveCheck(spec, spec.live, folder.file('history'), now);
    }
    await drive(spec, run, outcome, check);
    const trouble = run.cluster.trouble?.() ?? null;
    if (trouble !== null) outcome.broken = { source: 'cluster', message: trouble };
  } catch (error) {
    const source = outcome.phases.at(-1)?.phase ?? 'setup';
    if (spec.stop.aborted) {
      outcome.endedBy = outcome.interruptedBy = String(spec.stop.reason);
      outcome.broken = { source, message: `interrupted by ${outcome.interruptedBy} during ${source}` };
    } else outcome.broken = { source, message: wordOf(error) };
  } finally {
    if (run) {
      clean = await run.tearDown();
      outcome.faults = run.faults();
      const messages = run.messages();
      if (messages !== null) outcome.messages = messages;
      outcome.network = run.network();
      outcome.clocks = run.clocks();
      if (outcome.network !== null)
        outcome.notes.push(networkWords(outcome.network, outcome.faults.length > 0));
      outcome.notes.push(...run.notes);
    }
    await closing('the history', outcome, async () => journal.close());
    await closing('the ledger', outcome, () => ledger.close(clean));
    if (check) await endLiveCheck(check, outcome);
  }
  return outcome;
}

/** What the live check saw goes into the notes too, so that every report says it. */
async function endLiveCheck(check: LiveCheck, outcome: LiveOutcome): Promise<void> {
  outcome.live = await check.end();
  outcome.notes.push(...check.notes);
  if (check.why) outcome.notes.push(check.why);
  const atEnd = outcome.live.checkers.filter(({ why }) => why !== null).map(({ checker }) => checker);
  if (atEnd.length > 0) outcome.notes.push(`not judged live, only at the end: ${atEnd.join(', ')}`);
  for (const { checker, seenNs, kind } of outcome.live.findings) {
    outcome.notes.push(`seen live at ${(seenNs / 1e9).toFixed(1)} s: ${checker} failed (${kind})`);
  }
}

/** Takes a cluster through its phases. Faults are undone whatever happens in between. */
async function drive(spec: RunSpec, run: LiveRun, outcome: LiveOutcome, check?: LiveCheck): Promise<void> {
  const { plan, settleMs, stop, leave } = spec;
  const step = stepper(spec, run, outcome);
  await step('setup', undefined, async () => {
    await run.setUp();
    return true;
  });
  try {
    await step('load', plan.timeLimitMs, async () => {
      check?.loading();
      const { end } = await run.load(check ? [check.stop] : []);
      outcome.endedBy = end === 'exhausted' ? 'the time limit or the end of the workload' : end;
      if (check?.why) outcome.endedBy = check.why;
      if (stop.aborted) outcome.endedBy = outcome.interruptedBy = String(stop.reason);
      return end !== 'stalled';
    });
  } finally {
    await step('heal', undefined, () => run.heal());
  }
  if (leave.aborted) return;
  await step('settle', settleMs, () => run.settle());
  if (leave.aborted) return;
  await step('final', undefined, async () => {
    // Nobody is there to answer: every question would wait for its time to pass, and learn nothing.
    if (plan.nodes.every((node) => run.cluster.state(node) !== 'running')) {
      run.notes.push('no final operations: no node was running any more');
      return false;
    }
    await run.final();
    return true;
  });
}

type Step = (phase: Phase, plannedMs: number | undefined, work: () => Promise<boolean>) => Promise<void>;

function stepper(spec: RunSpec, run: LiveRun, outcome: LiveOutcome): Step {
  return async (phase, plannedMs, work) => {
    const span: PhaseSpan = { phase, fromNs: run.now(), toNs: null };
    outcome.phases.push(span);
    spec.onEvent({ kind: 'stage-started', stage: phase, ...(plannedMs === undefined ? {} : { plannedMs }) });
    let ok = false;
    try {
      ok = await work();
    } finally {
      span.toNs = run.now();
      spec.onEvent({ kind: 'stage-ended', stage: phase, tookMs: (span.toNs - span.fromNs) / 1e6, ok });
    }
  };
}

async function judgeIt(spec: RunSpec, folder: RunFolder, outcome: LiveOutcome): Promise<VerdictFile> {
  const { plan, system } = spec;
  const began = monotonicNs();
  spec.onEvent({ kind: 'stage-started', stage: 'check' satisfies RunStage });
  const { history, notes } = await readJsonl(folder.file('history'));
  const verdict = await judgeRun({
    history,
    // A cluster that never came up has done nothing that could be judged.
    specs: outcome.phases.some((span) => span.phase === 'load') ? plan.checkers : [],
    workerUrl: spec.judge.workerUrl,
    signal: spec.leave,
    ...(spec.judge.limits ? { limits: spec.judge.limits } : {}),
    gates: spec.gates,
    concurrency: plan.concurrency,
    faults: outcome.faults,
    leftOut: plan.leftOut,
    phases: outcome.phases,
    logs: { folder: folder.file('logs'), nodes: plan.nodes, patterns: system.crashPatterns ?? [] },
    ...(outcome.broken ? { broken: outcome.broken } : {}),
    ...(outcome.interruptedBy ? { interruptedBy: outcome.interruptedBy } : {}),
    allow: spec.allow,
    ...(spec.expected ? { expected: spec.expected.verdict } : {}),
    notes: [...notes, ...outcome.notes],
    ...(outcome.live ? { live: outcome.live } : {}),
    ...(outcome.messages ? { messages: outcome.messages } : {}),
    identity: {
      id: folder.id,
      name: spec.name,
      seed: plan.seed,
      system: system.name,
      workload: plan.workload,
      backend: spec.backend.name,
      repro: spec.repro,
    },
    onEvent: spec.onEvent,
  });
  const tookMs = (monotonicNs() - began) / 1e6;
  spec.onEvent({ kind: 'stage-ended', stage: 'check', tookMs, ok: true });
  return verdict;
}

async function describeRun(spec: RunSpec, folder: RunFolder, startedMs: number): Promise<RunMeta> {
  const { plan, system } = spec;
  const programs = await describePrograms(system, spec.systemOptions, spec.backend.name);
  return {
    schema: 1,
    id: folder.id,
    name: spec.name,
    command: spec.commandLine,
    cwd: spec.cwd,
    seed: plan.seed,
    system: system.name,
    workload: plan.workload,
    backend: spec.backend.name,
    ...(spec.backendBecause === undefined ? {} : { backendBecause: spec.backendBecause }),
    nodes: plan.nodes,
    bugs: [...spec.bugs],
    started: new Date(startedMs).toISOString(),
    ended: null,
    durationMs: null,
    endedBy: null,
    phases: [],
    missing: [],
    environment: { ...(await describeEnvironment(spec.version, spec.cwd)), clockMechanism: 'none' },
    ...(spec.configuration ? { configuration: [...spec.configuration] } : {}),
    ...(programs.length > 0 ? { programs } : {}),
  };
}

function planReady(spec: RunSpec, folder: RunFolder): RunEvent {
  const { plan } = spec;
  return {
    kind: 'plan-ready',
    command: spec.command,
    name: spec.name,
    workload: plan.workload,
    nemeses: [...new Set(plan.faults.map((fault) => fault.fault))],
    system: spec.system.name,
    bugs: spec.bugs,
    nodes: plan.nodes,
    backend: spec.backend.name,
    ...(spec.backend.simulated === true ? { simulated: true } : {}),
    seed: plan.seed,
    seedSource: spec.seedSource,
    concurrency: plan.concurrency,
    ...(plan.rate > 0 ? { ratePerSecond: plan.rate } : {}),
    loadMs: plan.timeLimitMs,
    settleMs: spec.settleMs,
    faults: plan.faults.map(({ id, fault, mode, atNs, untilNs }) => ({
      id,
      fault,
      label: faultLabel({ fault, mode }),
      atNs,
      untilNs,
    })),
    skipped: plan.leftOut.map(({ what, why, fix }) => ({ what, reason: why, ...(fix ? { fix } : {}) })),
    ...(spec.expected ? { expectation: spec.expected.because } : {}),
    folder: folder.path,
  };
}

/** Closes a file of the run; what already broke the run is not noted again. */
async function closing(what: string, outcome: LiveOutcome, close: () => Promise<unknown>): Promise<void> {
  try {
    await close();
  } catch (error) {
    if (wordOf(error) !== outcome.broken?.message) outcome.notes.push(`closing ${what}: ${wordOf(error)}`);
  }
}

/** What a reader needs of an error: its message; a stack only where the error is the harness's own. */
function wordOf(error: unknown): string {
  if (error instanceof UsageError) return error.format();
  if (error instanceof ClusterError || error instanceof Error) return error.message;
  return String(error);
}
