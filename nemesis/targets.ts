/**
 * Which nodes a fault hits. Sizes: majority is floor(n/2)+1, minority the largest strict minority
 * (n - majority, so that the rest is always a majority), minority-third the most Byzantine nodes a protocol
 * tolerates, floor((n-1)/3). Where a cluster is too small for one of them, planning fails in words instead of
 * hitting nothing.
 */
import type { FaultContext, NodeId, PlannedFault, TargetSpec } from '../harness/contracts.ts';
import { ImpossibleFault } from '../harness/faults/parameters.ts';
import type { Rng } from '../harness/random.ts';
import { suggest, UsageError } from '../harness/registry.ts';

/** Smallest number of nodes that is more than half of n. */
export function majorityOf(n: number): number {
  return Math.floor(n / 2) + 1;
}

/** How many of n nodes a spec means; 0 where the cluster is too small. `leader` and names are not sizes. */
export function sizeOf(spec: 'one' | 'minority' | 'majority' | 'minority-third' | 'all', n: number): number {
  switch (spec) {
    case 'one':
      return Math.min(1, n);
    case 'minority':
      return Math.max(0, n - majorityOf(n));
    case 'majority':
      return Math.min(n, majorityOf(n));
    case 'minority-third':
      return Math.max(0, Math.floor((n - 1) / 3));
    case 'all':
      return n;
  }
}

/** A target as planned: `nodes` is empty for `leader`, which is asked when the fault fires. */
export interface DrawnTarget {
  target: TargetSpec;
  nodes: NodeId[];
}

/**
 * Draws the nodes of a target, in cluster order. Without a spec, one of `defaults` that this cluster is big
 * enough for is drawn first. Throws `UsageError` for unknown names, `ImpossibleFault` where the
 * cluster is too small.
 */
export function drawTarget(
  spec: TargetSpec | undefined,
  nodes: readonly NodeId[],
  rng: Rng,
  defaults: readonly TargetSpec[],
): DrawnTarget {
  const chosen = spec ?? rng.pick(defaults.filter((target) => fits(target, nodes.length)));
  if (typeof chosen !== 'string') return { target: chosen, nodes: named(chosen, nodes) };
  if (chosen === 'leader') return { target: chosen, nodes: [] };
  const size = sizeOf(chosen, nodes.length);
  if (size === 0) {
    throw new ImpossibleFault(`a cluster of ${nodes.length} has no ${chosen}: ${smallestFor(chosen)}`);
  }
  return { target: chosen, nodes: inOrder(rng.shuffle(nodes).slice(0, size), nodes) };
}

function fits(spec: TargetSpec, n: number): boolean {
  return typeof spec !== 'string' || spec === 'leader' || sizeOf(spec, n) > 0;
}

function smallestFor(spec: string): string {
  return `it needs at least ${spec === 'minority-third' ? 4 : spec === 'minority' ? 3 : 1} nodes`;
}

/** The named nodes in cluster order; throws `UsageError` for none or for a name that is not one. */
export function named(names: readonly string[], nodes: readonly NodeId[]): NodeId[] {
  if (names.length === 0) throw new UsageError('a target must name at least one node');
  for (const name of names) {
    if (!nodes.includes(name)) {
      throw new UsageError(`there is no node "${name}"`, {
        hint: suggest(name, nodes),
      });
    }
  }
  return inOrder(names, nodes);
}

/** The members of `some` in the order of `nodes`, each once. */
export function inOrder(some: readonly NodeId[], nodes: readonly NodeId[]): NodeId[] {
  return nodes.filter((node) => some.includes(node));
}

/** The nodes of a fault that fires now: those drawn, or who leads; empty when it hits the leader and nobody leads. */
export async function nodesNow(fault: PlannedFault, context: FaultContext): Promise<NodeId[]> {
  if (fault.nodes.length > 0) return fault.nodes;
  const leader = fault.target === 'leader' ? await context.leader() : null;
  return leader === null ? [] : [leader];
}
