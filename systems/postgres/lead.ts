/**
 * Who leads: the primary on the highest timeline, whom clients follow. One that takes over begins the next timeline; the
 * one before does not notice and remains a primary, but nobody follows it.
 */
import type { Cluster, LeaderObservation, NodeId, SystemContext } from '../../harness/contracts.ts';
import { ROLE, TIMELINE } from './client.ts';
import { PostgresConnection } from './wire.ts';

/** The primary on the highest timeline that anybody has seen: standbys do not know it by name. */
const leaders = new WeakMap<Cluster, { node: NodeId; term: number }>();

/** Asks the server of a node. Throws `OpFailure` where it does not answer. */
export async function observe(
  node: NodeId,
  { cluster }: SystemContext,
  signal: AbortSignal,
): Promise<LeaderObservation> {
  const connection = new PostgresConnection(cluster.clientAddress(node), ROLE);
  try {
    const { rows } = await connection.query(TIMELINE, signal);
    const term = Number.parseInt(rows[0]?.[0] ?? '0', 16);
    const known = leaders.get(cluster) ?? { node, term: 0 };
    const leader = term > known.term ? { node, term } : known;
    if (leader.term === 0) return { leading: false, leader: null, term: null };
    leaders.set(cluster, leader);
    return { leading: term === leader.term, leader: leader.node, term: leader.term };
  } finally {
    connection.close();
  }
}
