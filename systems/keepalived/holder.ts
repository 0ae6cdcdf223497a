/**
 * Who holds the shared address: the routing table of a node's kernel lists the addresses that are its own. It is read
 * through a process of the node, and stays readable when that is gone: an address outlives a keepalived that was killed.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import {
  type Cluster,
  type LeaderObservation,
  type NodeId,
  OpFailure,
  type SystemContext,
} from '../../harness/contracts.ts';

/** The address that moves: the last but two of the network the node is in. */
export function sharedAddress(host: string): string {
  return host.replace(/\.\d+$/, '.252');
}

/** True where a table (`/proc/<pid>/net/fib_trie`) has this address among the kernel's own. */
export function holds(table: string, address: string): boolean {
  return new RegExp(`\\|-- ${address.replaceAll('.', '\\.')}\\n\\s+/32 host LOCAL`).test(table);
}

/** The table of a node, open through the process it was opened by. */
interface Opened {
  pid: number;
  file: number;
}

/** Open as long as the harness runs: closing the table of a node that was killed would be losing sight of it. */
const opened = new WeakMap<Cluster, Map<NodeId, Opened>>();

/** Whether a node has the address now. Rejects before the node has run. */
export async function observe(node: NodeId, { cluster }: SystemContext): Promise<LeaderObservation> {
  const holders = cluster.nodes.filter((other) => has(cluster, other) === true);
  const own = has(cluster, node);
  if (own === null) {
    throw new OpFailure({ definite: true, kind: 'not-serving', message: `${node} has not run yet` });
  }
  // Packets go to whoever has it: if one alone does, the others follow that one.
  return { leading: own, leader: holders.length === 1 ? holders[0]! : null };
}

/** Null where nothing can be read yet. */
function has(cluster: Cluster, node: NodeId): boolean | null {
  const table = tableOf(cluster, node);
  if (table === null) return null;
  return holds(readWhole(table.file), sharedAddress(cluster.address(node).host));
}

function tableOf(cluster: Cluster, node: NodeId): Opened | null {
  const known = opened.get(cluster) ?? new Map<NodeId, Opened>();
  opened.set(cluster, known);
  const before = known.get(node) ?? null;
  // A node that is starting may not be in its own network yet.
  const pid = cluster.state(node) === 'running' ? cluster.pids(node)[0] : undefined;
  if (pid === undefined || pid === before?.pid) return before;
  try {
    const now = { pid, file: openSync(`/proc/${pid}/net/fib_trie`, 'r') };
    if (before !== null) closeSync(before.file);
    known.set(node, now);
    return now;
  } catch {
    // It ended this moment: what was known before still shows the same network.
    return before;
  }
}

function readWhole(file: number): string {
  const chunk = Buffer.alloc(16_384);
  let text = '';
  for (;;) {
    const size = readSync(file, chunk, 0, chunk.length, text.length);
    if (size === 0) return text;
    text += chunk.toString('latin1', 0, size);
  }
}
