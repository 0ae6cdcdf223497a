/**
 * Who leads: every server says whether it is a standby, and a primary on which timeline it writes. One that takes over
 * begins the next timeline; the one before does not notice, and goes on with its own.
 */
import type { LeaderObservation, NodeId, SystemContext } from '../../harness/contracts.ts';
import { ROLE, TIMELINE } from './client.ts';
import { PostgresConnection } from './wire.ts';

/** Asks the server of a node. Throws `OpFailure` where it does not answer. */
export async function observe(
  node: NodeId,
  { cluster }: SystemContext,
  signal: AbortSignal,
): Promise<LeaderObservation> {
  const connection = new PostgresConnection(cluster.clientAddress(node), ROLE);
  try {
    const { rows } = await connection.query(TIMELINE, signal);
    const timeline = rows[0]?.[0] ?? null;
    if (timeline === null) return { leading: false, leader: null, term: null };
    return { leading: true, leader: node, term: Number.parseInt(timeline, 16) };
  } finally {
    connection.close();
  }
}
