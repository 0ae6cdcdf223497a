/**
 * What a simulated network and simulated disks are like when no fault is in force.
 */

/** How long messages of a link take: at least `minMs`, and exponentially more with this mean. */
export interface Latency {
  minMs: number;
  meanMs: number;
}

/** The network: the same for all links but those named. */
export interface NetworkProfile {
  latency?: Latency;
  /** Links that differ, by `n1>n2`; `clients` is an end too. */
  links?: Readonly<Record<string, Latency>>;
  /** Probabilities per message between nodes; clients are spared. */
  loss?: number;
  duplicate?: number;
  /** Messages of one pair arrive in the order of sending. Default false: a short one overtakes a long one. */
  ordered?: boolean;
}

/** How long a sync of a disk takes: at least `minMs`, and exponentially more with this mean. */
export interface DiskProfile {
  minMs: number;
  meanMs: number;
}
