/**
 * Who belongs to a cluster, how that is changed while it runs, and what a fault that changes it amounts to.
 */
import type { NodeId } from './link-data.ts';

/** Who joins and who leaves. */
export interface MembershipChange {
  add: NodeId[];
  remove: NodeId[];
}

/** The members as one node knows them. */
export interface MembersSeen {
  members: NodeId[];
  /** Grows with every change: of two answers the one with the higher version is the later. */
  version: number;
}

/** What an administrator of a running system can do. */
export interface Membership {
  /** Asks a node; rejects when it does not answer. */
  members(node: NodeId, signal: AbortSignal): Promise<MembersSeen>;
  /**
   * Asks a node to have a member added or removed, and resolves once that is so for good, whoever did it. Rejects
   * when it is refused, or nothing is known.
   */
  change(node: NodeId, kind: 'add' | 'remove', member: NodeId, signal: AbortSignal): Promise<void>;
}

/**
 * What a fault changes: `remove` takes out those of the targets that are members, all but one at most; `add` takes
 * in those of the targets that are outside, or as many others that are; `replace` does both, as far as there are
 * nodes outside. Pure.
 */
export function changeFor(
  mode: string,
  targets: readonly NodeId[],
  members: readonly NodeId[],
  nodes: readonly NodeId[],
): MembershipChange {
  const outside = nodes.filter((node) => !members.includes(node));
  const asked = outside.filter((node) => targets.includes(node));
  const inside = targets.filter((node) => members.includes(node)).slice(0, Math.max(0, members.length - 1));
  if (mode === 'remove') return { add: [], remove: inside };
  if (mode === 'add') return { add: asked.length > 0 ? asked : outside.slice(0, targets.length), remove: [] };
  const joining = outside.slice(0, inside.length);
  return { add: joining, remove: inside.slice(0, joining.length) };
}
