/**
 * The contracts between the engine and everything that plugs into it: clusters, systems, clients, workloads,
 * checkers, faults. Types only. A plug-in is one file that satisfies one of these, plus one registry line.
 */
import type { BugSwitch } from './bug-switch.ts';
import type { Capability, Missing, Variants } from './capability.ts';
import type {
  ClockSkew,
  Disks,
  DiskTrouble,
  Endpoint,
  LinkEntry,
  Links,
  NodeId,
  PowerCut,
  TapSpec,
  TargetSpec,
  WireProfile,
} from './link-data.ts';
import type { Membership, MembershipChange } from './membership.ts';
import type { ConsensusPromise, ElectionTraffic, LeaderObservation, LogPage } from './observation.ts';
import type { Json, Op, OpError } from './op.ts';
import type { CheckerOptions, ParameterSpec } from './parameter.ts';
import type { Program } from './program.ts';
import type { ProgramSpec, ReadyProbe } from './program-spec.ts';
import type { Rng } from './random.ts';
import type { CheckerResult } from './verdict.ts';

// ---------------------------------------------------------------- cluster
/** How a cluster's processes are connected. */
export type BackendName = 'stdio' | 'tcp' | 'netns' | 'docker' | 'ssh' | 'sim';

/** `crashed`: it ended by itself. `stopped`: we ended it. `paused`: alive, not scheduled. */
export type NodeState = 'starting' | 'running' | 'paused' | 'stopped' | 'crashed';

/** What was observed about an injection or its undoing. Numbers and words, for the report. */
export interface Evidence {
  /** `skipped`: not applicable here, nothing was done. `failed`: tried, and it did not take. */
  state: 'installed' | 'skipped' | 'failed';
  /** Did it bite: true shown by a measurement, false shown not to, null not measurable. */
  bit: boolean | null;
  /** One clause: `12 messages dropped, probe n1 -> n3 refused`. */
  summary: string;
  measures: Record<string, Json>;
}

/** The clocks of node processes (CLOCK_REALTIME); monotonic clocks are left alone. */
export interface Clocks {
  /** The mechanism in use: `vdso`, `libfaketime`, or `none` with the reason. */
  readonly mechanism: string;
  readonly unavailable?: string;
  /** Sets the skew of a node's processes, now and after any restart; evidence holds the offset read back. */
  set(node: NodeId, skew: ClockSkew): Promise<Evidence>;
  /** Back to the real time; idempotent. */
  reset(node: NodeId): Promise<Evidence>;
  /** Offset the node's processes would read now, ns; null when it cannot be read. */
  read(node: NodeId): Promise<number | null>;
  /** How far a reading that took so long may be off, ns; absent: by half of that time. */
  errorNs?(node: NodeId, tookNs: number): number;
}

/** Something a node did by itself, or that was done to it; journalled under process `cluster`. */
export interface ClusterEvent {
  node: NodeId;
  kind: 'started' | 'ready' | 'exited' | 'crashed' | 'restarted' | 'gave-up' | 'protocol-violation';
  detail: Json;
}

/** Where a node listens and what it is told about its peers. */
export interface NodeAddress {
  id: NodeId;
  index: number;
  /** The node's own listening address. On `stdio` ports are empty. */
  host: string;
  ports: Record<string, number>;
  dataDir: string;
  /**
   * Where the others reach this node, for systems that tell each other their addresses (`System.addressing`). Absent:
   * where it listens.
   */
  advertised?: { host: string; ports: Record<string, number> };
  /** The address this node must use for each peer, by port name: its own private link, or the peer's advertised one. */
  peers: { id: NodeId; host: string; ports: Record<string, number> }[];
}

/** A running set of nodes under one backend. Every wait inside has a deadline. */
export interface Cluster {
  readonly backend: BackendName;
  readonly nodes: readonly NodeId[];
  readonly offers: ReadonlySet<Capability>;
  readonly missing: readonly Missing[];
  readonly links: Links;
  readonly clocks: Clocks;
  /** Absent where the disks are those of the machine. */
  readonly disks?: Disks;

  /** Starts every node and waits until each is ready; throws `ClusterError` naming the node and its last output. */
  up(signal: AbortSignal): Promise<void>;
  /** Ends every node and closes every link; never throws, returns what went wrong. */
  down(): Promise<string[]>;

