/**
 * One simulated run as plain data: everything that decides it, with absolute times and no code, so that it can
 * be stored, compared, reduced piece by piece, and carried out by anybody who has the program.
 */
import type { NodeId } from '../contracts.ts';
import type { Json } from '../op.ts';
import type { Isolation } from './isolation.ts';
import type { DiskProfile, NetworkProfile } from './profiles.ts';
import type { CaseFault } from './triggers.ts';

/** An operation: which client asks what, and when at the earliest. A client asks one thing at a time. */
export interface CaseOp {
  /** Simulated time; later when the client's operation before it is still open. */
  atNs: number;
  /** Number of the client; client c talks to node c mod n. */
  client: number;
  f: string;
  key?: Json;
  value: Json;
  /** The node to ask instead. */
  node?: NodeId;
}

/** From a time on, all draws are other ones: the same past with another future. */
export interface Reseed {
  atNs: number;
  seed: number;
}

/** A run. Times are nanoseconds from 0; equal cases give equal runs, event by event. */
export interface Case {
  version: 1;
  seed: number;
  nodes: NodeId[];
  /** What the operations mean: decides the requests and who judges. */
  workload: string;
  /** Settings of the program. */
  settings: Record<string, number | boolean | string>;
  /** Bug switches that are on. */
  bugs: string[];
  /** In any order; of one client, in order of time. */
  ops: CaseOp[];
  /** As a plan holds them, `atNs` and `untilNs` counted from 0. */
  faults: CaseFault[];
  network?: NetworkProfile;
  disk?: DiskProfile;
  isolation?: Isolation;
  /** An operation without an answer for this long is indeterminate. Default 1000. */
  opTimeoutMs?: number;
  /** Every running node is asked who leads this often, and the answers are operations; 0 or absent: never. */
  observeEveryMs?: number;
  /** The run ends here at the latest. Default: one second after the last operation and fault have ended. */
  untilNs?: number;
  /** Operations from here on are final reads: checkers may expect the cluster to be at rest. Absent: none are. */
  finalFromNs?: number;
  reseed?: Reseed;
}

/** The time at which nothing of the case is left to begin or end, by its own account, ns. */
export function lastTimeNs(c: Case): number {
  let last = 0;
  for (const op of c.ops) last = Math.max(last, op.atNs);
  for (const fault of c.faults) last = Math.max(last, lastOfFaultNs(fault));
  return last;
}

/** When a fault is over at the latest, ns. */
export function lastOfFaultNs({ atNs, untilNs, when }: CaseFault): number {
  return when === undefined ? untilNs : when.byNs + when.afterNs + (untilNs - atNs);
}
