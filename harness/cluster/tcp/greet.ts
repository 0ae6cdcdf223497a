/**
 * Greets a node that speaks JSON lines: it is ready when it has answered `init`.
 */
import type { NodeId } from '../../contracts.ts';
import { sleep } from '../../time.ts';
import { ClusterError } from '../cluster-error.ts';
import type { JsonLinesClients } from './json-lines-client.ts';

const INIT_RETRY_MS = 25;

/** Sends `init` until the node listens and has answered; the deadline of readiness bounds the tries. */
export async function greet(
  clients: JsonLinesClients,
  own: { host: string; port: number; localAddress?: string },
  node: NodeId,
  nodes: readonly NodeId[],
  signal: AbortSignal,
): Promise<void> {
  const body = { type: 'init', msg_id: 1, node_id: node, node_ids: [...nodes] };
  for (;;) {
    try {
      const reply = await clients.once(own, node, body, signal);
      if (reply['type'] === 'init_ok') return;
      throw new ClusterError(`${node} answered init with ${JSON.stringify(reply)}, not init_ok`, { node });
    } catch (error) {
      if (error instanceof ClusterError) throw error;
      await sleep(INIT_RETRY_MS, signal);
    }
  }
}
