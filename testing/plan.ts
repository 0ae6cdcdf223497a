/**
 * The plan of a simulation as a test writes it: few fields, all with defaults, times in milliseconds. It is
 * plain data and decides the run completely, so a failing one can be printed, kept, and simulated again.
 */
import type { NodeId, PlannedFault, TargetSpec } from '../harness/contracts.ts';
import type { Json } from '../harness/op.ts';
import type { Isolation } from '../harness/sim/isolation.ts';
import type { DiskProfile, NetworkProfile } from '../harness/sim/profiles.ts';
import type { FaultName } from '../nemesis/index.ts';

/** What a client asks, and when at the earliest: a client asks one thing at a time. */
export interface SimOperation {
  atMs: number;
  /** Number of the client, from 0; client c talks to node c mod n. */
  client: number;
  /** What is asked: `read`, `write`, `cas`, `add`..., as the workload knows it. */
  f: string;
  key?: Json;
  value?: Json;
  /** The node to ask instead. */
  node?: NodeId;
}

/** A fault: what, when, for how long, and on whom. */
export interface SimFault {
  fault: FaultName;
  /** One of the modes of the fault (`faultline describe <fault>`); default the usual one. */
  mode?: string;
  /** Names of nodes, or a role: `one`, `minority`, `majority`, `all`, `leader`. Default: drawn from the seed. */
  target?: Exclude<TargetSpec, NodeId[]> | readonly NodeId[];
  atMs: number;
  forMs: number;
  /** Parameters of the mode. */
  params?: Readonly<Record<string, Json>>;
}

/** Faults to be drawn from the seed. */
export interface DrawnFaults {
  kinds: readonly FaultName[];
  /** How many; default 6. */
  count?: number;
}

/** A simulation: everything has a default. The same plan and program give the same run, event by event. */
export interface SimPlan {
  /** Decides everything that is drawn. Default 1. */
  seed?: number;
  /** How many nodes, named n1, n2..., or their names. Default 3. */
  nodes?: number | readonly NodeId[];
  /**
   * What clients do: the requests their operations are, and the checkers that judge them. Default `register`;
   * `faultline list workloads` has all.
   */
  workload?: string;
  /** Options of the workload, for operations that are drawn. */
  workloadOptions?: Readonly<Record<string, Json>>;
  /** The operations, or how many are drawn from the workload. Default 60. */
  operations?: number | readonly SimOperation[];
  /** Clients, for operations that are drawn. Default: one per node. */
  clients?: number;
  /** Faults, as written here or as a plan of faultline holds them, or which kinds to draw. Default: none. */
  faults?: readonly (SimFault | PlannedFault)[] | DrawnFaults;
  /** Operations and faults that are drawn begin before this time, in milliseconds. Default 3000. */
  timeMs?: number;
  /**
   * So long after the last operation and fault every client reads once more, in milliseconds. Absent: after
   * 1000 where operations are drawn, not at all where they are given.
   */
  settleMs?: number;
  /** An operation without an answer for this long has an unknown outcome. Default 1000. */
  opTimeoutMs?: number;
  /**
   * Every node is asked `{ type: 'leader' }` this often, and what it answers (`{ leading, leader, term }`) is
   * part of the history. Default 0: never.
   */
  observeEveryMs?: number;
  /** Latency, loss and duplication without any fault. Default: 0.3 ms and exponentially 0.7 ms more. */
  network?: NetworkProfile;
  /** How long a sync takes. Default: 0.05 ms and exponentially 0.25 ms more. */
  disk?: DiskProfile;
  /** How nodes are kept from sharing memory. Default `copy`. */
  isolation?: Isolation;
  /** From a time on everything that is drawn is drawn anew: the same past, another future. */
  reseed?: { atMs: number; seed: number };
}
