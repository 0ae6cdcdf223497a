/**
 * Who leads: each server says by a four-letter command whether it does, and its folder holds the epoch it has joined.
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import {
  type Cluster,
  type LeaderObservation,
  type NodeId,
  OpFailure,
  type SystemContext,
} from '../../harness/contracts.ts';
import { epochOf } from './client.ts';
import type { Operation } from './objects.ts';

/** Operations of the `leader` workload on one server. */
export function leaderOperations(cluster: Cluster, node: NodeId): Readonly<Record<string, Operation>> {
  return {
    /** A znode, only at the server that leads. One that lost its lead since it was asked passes the request on. */
    async command(op, { client, signal }) {
      const { leading, term } = await look(cluster, node, signal);
      if (!leading)
        throw new OpFailure({ definite: true, kind: 'not-leader', message: 'another server leads' });
      const zxid = await client.create(`/command-${JSON.stringify(op.value)}`, '', signal);
      const same = zxid !== null && epochOf(zxid) === term;
      return same ? { command: op.value, term } : { command: op.value };
    },
  };
}

/** Who leads in which epoch, as far as leaders have said so: a follower knows its epoch only. */
const leaders = new WeakMap<Cluster, Map<number, NodeId>>();

/** Asks a server whether it leads, and in which epoch. */
export async function observe(
  node: NodeId,
  { cluster }: SystemContext,
  signal: AbortSignal,
): Promise<LeaderObservation> {
  const { leading, term } = await look(cluster, node, signal);
  const known = leaders.get(cluster) ?? new Map<number, NodeId>();
  leaders.set(cluster, leading ? known.set(term, node) : known);
  return { leading, leader: known.get(term) ?? null, term };
}

async function look(
  cluster: Cluster,
  node: NodeId,
  signal: AbortSignal,
): Promise<{ leading: boolean; term: number }> {
  // The mode comes without its epoch. A server writes an epoch down before it leads or follows in it, and does
  // neither while it changes: the epoch that holds before and after the question is the one it answered in.
  // A copy of another time, where the server has a disk that nobody else sees.
  if (cluster.offers.has('disk.shutdown')) throw failure('not-serving', 'its epoch is not to be seen');
  const folder = cluster.address(node).dataDir;
  const before = currentEpoch(folder);
  const text = await fourLetters(cluster, node, 'srvr', signal);
  const after = currentEpoch(folder);
  const mode = /^Mode: (\w+)$/m.exec(text)?.[1];
  if (mode === undefined) throw failure('not-serving', text.trim() || 'no answer');
  if (before === null || before !== after) throw failure('not-serving', 'the epoch changed meanwhile');
  return { leading: mode === 'leader', term: after };
}

/** The epoch a server has joined; null before it has joined one. */
function currentEpoch(dataDir: string): number | null {
  try {
    return Number(readFileSync(join(dataDir, 'zookeeper', 'version-2', 'currentEpoch'), 'utf8').trim());
  } catch {
    return null;
  }
}

function fourLetters(cluster: Cluster, node: NodeId, word: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(cluster.clientAddress(node, 'client'));
    let text = '';
    const giveUp = (): void => void socket.destroy();
    signal.addEventListener('abort', giveUp, { once: true });
    socket.once('connect', () => socket.write(word));
    socket.on('data', (bytes) => {
      text += bytes.toString('utf8');
    });
    socket.once('error', (error) => reject(failure('connection-failed', error.message)));
    socket.once('close', () => {
      signal.removeEventListener('abort', giveUp);
      if (signal.aborted) reject(failure('timeout', 'no answer in time'));
      else resolve(text);
    });
  });
}

function failure(kind: string, message: string): OpFailure {
  return new OpFailure({ definite: true, kind, message });
}
