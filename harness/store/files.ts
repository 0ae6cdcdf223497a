/**
 * The shapes of the files of a run folder, apart from the history: what a report may rely on. Everything is
 * plain JSON; a field is added freely, removed or changed only with `schema`.
 */
import type { ImageInfo } from '../cluster/docker/docker-options.ts';
import type { ConfiguredValue } from '../config/origin.ts';
import type { BackendName, Evidence, Missing, NodeId, TargetSpec } from '../contracts.ts';
import type { NetworkReport } from '../network/report.ts';
import type { LiveReport } from '../online/messages.ts';
import type { Json, Phase } from '../op.ts';
import type { ClockTrack } from '../run/clock-samples.ts';
import type { CheckerResult, Verdict } from '../verdict.ts';

/** Names of the files in a run folder. */
export const RUN_FILES = {
  plan: 'plan.json',
  history: 'history.jsonl',
  ledger: 'ledger.jsonl',
  verdict: 'verdict.json',
  run: 'run.json',
  report: 'report.html',
  junit: 'junit.xml',
  messages: 'messages.jsonl',
  events: 'events.jsonl',
  logs: 'logs',
} as const;

/** Folder in a store that links to the run folders users chose elsewhere. */
export const ELSEWHERE_FOLDER = 'elsewhere';

/** One phase of a run as it happened. */
export interface PhaseSpan {
  phase: Phase;
  fromNs: number;
  /** Null while it lasts, or when the run ended in it. */
  toNs: number | null;
}

/** run.json: what was run, where and when. Written at the start and again at the end. */
export interface RunMeta {
  schema: 1;
  /** `<name>/<timestamp>-<seed>`: the run folder below `.faultline/`. */
  id: string;
  name: string;
  /** The command that started it, quoted for a shell. */
  command: string;
  /** Where it was started: what relative paths in the plan count from. */
  cwd: string;
  seed: number;
  system: string;
  workload: string;
  backend: BackendName;
  nodes: NodeId[];
  bugs: string[];
  /** ISO 8601, wall clock of the harness. */
  started: string;
  ended: string | null;
  /** Length of the run on the harness's monotonic clock, setup to teardown. */
  durationMs: number | null;
  /** Why the load phase ended: `time limit`, `operations done`, `interrupted`... */
  endedBy: string | null;
  phases: PhaseSpan[];
  /** Why it was this backend. */
  backendBecause?: string;
  /** What this backend could not do here. */
  missing: Missing[];
  environment: EnvironmentInfo;
  /** Every value of the configuration, defaults included, and who said it. */
  configuration?: ConfiguredValue[];
  /** What was tested, where nodes ran on this machine. */
  programs?: ProgramInfo[];
  /** What containers were made of. */
  image?: ImageInfo;
  /** What the live check did and saw, when there was one. */
  live?: LiveReport;
  /** How wrong clocks were, of runs that skewed them. */
  clocks?: ClockTrack[];
  /** Distances between nodes, where the run had any: as they were meant, and as they were measured. */
  network?: NetworkReport;
}

/** A program under test: the version it says it has, or the hash of its file. */
export interface ProgramInfo {
  name: string;
  /** Absolute. */
  file: string;
  version?: string;
  sha256?: string;
}

/** The machine and the software of a run. */
export interface EnvironmentInfo {
  faultline: string;
  node: string;
  platform: string;
  arch: string;
  /** Operating system and kernel release. */
  os: string;
  cpu: string;
  cpus: number;
  memoryBytes: number;
  /** Commit of the working directory, `+` appended when it had changes; null outside a repository. */
  commit: string | null;
  /** True under a continuous-integration server. */
  ci: boolean;
  clockMechanism: string;
}

/** Counts over the client operations of a history. */
export interface OpCounts {
  invoked: number;
  ok: number;
  fail: number;
  /** Completed `info`, or never completed. */
  info: number;
}

/** Everything that was counted. */
export interface RunCounts extends OpCounts {
  /** Lines in the history, observations and faults included. */
  operations: number;
  /** By operation name. */
  byF: Record<string, OpCounts>;
  /** Failed and indeterminate completions by error kind. */
  errors: Record<string, number>;
  /** Client processes, retired ones included. */
  processes: number;
  /** Distinct keys. */
  keys: number;
  /** Leader observations that were answered. */
  observations: number;
}

/** Messages of one kind of link. */
export interface MessageTotals {
  /** Handed to the network, delivered by it, and lost to faults. A duplicate is delivered twice. */
  sent: number;
  delivered: number;
  dropped: number;
}

/** Messages of a stretch of the run, and what one operation cost. `perOp` counts what was sent; null: no operation. */
export interface MessageCounts {
  /** Client operations invoked. */
  operations: number;
  /** Between nodes, and between nodes and services. */
  servers: MessageTotals & { perOp: number | null };
  clients: MessageTotals & { perOp: number | null };
  perOp: number | null;
}

/** A checker's answer with what it cost. */
export interface CheckerReport extends CheckerResult {
  millis: number;
  options: Record<string, Json>;
  /** Peak resident memory of its worker, when known. */
  memoryBytes?: number;
}

/** One gate: a threshold under which a pass proves too little. */
export interface GateReport {
  name: string;
  /** The sentence that is true when it holds: `at least 20 operations were acknowledged`. */
  claim: string;
  holds: boolean;
  value: Json;
  threshold: Json;
  /** What would make it hold, when it does not. */
  hint?: string;
}

/** What became of one planned fault. */
export interface FaultReport {
  id: string;
  fault: string;
  mode: string;
  lane: string;
  /** Nodes it hit, by then known. */
  nodes: NodeId[];
  target: TargetSpec;
  params: Record<string, Json>;
  /** `pending`: the run ended before its time came. */
  state: Evidence['state'] | 'pending';
  bit: boolean | null;
  /** When it was planned, in force, and undone, ns since the run started. */
  plannedNs: number;
  fromNs: number | null;
  toNs: number | null;
  inject: Evidence | null;
  undo: Evidence | null;
  /** How reports draw it. */
  span: { label: string; colour: number };
}

/** One reason for the verdict, as the ladder words it; the first is the one the run is named after. */
export interface Reason {
  verdict: Verdict;
  /** `checker:linearizable`, `gate:operations`, `setup`, `teardown`, `fault:clock-2`, `interrupt`. */
  source: string;
  sentence: string;
}

/** verdict.json, and `--json` on standard output. */
export interface VerdictFile {
  schema: 1;
  verdict: Verdict;
  /** One sentence: the first reason, or what a pass established. */
  sentence: string;
  /** What the run was expected to show, when it was said (`demo`, canaries). */
  expected?: Verdict;
  /** Why, worst first; empty for a plain pass. */
  reasons: Reason[];
  id: string;
  name: string;
  seed: number;
  system: string;
  workload: string;
  backend: BackendName | null;
  checkers: Record<string, CheckerReport>;
  gates: GateReport[];
  counts: RunCounts;
  /** Messages of the load, and of the whole run, where the network saw them. */
  messages?: { load: MessageCounts; all: MessageCounts };
  phases: PhaseSpan[];
  faults: FaultReport[];
  /** The command that makes this run again, to be pasted into a shell. */
  repro: string;
  /** Verdicts that were allowed and so exit 0. */
  allow: Verdict[];
  /** Torn tails, teardown trouble, capabilities that were missing: said, not judged. */
  notes: string[];
  /** What the live check did and saw, when there was one. */
  live?: LiveReport;
}