  state(node: NodeId): NodeState;
  address(node: NodeId): NodeAddress;
  /** Host and port clients must use for a node (the client link on tcp, the node's own address on netns). */
  clientAddress(node: NodeId, port?: string): { host: string; port: number };
  /** kill -9 of the process group; the data directory stays. */
  kill(node: NodeId): Promise<Evidence>;
  /** Graceful stop (SIGTERM, then SIGKILL after a deadline). */
  stop(node: NodeId): Promise<Evidence>;
  /** Starts a stopped, killed or crashed node on its old data and waits until it is ready. */
  restart(node: NodeId): Promise<Evidence>;
  /** SIGSTOP to the whole process group, evidence: process state T. */
  pause(node: NodeId): Promise<Evidence>;
  resume(node: NodeId): Promise<Evidence>;
  /** Process ids of a node now, the group leader first; empty when it is down. */
  pids(node: NodeId): number[];

  /**
   * Sends one JSON message body to a node and resolves with the reply body (stdio, and tcp nodes that speak
   * JSON lines). Rejects with `OpFailure`; a timeout is indefinite.
   */
  request(node: NodeId, body: Record<string, Json>, options: RequestOptions): Promise<Record<string, Json>>;

  /** Reports that a node broke its protocol in what it answered; becomes an event. Absent: nobody listens. */
  complain?(node: NodeId, reason: string, line: string): void;

  onEvent(listener: (event: ClusterEvent) => void): void;
  /** Path of a node's captured output. */
  log(node: NodeId): string;
  /** What happened to the machines of the nodes that nobody asked for: the run is judged, and counts as broken. */
  trouble?(): string | null;
  /** In virtual time: why another run of the same seed may differ; empty when nothing speaks against it. */
  caveats?(): string[];
}

/** How long to wait for a reply, and on whose connection. */
export interface RequestOptions {
  timeoutMs: number;
  signal?: AbortSignal;
  /** Name of the client connection; requests of one name share a connection and an identity. */
  client: string;
}

// ---------------------------------------------------------------- systems and clients
/** What systems get to see of a run. */
export interface SystemContext {
  cluster: Cluster;
  nodes: readonly NodeId[];
  /** Name of the workload that runs, which decides what `read` means. */
  workload: string;
  /** Values of `--set key=value` and of the config's system section. */
  options: Record<string, Json>;
  /** Bug switches turned on. */
  bugs: readonly string[];
}

