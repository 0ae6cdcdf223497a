/**
 * Who leads. The gateway's status will not do: it takes the leader from the election and the term from the last entry
 * that was applied, so that a fresh leader is told with the term of the one before. The variables etcd publishes for
 * debugging hold one consistent status of its Raft node.
 */
import {
  type LeaderObservation,
  type NodeId,
  OpFailure,
  type SystemContext,
} from '../../harness/contracts.ts';
import { EtcdGateway, encode, int64, type Message } from './gateway.ts';
import type { Operation } from './objects.ts';

/** What a member's Raft node says of itself and of the lead; ids are hexadecimal. */
interface RaftStatus {
  id: string;
  lead: string;
  term: number;
  leading: boolean;
}

/** Operations of the `leader` workload. */
export const LEADER: Readonly<Record<string, Operation>> = {
  /**
   * A put, only at the member that leads. A member that lost its lead since it was asked passes the put on; in an
   * answer of the same term it was accepted by the leader it was sent to.
   */
  async command(op, { gateway, signal }) {
    const { leading, term } = await raftStatus(gateway, signal);
    if (!leading)
      throw new OpFailure({ definite: true, kind: 'not-leader', message: 'another member leads' });
    const body = { key: encode(`command/${JSON.stringify(op.value)}`) };
    const answer = await gateway.call('/v3/kv/put', body, { signal });
    const now = int64((answer['header'] as Message | undefined)?.['raft_term']);
    return now === term ? { command: op.value, term } : { command: op.value };
  },
};

/** Names of members by their ids: each says its own. */
const names = new WeakMap<object, Map<string, NodeId>>();

/** Asks a member who leads; the leader's name is known once it has been asked itself. */
export async function observe(
  node: NodeId,
  { cluster }: SystemContext,
  signal: AbortSignal,
): Promise<LeaderObservation> {
  const gateway = new EtcdGateway(cluster, node);
  try {
    const { id, lead, leading, term } = await raftStatus(gateway, signal);
    const known = names.get(cluster) ?? new Map<string, NodeId>();
    names.set(cluster, known.set(id, node));
    return { leading, leader: known.get(lead) ?? null, term };
  } finally {
    await gateway.close();
  }
}

async function raftStatus(gateway: EtcdGateway, signal: AbortSignal): Promise<RaftStatus> {
  const variables = await gateway.read('/debug/vars', signal);
  const status = variables['raft.status'] as Message | undefined;
  const { id, lead, term, raftState } = status ?? {};
  if (typeof id !== 'string' || typeof term !== 'number') {
    const message = 'raft.status is not among the variables etcd publishes';
    throw new OpFailure({ definite: true, kind: 'malformed-reply', message });
  }
  return { id, lead: String(lead), term, leading: raftState === 'StateLeader' };
}
