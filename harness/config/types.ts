/**
 * The configuration as a whole: `Config` is what an engineer writes, `ResolvedConfig` what the engine gets
 * once flags, file and defaults are merged and every duration is in milliseconds. Both are plain data; the
 * second goes into plan.json.
 */
import type { ClientSpec } from '../client/client-spec.ts';
import type { BackendName, NodeId, TargetSpec } from '../contracts.ts';
import type { NetworkConfig } from '../network/net-profiles.ts';
import type { Json } from '../op.ts';
import type { Verdict } from '../verdict.ts';
import type { CommandConfig, CommandSpec } from './command-types.ts';
import type { DockerConfig, DockerSpec } from './docker-config.ts';
import type { Origin } from './origin.ts';
import type { SshConfig, SshSpec } from './ssh-config.ts';
import type { Duration } from './units.ts';
import type { VariantConfig, VariantSpec } from './variants.ts';

export type { Duration };

/** A rate of operations: `200/s`, `1k/s`, `30/m`; a bare number is operations per second. */
export type Rate = string | number;

/** What an engineer writes in `faultline.yaml`, `.json` or `faultline.config.ts`. */
export interface Config {
  $schema?: string;
  /** Modules of your own with systems, workloads, faults or checkers, relative to this file. */
  plugins?: string[];
  /** Name of the run folder's parent; default: the system and the workload. */
  name?: string;
  /** How many nodes (`n1`, `n2`...), or their names. */
  nodes?: number | NodeId[];
  /** A system from `faultline list systems`; leave it out when there is a `command` section. */
  system?: string;
  /** Bug switches of a reference system to turn on. */
  bugs?: string[];
  /** Any program at all: how to start it and talk to it, without TypeScript. */
  command?: CommandConfig;
  backend?: BackendName;
  /** What containers are made of, on backend docker. */
  docker?: DockerConfig;
  /** On which machines nodes run, on backend ssh. */
  ssh?: SshConfig;
  /** Nodes of the stdio backend run in lock step on virtual time; see `--virtual-time`. */
  virtualTime?: boolean;
  /** Name of a workload, or its name with its options beside it. */
  workload?: string | WorkloadConfig;
  /** Faults to inject: `partition`, `clock:jump`, `kill@leader`, or an object; `[]` for none. */
  nemesis?: string | (string | NemesisConfig)[];
  /** Client threads: a count, or a multiple of the node count such as `2n`. */
  concurrency?: number | string;
  rate?: Rate;
  /** Length of the load phase. */
  timeLimit?: Duration;
  /** After this an operation is `info`. */
  opTimeout?: Duration;
  /** How long the cluster may take to be ready again once all faults are undone. */
  settle?: Duration;
  /** Default pause between the end of a fault and the next one of its lane. */
  interval?: Duration;
  /** Default time a fault stays installed. */
  duration?: Duration;
  seed?: number;
  /** The verdict this run is to reach: what `faultline suite` holds it against; `run` ignores it. */
  expect?: 'pass' | 'fail';
  /** The checker whose finding is expected, where a failure is. */
  foundBy?: string;
  /** Why that is expected: one sentence for readers. */
  because?: string;
  /** Record every packet, on backend netns. */
  capture?: boolean;
  /** Judge while the run goes; see `--live-check`. */
  liveCheck?: boolean;
  /** End the load at the first violation the live check sees; implies `liveCheck`. */
  stopOnFail?: boolean;
  /** Verdicts that exit 0 all the same; every report says so. */
  allow?: Verdict[];
  /** Thresholds under which a pass is vacuous: `{ operations: 100 }`. */
  gates?: Record<string, Json>;
  /** Checkers beyond those of the workload: a name, or its name with its options beside it. */
  checkers?: (string | CheckerConfig)[];
  /** Options of the system: the same as `--set key=value`. */
  set?: Record<string, Json>;
  /** Other ways to start nodes, by name: for `mixed`, and for the fault `rolling`. */
  variants?: Record<string, VariantConfig>;
  /** Nodes that run a variant from the start: `{ n1: old }`. */
  mixed?: Record<NodeId, string>;
  /** What stands between the workload and the client: `retry,timeout:ms=300`, or a list of such words. */
  client?: string | string[];
  /** How far nodes are from each other when no fault is in force; default: as near as the backend has them. */
  network?: NetworkConfig;
}

/** `{ name: register, keys: 8 }`: the workload and its options. */
export interface WorkloadConfig {
  name: string;
  [option: string]: Json;
}

/** `{ name: election-safety, leadership: exclusive }`: the checker and its options. */
export interface CheckerConfig {
  name: string;
  [option: string]: Json;
}

/** One fault in full. */
export interface NemesisConfig {
  /** Name from `faultline list faults`. */
  fault: string;
  mode?: string;
  /** `one`, `minority`, `majority`, `minority-third`, `all`, `leader`, or node names. */
  target?: TargetSpec;
  /** Parameters of the mode, as `faultline describe <fault>` lists them. */
  params?: Record<string, Json>;
  /** Pause before each injection. */
  interval?: Duration;
  /** How long it stays installed. */
  duration?: Duration;
}

/** One kind of fault to inject again and again during the load phase. */
export interface NemesisSpec {
  fault: string;
  /** Null: the fault's default mode. */
  mode: string | null;
  /** Null: the fault chooses. */
  target: TargetSpec | null;
  params: Record<string, Json>;
  intervalMs: number;
  durationMs: number;
}

/** A name with options. */
export interface NamedOptions {
  name: string;
  options: Record<string, Json>;
}

/** The configuration of one run with nothing left open. */
export interface ResolvedConfig {
  name: string;
  nodes: NodeId[];
  /** Registry name; `command` when a command section describes the program. */
  system: string;
  bugs: string[];
  command: CommandSpec | null;
  /** Null: the first backend the system lists. */
  backend: BackendName | null;
  /** Null: nothing says what containers are made of. */
  docker: DockerSpec | null;
  /** Null: nothing says on which machines nodes run. */
  ssh: SshSpec | null;
  virtualTime: boolean;
  /** Null: the system's first workload. */
  workload: NamedOptions | null;
  nemesis: NemesisSpec[];
  concurrency: number;
  /** Operations per second over all clients; null: as fast as they answer. */
  ratePerSecond: number | null;
  timeLimitMs: number;
  opTimeoutMs: number;
  settleMs: number;
  seed: number;
  expect: 'pass' | 'fail' | null;
  /** Absent in plans of earlier versions. */
  capture?: boolean;
  liveCheck: boolean;
  stopOnFail: boolean;
  allow: Verdict[];
  gates: Record<string, Json>;
  checkers: NamedOptions[];
  set: Record<string, Json>;
  variants: Record<string, VariantSpec>;
  mixed: Record<NodeId, string>;
  client: ClientSpec[];
  /** Null: nothing is added to what the backend takes. */
  network: NetworkConfig | null;
  /** Where each value came from, by dotted path: top-level keys, and entries of `set`, `gates` and the workload. */
  origins: Record<string, Origin>;
}

/** Values of command-line flags that override the file; absent flags are absent keys. */
export type ConfigFlags = Omit<Config, '$schema' | 'plugins' | 'command'>;
