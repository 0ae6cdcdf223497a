/**
 * What a cluster asks of the clock faults beyond the public `Clocks`: environment for a node about to start,
 * a call when it has started, and an end. One interface, so that backends do not know which mechanism works.
 */
import type { Clocks, NodeId } from '../../contracts.ts';

/** Clocks of a cluster's nodes, with the hooks its process supervisor calls. */
export interface NodeClocks extends Clocks {
  readonly mechanism: ClockMechanism;
  /** Environment to merge into that of a node's process; empty unless the mechanism needs to be there from the start. */
  startEnv(node: NodeId): Record<string, string>;
  /**
   * To be called at once, in the same turn, after a process of the node was started: its clock gets the skew the
   * node has. Never throws; a process that cannot be skewed shows in the next `read` and in `reset`'s evidence.
   */
  onStarted(node: NodeId): void;
  /** Puts every node back to real time where it still runs, and stops watching. Idempotent, never throws. */
  close(): void;
}

/** How clocks are skewed here. */
export type ClockMechanism = 'vdso' | 'libfaketime' | 'none';

/** What this machine can do to clocks; found by trying it on a process of our own. */
export type ClockSupport =
  | { mechanism: 'vdso'; detail: string }
  | { mechanism: 'libfaketime'; detail: string; library: string }
  | { mechanism: 'none'; reason: string };

/** What `createClocks` needs to know of the cluster. */
export interface ClocksOptions {
  /** Result of `detectClockSupport`. */
  support: ClockSupport;
  /** Process ids of a node now, the first started first; empty when it is down. */
  pids: (node: NodeId) => readonly number[];
  /** A folder of this run for the files libfaketime reads; needed by that mechanism alone. */
  dir: string;
  /** True while a pause fault holds the node: such a process must not be continued by an attach. */
  isPaused?: (node: NodeId) => boolean;
}
