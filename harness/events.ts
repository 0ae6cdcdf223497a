/**
 * What a run says while it happens: one typed stream for the live view, for CI lines and for machines. Plain
 * data, one event per thing that changed; sampled figures (`ops`, `latency`) replace each other, so a slow
 * reader may drop all but the latest of them. A listener must never throw and never wait.
 */
import type { BackendName, NodeId, NodeState } from './contracts.ts';
import type { Verdict } from './verdict.ts';

/** The stages a reader sees, in order. `check` is judging, `report` writing the views. */
export type RunStage = 'setup' | 'load' | 'heal' | 'settle' | 'final' | 'check' | 'report';

/** Every stage, in the order in which a run passes through them. */
export const RUN_STAGES: readonly RunStage[] = [
  'setup',
  'load',
  'heal',
  'settle',
  'final',
  'check',
  'report',
];

/** What is known before anything starts, and therefore before anything can fail. */
export interface PlanReady {
  kind: 'plan-ready';
  /** `run`, `demo`, `replay`, `check`... */
  command: string;
  /** Name of the run: of its config, or of the demo. */
  name: string;
  workload: string;
  /** Names of the nemeses asked for; empty for none. */
  nemeses: readonly string[];
  system: string;
  /** Bug switches turned on. */
  bugs: readonly string[];
  nodes: readonly NodeId[];
  backend: BackendName | string;
  /** Its nodes live in simulated or virtual time: the same seed gives the same run. */
  simulated?: true;
  seed: number;
  /** Where the seed came from: `from --seed`, `drawn`. */
  seedSource?: string;
  /** Client threads. */
  concurrency: number;
  /** Operations per second asked for; absent when clients go as fast as they can. */
  ratePerSecond?: number;
  loadMs: number;
  settleMs?: number;
  /** Planned injections; `label` is for people (`partition halves`). */
  faults: readonly { id: string; fault: string; label: string; atNs: number; untilNs: number }[];
  /** What was asked for and will not be done, with the reason and the command that would help. */
  skipped: readonly { what: string; reason: string; fix?: string }[];
  /** One sentence on the expected outcome, when one is known (`demo`). */
  expectation?: string;
  /** The run folder. */
  folder: string;
}

/** A stage began; `plannedMs` is its planned length or its deadline, when it has one. */
export interface StageStarted {
  kind: 'stage-started';
  stage: RunStage;
  plannedMs?: number;
}

/** A stage ended; `ok` false when it hit its deadline or an error, `detail` says which in one clause. */
export interface StageEnded {
  kind: 'stage-ended';
  stage: RunStage;
  tookMs: number;
  ok: boolean;
  detail?: string;
}

/** Client operations so far. Sampled about four times a second. */
export interface OpsSampled {
  kind: 'ops';
  /** Nanoseconds since the run started. */
  timeNs: number;
  invoked: number;
  ok: number;
  fail: number;
  info: number;
  /** Completions that did not end `ok`, by error kind. */
  errors: Readonly<Record<string, number>>;
}

/** Latency of client operations over the load so far. Sampled with `ops`. */
export interface LatencySampled {
  kind: 'latency';
  p50Ns: number;
  p99Ns: number;
  maxNs: number;
}

/** A fault was injected, skipped, or could not be installed. */
export interface FaultInjected {
  kind: 'fault-injected';
  id: string;
  fault: string;
  /** For people: `partition halves`. */
  label: string;
  nodes: readonly NodeId[];
  timeNs: number;
  state: 'installed' | 'skipped' | 'failed';
  /** Evidence in one clause. */
  summary: string;
}

/** A fault was undone; `bit` is whether it was shown to have had an effect. */
export interface FaultUndone {
  kind: 'fault-undone';
  id: string;
  fault: string;
  label: string;
  nodes: readonly NodeId[];
  timeNs: number;
  ok: boolean;
  bit: boolean | null;
  summary: string;
}

/** A node changed its state, by itself or because of a fault. */
export interface NodeChanged {
  kind: 'node-changed';
  node: NodeId;
  state: NodeState;
  timeNs: number;
  /** One clause: `killed by kill-2`, `exit code 3`. */
  reason?: string;
}

/** The set of nodes that say that they lead, as last observed; two or more at once is worth a look. */
export interface LeadersChanged {
  kind: 'leaders-changed';
  leaders: readonly { node: NodeId; term?: number | null }[];
  timeNs: number;
}

/** A checker began. */
export interface CheckerStarted {
  kind: 'checker-started';
  checker: string;
}

/** A checker answered. */
export interface CheckerFinished {
  kind: 'checker-finished';
  checker: string;
  verdict: Verdict;
  tookMs: number;
  /** One clause: `12 884 operations, 3 anomalies`. */
  summary?: string;
}

/** The live check saw a violation while the run went on. */
export interface ViolationSeen {
  kind: 'violation-seen';
  checker: string;
  /** Kind of the anomaly, and the sentence that says it. */
  anomaly: string;
  sentence: string;
  timeNs: number;
}

/** Something a reader should know that is none of the above: a warning, in one sentence. */
export interface Notice {
  kind: 'notice';
  text: string;
}

/** A view was written. */
export interface ReportWritten {
  kind: 'report-written';
  path: string;
  bytes: number;
}

/** The run is over; nothing follows. `interrupted` when the user ended it. */
export interface RunEnded {
  kind: 'ended';
  verdict: Verdict;
  /** Why, in one sentence. */
  sentence: string;
  interrupted: boolean;
}

/** Any event of a run. */
export type RunEvent =
  | PlanReady
  | StageStarted
  | StageEnded
  | OpsSampled
  | LatencySampled
  | FaultInjected
  | FaultUndone
  | NodeChanged
  | LeadersChanged
  | CheckerStarted
  | CheckerFinished
  | ViolationSeen
  | Notice
  | ReportWritten
  | RunEnded;

/** Receives the events of a run, in order. */
export type RunListener = (event: RunEvent) => void;
