/**
 * Nodes, links and clocks as plain data: what rules hold on links, what links counted, how wrong a clock is.
 */
import type { Json } from './op.ts';

/** Name of a node: `n1`, `n2`... */
export type NodeId = string;
/** One end of a link: a node, or the clients as a whole. */
export type Endpoint = NodeId | 'clients';

/** How long a delivery takes beyond the base: mean and spread in milliseconds. */
export interface Delay {
  ms: number;
  jitterMs?: number;
  distribution?: 'constant' | 'uniform' | 'normal' | 'exponential';
}

/** What a directed link does while a rule is installed; rules of several faults on one link add up. */
export interface LinkRule {
  cut?: boolean;
  delay?: Delay;
  /** Probabilities in [0, 1], per message. */
  loss?: number;
  duplicate?: number;
  reorder?: number;
  tamper?: number;
  /** Bytes per second. */
  rate?: number;
  /** Messages of one pair may overtake each other, each with its own delay (stdio); otherwise they stay in order. */
  overtake?: boolean;
}

/** A rule for the directed link from -> to. */
export interface LinkEntry {
  from: Endpoint;
  to: Endpoint;
  rule: LinkRule;
}

/** Counters of one directed link since the cluster started. */
export interface LinkCounters {
  from: Endpoint;
  to: Endpoint;
  /** Messages (stdio) or chunks (tcp) taken from the sender, and their bytes. */
  sent: number;
  bytes: number;
  delivered: number;
  /** Lost to cuts or loss; on tcp a cut holds bytes back instead, counted in `held`. */
  dropped: number;
  held: number;
  delayed: number;
  duplicated: number;
  reordered: number;
  tampered: number;
  resets: number;
}

/** The stdio network as a system wants it when no fault is in force, and what its nodes are told first. */
export interface WireProfile {
  /** Of messages between nodes, and between nodes and services; clients are spared. */
  delay?: Delay;
  /** Probability per message between nodes. */
  loss?: number;
  /** Messages may overtake each other, each with its own delay. */
  overtake?: boolean;
  /** A message to a name nobody has: dropped, or dropped and answered with error 1. */
  unknownDest?: 'drop' | 'error';
  /** Requests every life of a node is sent after `init`, one by one; an error reply is an answer too. */
  greetings?(node: NodeId): readonly Record<string, Json>[];
}

/** How a disk misbehaves. */
export interface DiskTrouble {
  /** Every sync takes this much longer. */
  slowMs?: number;
  /** Every write fails, and the node that wrote with it. */
  fails?: boolean;
  /** Writes are acknowledged and nothing becomes durable until the lie ends. */
  lies?: boolean;
}

/** What a node's clock should show, relative to the real one: offset + (t - now) * ppm / 1e6 + strobe. */
export interface ClockSkew {
  offsetNs: number;
  /** Rate error in parts per million; 100 gains 100 us every second. */
  driftPpm?: number;
  /** Adds `deltaNs` in every second half of `2 * halfPeriodNs`. */
  strobe?: { deltaNs: number; halfPeriodNs: number };
}
