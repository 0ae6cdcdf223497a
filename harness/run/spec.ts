/**
 * What a run is made of, and what comes out of it. The composition root fills this in from registries; the
 * engine below it knows no particular system, workload, fault or checker.
 */

import type { ClientSpec } from '../client/client-spec.ts';
import type { Backend } from '../cluster/backends.ts';
import type { DockerOptions, ImageInfo } from '../cluster/docker/docker-options.ts';
import type { ClocksFactory, MessageListener, OwnDisks, RestartPolicy } from '../cluster/options.ts';
import type { ProbedSsh } from '../cluster/ssh/ssh-options.ts';
import type { ConfiguredValue } from '../config/origin.ts';
import type { Fault, NodeId, System } from '../contracts.ts';
import type { RunListener } from '../events.ts';
import type { GateLimits } from '../gates.ts';
import type { JudgeLimits } from '../judge/messages.ts';
import type { NetLink } from '../network/net-profiles.ts';
import type { Json } from '../op.ts';
import type { Plan } from '../plan/plan.ts';
import type { VerdictFile } from '../store/files.ts';
import type { Verdict } from '../verdict.ts';
import type { BuiltWorkload } from '../workload.ts';
import type { RunVariant } from './variants.ts';

/** Everything one run needs. */
export interface RunSpec {
  /** `run`, `demo` or `replay`. */
  command: string;
  /** What was typed, quoted for a shell; stored with the run. */
  commandLine: string;
  /** What to type to make this run again. */
  repro: string;
  /** Name below the store. */
  name: string;
  version: string;
  cwd: string;
  storeRoot: string;
  /** The run folder, when the user chose one. */
  out?: string;
  seedSource: string;
  plan: Plan;
  built: BuiltWorkload;
  system: System;
  systemOptions: Record<string, Json>;
  bugs: readonly string[];
  /** Other ways to start nodes, and which nodes are started so from the beginning. */
  variants?: { named: Readonly<Record<string, RunVariant>>; mixed: Readonly<Record<NodeId, string>> };
  /** What stands between the workload and the system's clients, the outermost first. */
  client?: readonly ClientSpec[];
  /** Distances between nodes when no fault is in force. */
  network?: { name: string; links: readonly NetLink[] };
  backend: Backend;
  /** Why it is this one, as a clause. */
  backendBecause?: string;
  /** Record packets, where there are any. */
  capture?: boolean;
  /** What containers are made of. */
  docker?: DockerOptions;
  /** The machines of nodes, for backend ssh. */
  ssh?: ProbedSsh;
  /** Every value of the configuration with its origin, for run.json. */
  configuration?: readonly ConfiguredValue[];
  /** Hears which image containers are made of. */
  onImage?: (image: ImageInfo) => void;
  /** Hears of every message, where the backend is one that reads them. */
  onMessage?: MessageListener;
  clocks?: ClocksFactory;
  /** Puts the data of nodes on disks of our own. */
  disks?: OwnDisks;
  /** Nodes run in lock step on virtual time, each under the stepper at this path. */
  virtualTime?: { stepper: string };
  restart?: RestartPolicy;
  fixedPorts?: Readonly<Record<NodeId, Readonly<Record<string, number>>>>;
  readyMs?: number;
  faults: Readonly<Record<string, Fault>>;
  settleMs: number;
  gates: GateLimits;
  allow: readonly Verdict[];
  /** What the run is expected to end as, and why, when something is expected of it. */
  expected?: { verdict: Verdict; because: string };
  judge: { workerUrl: URL; limits?: Partial<JudgeLimits> };
  /** Judge while the run goes; `stopOnFail` ends the load at the first violation. */
  live?: { workerUrl: URL; stopOnFail: boolean };
  /** Aborts to end the load early and judge what there is. */
  stop: AbortSignal;
  /** Aborts to undo everything and leave. */
  leave: AbortSignal;
  onEvent: RunListener;
}

/** What a run left. */
export interface RunResult {
  folder: string;
  verdict: VerdictFile;
}
