/**
 * The single input of every reporter: all that a run left behind, as plain data plus the columnar history.
 * Made by `load.ts` from a run folder, or from parts by `assemble.ts`. Missing pieces are empty, never absent,
 * and `problems` says in words what was missing. Times are nanoseconds since the run started.
 */
import type { NodeId } from '../harness/contracts.ts';
import type { History } from '../harness/history/history.ts';
import type { Json } from '../harness/op.ts';
import type { Anomaly, Verdict } from '../harness/verdict.ts';
import type { Outcome } from './format.ts';
import type { MessageLog } from './messages.ts';

/** One checker's answer. */
export interface CheckerRow {
  name: string;
  verdict: Verdict;
  anomalies: Anomaly[];
  /** All anomalies there were; `anomalies` may hold only the first. */
  anomalyCount: number;
  stats: Record<string, Json>;
  options: Record<string, Json>;
  note: string;
  /** Time it took, or null when it was not recorded. */
  tookMs: number | null;
  /** Most memory its worker had, or null when it was not measured. */
  memoryBytes: number | null;
}

/** One condition a run has to meet before a pass means anything. */
export interface GateRow {
  name: string;
  holds: boolean;
  /** The sentence that is true when it holds. */
  claim: string;
  value: string;
  threshold: string;
  hint: string;
}

/** What the load cost in messages, where the network counted them. */
export interface MessageRow {
  operations: number;
  serversPerOp: number | null;
  clientsPerOp: number | null;
  servers: number;
  clients: number;
  dropped: number;
  /** Between servers in the whole run. */
  serversInAll: number;
}

/** One reason for the verdict, worst first. */
export interface ReasonRow {
  verdict: Verdict;
  source: string;
  sentence: string;
}

/** One planned injection and what came of it. */
export interface FaultRow {
  id: string;
  fault: string;
  mode: string;
  lane: string;
  nodes: NodeId[];
  target: string;
  params: Record<string, Json>;
  /** `partition halves`. */
  label: string;
  plannedFromNs: number | null;
  plannedToNs: number | null;
  /** When it was in force: from the end of the injection to the end of the undoing (or of the run). */
  fromNs: number | null;
  toNs: number | null;
  /** `pending`: its time never came. */
  state: 'installed' | 'skipped' | 'failed' | 'pending';
  undone: boolean;
  bit: boolean | null;
  evidence: string;
  undoEvidence: string;
  measures: Record<string, Json>;
  /** Colour slot of its kind. */
  colour: number;
  effect: FaultEffect | null;
}

/** Client operations that began while a fault was in force, against those that began under no fault. */
export interface FaultEffect {
  ops: number;
  notOk: number;
  p99Ns: number | null;
  baselineOps: number;
  baselineNotOk: number;
  baselineP99Ns: number | null;
  /** Longest time without any acknowledgement while it was in force. */
  silenceNs: number;
  /** From its end to the first acknowledgement of an operation begun after it; null when there was none. */
  recoveryNs: number | null;
}

/** A stretch during which one node held one belief about who leads. */
export interface BeliefSpan {
  node: NodeId;
  leading: boolean;
  leader: NodeId | null;
  term: number | null;
  /** For drawing: half way to the neighbouring observations. */
  fromNs: number;
  toNs: number;
  /** Certain part: from the end of the first observation to the start of the last. Empty when from > to. */
  sureFromNs: number;
  sureToNs: number;
}

/** A stretch during which two or more nodes certainly claimed to lead. */
export interface OverlapSpan {
  fromNs: number;
  toNs: number;
  leaders: { node: NodeId; term: number | null }[];
}

/** One leader in one term, with what went to its side. */
export interface Reign {
  node: NodeId;
  term: number | null;
  fromNs: number;
  toNs: number;
  followers: NodeId[];
  /** Nodes that certainly led too, at some time of it. */
  besides: NodeId[];
  /** Acknowledged writes, and the first of their values. */
  writes: number;
  values: Json[];
  /** Of those writes: how many a later read could have shown, how many the last one lacked, and their values. */
  judged: number;
  lost: number;
  lostValues: Json[];
}

/** A stretch of a node not running normally. */
export interface NodeSpan {
  node: NodeId;
  state: 'down' | 'paused' | 'skewed';
  fromNs: number;
  toNs: number;
  reason: string;
}

/** An operation of a witness, both halves in one. */
export interface WitnessOp {
  /** History index of the invocation, and of the completion or null. */
  index: number;
  completion: number | null;
  process: string;
  node: string | null;
  f: string;
  key: Json | undefined;
  value: Json;
  result: Json | undefined;
  outcome: Outcome;
  error: string;
  fromNs: number;
  toNs: number | null;
}

