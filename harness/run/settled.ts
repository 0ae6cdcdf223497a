/**
 * When is a cluster itself again after its faults were undone?
 */
import type { Cluster, NodeId } from '../contracts.ts';
import type { LeaderBook } from './leader-book.ts';

/**
 * Every node runs, and, where nodes can be asked who leads, exactly one says that it does and a majority
 * follows it.
 */
export function settled(cluster: Cluster, book: LeaderBook, hasLeader: boolean): boolean {
  if (!cluster.nodes.every((node) => cluster.state(node) === 'running')) return false;
  return !hasLeader || book.agreed(cluster.nodes.length);
}

/** A note for a cluster that did not settle in time, with the nodes that did not run then. */
export function unsettled(settleMs: number, down: readonly NodeId[]): string {
  const who = down.length > 0 ? `not running: ${down.join(', ')}` : 'no one leader that a majority follows';
  return `the cluster did not settle within ${settleMs} ms (${who})`;
}
