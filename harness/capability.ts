/**
 * What a cluster can do to its nodes and links, and what a run can start nodes as: what faults need, by name.
 */
import type { NodeId } from './link-data.ts';

/** Everything some cluster can do to its nodes and links. */
export const CAPABILITIES = [
  'process.kill',
  'process.pause',
  'process.restart',
  'clock.skew',
  'link.cut',
  'link.latency',
  'link.rate',
  'link.reset',
  'link.loss',
  'link.duplicate',
  'link.reorder',
  'link.tamper',
  'link.corrupt',
  'link.mtu',
  'link.listen',
  'message.tap',
  'node.variants',
  'disk.trouble',
  'disk.errors',
  'disk.power',
  'disk.shutdown',
  'disk.files',
  'process.limits',
  'client-link.cut',
  'client-link.loss',
  'members.change',
] as const;

/** One of it; a fault names what it needs, the planner matches. */
export type Capability = (typeof CAPABILITIES)[number];

/** A capability that is missing, why, and what a user can do about it. */
export interface Missing {
  capability: Capability;
  reason: string;
  fix?: string;
}

/** What nodes are started as: the configuration of the run, or a variant of it by name. */
export interface Variants {
  readonly names: readonly string[];
  /** Null: as the run is configured. */
  of(node: NodeId): string | null;
  /** Holds from the next start of the node on. */
  set(node: NodeId, variant: string | null): void;
}