/** An anomaly with what a reader needs beside it. */
export interface Finding {
  checker: string;
  anomaly: Anomaly;
  ops: WitnessOp[];
  /** Operations of the witness beyond `ops`. */
  more: number;
  fromNs: number;
  toNs: number;
  /** Ids of the faults in force during the witness. */
  during: string[];
}

/** An excerpt of one node's output. */
export interface LogExcerpt {
  node: string;
  /** Path relative to the run folder. */
  path: string;
  bytes: number;
  lines: { number: number; text: string; crash: boolean }[];
  /** True when `lines` is not the whole file. */
  partial: boolean;
  /** Lines that carry a time, by the node's own clock. */
  timed?: TimedLine[];
}

/** A line with its time. */
export interface TimedLine {
  number: number;
  text: string;
  crash: boolean;
  /** Milliseconds since the epoch. */
  wallMs: number;
}

/** A line on the time axis of the run. */
export interface PlacedLine {
  node: string;
  path: string;
  number: number;
  text: string;
  crash: boolean;
  atNs: number;
}

/** Another run of the same name, or this one. */
export interface Sibling {
  id: string;
  own: boolean;
  verdict: Verdict | null;
  sentence: string;
  started: string;
  seed: string;
  commit: string;
  operations: number | null;
  ok: number | null;
  durationMs: number | null;
  p99Ms: number | null;
}

/** What operations met: faults by function, keys, and company on their key. */
export interface Coverage {
  functions: string[];
  /** Operations begun under each kind of fault, by function. */
  underFault: { fault: string; counts: number[] }[];
  calm: number[];
  keys: { count: number; least: number; median: number; most: number };
  /** By how many others on the same key were open when one was invoked: 0, 1, 2, 3, 4 to 7, 8 to 15, 16 and more. */
  company: { label: string; count: number }[];
}

/** Client operations by outcome. */
export interface OpCounts {
  total: number;
  ok: number;
  fail: number;
  info: number;
  /** Without any completion. */
  open: number;
  byFunction: { f: string; ok: number; fail: number; info: number }[];
  errors: { kind: string; count: number; definite: boolean }[];
}

/** A stage of the run as it was. */
export interface StageSpan {
  name: string;
  fromNs: number;
  toNs: number;
}

/** Commands to go on from here. */
export interface NextCommands {
  again: string;
  judge: string;
  show: string;
  /** Reduces a failing run; empty where there is no folder to point at. */
  smaller: string;
}

/** Offsets of one node's clock: time since the run started, offset, and how far it may be off; null: not recorded. */
export interface ClockTrackRow {
  node: string;
  points: [timeNs: number, offsetNs: number, errorNs: number | null][];
}

/** One value of the configuration. */
export interface ConfigurationRow {
  name: string;
  value: string;
  /** `default`, `flag`, `file`... */
  from: string;
  /** In words: `--time-limit`, `faultline.yaml:12`, `default`. */
  origin: string;
}

/** Everything a report says. */
export interface ReportModel {
  folder: string;
  name: string;
  command: string;
  system: string;
  workload: string;
  nemeses: string[];
  bugs: string[];
  backend: string;
  nodes: NodeId[];
  concurrency: number | null;
  seed: string;
  startedAt: string;
  durationNs: number;
  stages: StageSpan[];

  verdict: Verdict;
  sentence: string;
  interrupted: boolean;
  /** The verdict this run was expected to have, when that was said. */
  expected: Verdict | null;
  reasons: ReasonRow[];
  /** Verdicts that were allowed. */
  allow: Verdict[];
  commands: NextCommands;

  checkers: CheckerRow[];
  gates: GateRow[];
  /** Null: nobody counted. */
  messages: MessageRow | null;
  /** Every message, where the network journalled them; null elsewhere. */
  messageLog: MessageLog | null;
  findings: Finding[];
  faults: FaultRow[];
  /** What was asked for and not done, and why. */
  skipped: { what: string; reason: string; fix: string }[];
  beliefs: BeliefSpan[];
  overlaps: OverlapSpan[];
  reigns: Reign[];
  nodeSpans: NodeSpan[];
  counts: OpCounts;
  /** How wrong clocks were, of nodes whose clocks were read. */
  clocks: ClockTrackRow[];
  environment: { name: string; value: string }[];
  /** Every value of the configuration and who said it; empty in runs of earlier versions. */
  configuration: ConfigurationRow[];
  logs: LogExcerpt[];
  /** Lines of logs that carry a time, on the time axis, in order. */
  logLines: PlacedLine[];
  coverage: Coverage;
  /** Runs of this name, oldest first, this one among them; empty when nobody looked. */
  siblings: Sibling[];
  /** What was missing or could not be read, in sentences. */
  problems: string[];
  history: History;
}
