/**
 * When is a cluster itself again after its faults were undone?
 */
import type { Cluster } from '../contracts.ts';
import type { LeaderBook } from './leader-book.ts';

/**
 * Every node runs, and, where nodes can be asked who leads, exactly one says that it does and a majority
 * follows it.
 */
export function settled(cluster: Cluster, book: LeaderBook, hasLeader: boolean): boolean {
  if (!cluster.nodes.every((node) => cluster.state(node) === 'running')) return false;
  return !hasLeader || book.agreed(cluster.nodes.length);
}
