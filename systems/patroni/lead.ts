/**
 * Who leads: Patroni says at every node what its server is, and on which timeline.
 */
import {
  type Cluster,
  type LeaderObservation,
  type NodeId,
  OpFailure,
  type SystemContext,
} from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { HttpConnection } from '../command/http.ts';
import { ROLE } from '../postgres/client.ts';
import { literal, PostgresConnection } from '../postgres/wire.ts';

/** Who has said last to lead on which timeline: standbys know the timeline only. */
const leaders = new WeakMap<Cluster, Map<number, NodeId>>();

/** Asks the Patroni of a node. */
export async function observe(
  node: NodeId,
  { cluster }: SystemContext,
  signal: AbortSignal,
): Promise<LeaderObservation> {
  const { host, port } = cluster.clientAddress(node, 'api');
  const connection = new HttpConnection(host, port);
  try {
    const request = { method: 'GET', path: '/patroni', headers: {}, body: null };
    const outcome = await connection.request(request, signal);
    if (outcome.kind === 'none') throw failure(outcome.because, outcome.message);
    const { leading, term } = said(outcome.answer.text);
    const known = leaders.get(cluster) ?? new Map<number, NodeId>();
    leaders.set(cluster, leading && term !== null ? known.set(term, node) : known);
    return { leading, leader: leading ? node : (known.get(term ?? -1) ?? null), term };
  } finally {
    await connection.close();
  }
}

/** What a page of Patroni says. Throws `OpFailure` where it says nothing of a server that runs. */
export function said(page: string): { leading: boolean; term: number | null } {
  const { state, role, timeline } = parsed(page);
  if (state !== 'running' && state !== 'streaming') {
    throw failure('not-serving', `the server is ${JSON.stringify(state ?? null)}`);
  }
  const term = typeof timeline === 'number' && timeline > 0 ? timeline : null;
  return { leading: role === 'master' || role === 'primary', term };
}

function parsed(page: string): Record<string, Json> {
  try {
    const value = JSON.parse(page) as Json;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below.
  }
  throw failure('malformed-reply', `Patroni answered ${JSON.stringify(page.slice(0, 200))}`);
}

/** A command: a row, written by the server of one node itself, which a standby refuses. */
export async function command(
  cluster: Cluster,
  node: NodeId,
  value: Json,
  signal: AbortSignal,
): Promise<Json> {
  if (cluster.state(node) === 'stopped' || cluster.state(node) === 'crashed') {
    throw failure('connection-refused', `${node} is down`);
  }
  const connection = new PostgresConnection(cluster.clientAddress(node, 'main'), ROLE);
  try {
    await connection.query(`INSERT INTO elements VALUES (${literal(JSON.stringify(value))})`, signal);
    return { command: value, by: node };
  } catch (error) {
    if (!(error instanceof OpFailure) || error.error.kind !== 'read-only') throw error;
    throw failure('not-leader', error.message);
  } finally {
    connection.close();
  }
}

function failure(kind: string, message: string): OpFailure {
  return new OpFailure({ definite: true, kind, message });
}