/** A system under test: how to start it, how to talk to it, what it claims. */
export interface System {
  name: string;
  summary: string;
  /** Backends it runs on, preferred first. */
  backends: readonly BackendName[];
  /** Most nodes it can have; it has so many where nobody says how many, if the usual number is higher. */
  maxNodes?: number;
  /** Operations its client understands, by workload; a workload runs when all of its `needs` are there. */
  workloads: Readonly<Record<string, readonly string[]>>;
  /**
   * Options a workload has with these settings of the system, unless others are given: what is promised there, where
   * that is less than the workload takes for granted. Absent: the workload's own defaults.
   */
  promises?(
    workload: string,
    options: Readonly<Record<string, Json>>,
  ): Readonly<Record<string, Json>> | undefined;
  /** Named ports each node needs on tcp; default `['main']`. */
  ports?: readonly string[];
  /**
   * How its nodes know each other. `own-links`: every node may be told another host and port for the same peer.
   * `own-hosts`: another host, but the peer's own port. `advertised`: all use the one address a node has told, as
   * members of most real clusters do. Default `own-links`.
   */
  addressing?: 'own-links' | 'own-hosts' | 'advertised';
  /** Values `--set` and the config's system section may give; anything else is refused. Absent: none. */
  options?: Readonly<Record<string, ParameterSpec>>;
  /** Other settings that its nodes may run with, beside nodes that do not. */
  variants?: Readonly<Record<string, { summary: string; set: Readonly<Record<string, Json>> }>>;
  /** Bug switches: what each breaks and how to find it. */
  bugs: Readonly<Record<string, BugSwitch>>;
  /** What `faultline demo` runs and expects of it. */
  demo?: {
    workload: string;
    nemesis: string;
    expect: 'pass' | 'fail';
    because: string;
    /** What is expected instead with an option, by `option=value`. */
    unless?: Readonly<Record<string, { expect: 'pass' | 'fail'; because: string }>>;
    /** What is expected instead with so many nodes and these options; null: the same. */
    given?(
      nodes: number,
      options: Readonly<Record<string, Json>>,
    ): { expect: 'pass' | 'fail'; because: string } | null;
    /** Settings by the keys of a config file. */
    config?: Readonly<Record<string, Json>>;
  };
  /** What its leadership promises: at most one leader per term, or at any instant. Absent: it has no leader. */
  leadership?: 'per-term' | 'exclusive';
  /** What its decisions promise with these nodes and options. Absent: it decides nothing. */
  consensus?(nodes: readonly NodeId[], options: Readonly<Record<string, Json>>): ConsensusPromise;
  /**
   * What it promises about Byzantine nodes in a cluster of so many: how many it survives, and its settings where
   * faults make the traitors. Absent: it trusts all of them.
   */
  byzantine?(nodes: number): { survives: number; settings: Readonly<Record<string, Json>> };
  /** Values a search draws for its options, each as likely; their defaults otherwise. */
  drawn?: Readonly<Record<string, readonly (number | boolean | string)[]>>;
  /** How its members are changed while it runs. Absent: they are not. */
  membership?(context: SystemContext): Membership;
  /** How `faultline measure` tells its elections. */
  election?: ElectionTraffic;
  program(node: NodeAddress, context: Omit<SystemContext, 'cluster'>, backend: BackendName): ProgramSpec;
  /** What is tested, on this machine: kept with the run. */
  programs?(options: Readonly<Record<string, Json>>): readonly TestedProgram[];
  /** Throws `UsageError` for options that no run can have, before anything starts. */
  check?(options: Readonly<Record<string, Json>>): void;
  /** The same program for a node inside the simulator; absent: it does not run on `sim`. */
  simulated?(node: NodeAddress, context: Omit<SystemContext, 'cluster'>): Program;
  /** What its network is like on stdio. Absent: instant, in order, nothing lost. */
  wire?(context: Omit<SystemContext, 'cluster'>): WireProfile;
  ready: ReadyProbe;
  /** How long a node may take until it is ready, ms. Default 10 s. */
  readyMs?: number;
  /** A client bound to one node; one per client process. */
  open(node: NodeId, context: SystemContext, clientName: string): Promise<Client>;
  /** Asks a node who leads; rejects when it does not answer. */
  observe?(node: NodeId, context: SystemContext, signal: AbortSignal): Promise<LeaderObservation>;
  /** With these options nobody can be asked who leads: `observe` says nothing. Absent: it always says something. */
  isUnobserved?(options: Readonly<Record<string, Json>>): boolean;
  /** Reads a node's replicated log from a position on, as much as fits; rejects when the node does not answer. */
  observeLog?(node: NodeId, context: SystemContext, from: number, signal: AbortSignal): Promise<LogPage>;
  /** Log lines that mean a node crashed or detected corruption. */
  crashPatterns?: readonly string[];
}

/** A program a system consists of: asked for its version with `ask`; without either, its file is hashed. */
export interface TestedProgram {
  name: string;
  file: string;
  ask?: readonly string[];
  version?: string;
}

/** Ends an operation with a declared error: definite becomes `fail`, anything else `info`. */
export class OpFailure extends Error {
  readonly error: OpError;
  constructor(error: OpError) {
    // An answer, not a mistake of somebody's code: where it was made is of no interest, and costs microseconds.
    const frames = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(error.message ?? error.kind);
    Error.stackTraceLimit = frames;
    this.name = 'OpFailure';
    this.error = error;
  }
}

/** An invocation as a client sees it. */
export interface Invocation {
  f: string;
  key?: Json;
  value: Json;
}

/**
 * One client's connection. `invoke` resolves with the completed value (the operation is `ok`), or throws: an
 * `OpFailure` is classified by its `definite` flag, anything else and every timeout is `info`.
 */
export interface Client {
  /** `key` names the operation to the system, the same in every attempt; absent: the client names it itself. */
  invoke(op: Invocation, call: { signal: AbortSignal; timeoutMs: number; key?: string }): Promise<Json>;
  close(): Promise<void>;
}

// ---------------------------------------------------------------- faults
/** One injection as the plan holds it: plain data, the same for the same config and seed. */
export interface PlannedFault {
  /** `partition-1`: unique in the plan. */
  id: string;
  fault: string;
  mode: string;
  /** Faults of one lane never overlap; lanes run in parallel. */
  lane: string;
  atNs: number;
  untilNs: number;
  target: TargetSpec;
  /** Nodes drawn at plan time; empty when the target is only known when it fires. */
  nodes: NodeId[];
  params: Record<string, Json>;
}

/** What a fault may use while it works. */
export interface FaultContext {
  cluster: Cluster;
  /** Node that leads now by majority of the latest observations, or null. */
  leader(): Promise<NodeId | null>;
  signal: AbortSignal;
  /** What nodes can be started as; absent: only as they are. */
  variants?: Variants;
  /** Keeps lines beside the run as evidence; returns the file's name. Absent: nothing is kept. */
  keep?(name: string, lines: readonly string[]): string;
  /** How the members of the system are changed; absent where they are not. */
  membership?: Membership;
}

/** What `faultline clean` can do for a run whose harness is gone: plain data in the ledger. */
export type UndoAction =
  | { kind: 'none'; because: string }
  | { kind: 'signal'; pid: number; startTicks: number; signal: 'SIGCONT' | 'SIGKILL'; group: boolean };

/**
 * What a fault does while it is in force, as data: the simulator's short runs apply it without taking evidence.
 * Absent parts: nothing of that kind.
 */
export interface FaultEffect {
  links?: readonly LinkEntry[];
  taps?: readonly TapSpec[];
  /** Nodes that are down meanwhile and start again on their old data. */
  kill?: readonly NodeId[];
  /** Nodes that lose their power and start again when it ends; at a sync to come, where one is named. */
  power?: Readonly<Record<NodeId, PowerCut & { atSync?: number; path?: string }>>;
  pause?: readonly NodeId[];
  skews?: Readonly<Record<NodeId, ClockSkew>>;
  disks?: Readonly<Record<NodeId, DiskTrouble>>;
  /** Given who the members are: who joins and who leaves meanwhile. Pure. */
  members?: (now: readonly NodeId[]) => MembershipChange;
  /** Links whose connections are broken once, when it begins. */
  resets?: readonly { from: Endpoint; to: Endpoint }[];
}

/** One way to hurt a cluster. */
export interface Fault {
  name: string;
  summary: string;
  modes: Readonly<Record<string, { summary: string; params?: Readonly<Record<string, ParameterSpec>> }>>;
  defaultMode: string;
  lane: string;
  /** Lanes whose active faults on a common node make this one impossible (a killed node cannot be paused). */
  conflicts: readonly string[];
  /** Every injection of a run hits the same nodes: those that are not to be trusted. Default: drawn each time. */
  sameNodes?: true;
  needs(mode: string, params: Record<string, Json>): readonly Capability[];
  /** How reports draw it. */
  span: { label: string; colour: number };
  /** Seeded choice of nodes and parameters at plan time. */
  plan(
    mode: string,
    params: Record<string, Json>,
    target: TargetSpec | undefined,
    nodes: readonly NodeId[],
    rng: Rng,
  ): {
    target: TargetSpec;
    nodes: NodeId[];
    params: Record<string, Json>;
  };
  /** What must be undone from outside should the harness die; written to the ledger before `inject`. */
  undoActions(fault: PlannedFault, context: FaultContext): UndoAction[];
  /** The same as data, for these targets among these nodes. Pure. Absent: only `inject` knows. */
  effect?(fault: PlannedFault, targets: readonly NodeId[], nodes: readonly NodeId[]): FaultEffect;
  inject(fault: PlannedFault, context: FaultContext): Promise<Evidence>;
  /** Idempotent. The evidence tells what the fault did while it was installed. */
  undo(fault: PlannedFault, context: FaultContext): Promise<Evidence>;
}

/** Re-exported so that plug-ins need one import for the types they speak. */
export type { BugSwitch } from './bug-switch.ts';
export type { Capability, Missing, Variants } from './capability.ts';
export type {
  ClockSkew,
  Delay,
  Disks,
  DiskTrouble,
  Endpoint,
  LinkCounters,
  LinkEntry,
  LinkRule,
  Links,
  MessageTap,
  NodeId,
  PowerCut,
  PowerLoss,
  TapSpec,
  TargetSpec,
  WireProfile,
} from './link-data.ts';
export type { ProgramSpec, ReadyProbe } from './program-spec.ts';
export type { CheckerOptions, CheckerResult, Json, LeaderObservation, LogPage, Op, OpError, ParameterSpec };
