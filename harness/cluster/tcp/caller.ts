/**
 * Which node made a connection to an address that all nodes share. A connection on one machine has both of its ends in
 * the kernel's tables: the end of the caller names a socket, and the process that holds this socket is the caller.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { NodeId } from '../../contracts.ts';

/** The processes to ask: the leader first, which is nearly always the one; then whatever a node has started. */
export interface Callers {
  nodes: readonly NodeId[];
  leader(node: NodeId): number | null;
  pids(node: NodeId): readonly number[];
}

/**
 * The node whose socket `port` is connected to `to`; null when there is none (a stranger, or somebody who hung up).
 * Reads the machine's connections once, O(connections), and the descriptors of a process per node.
 */
export function callerOf(port: number, to: { host: string; port: number }, callers: Callers): NodeId | null {
  const inode = socketOf(port, to, connectionTables());
  if (inode === null) return null;
  const { nodes, leader, pids } = callers;
  const first = nodes.find((node) => holds(leader(node), inode));
  return first ?? nodes.find((node) => pids(node).some((pid) => holds(pid, inode))) ?? null;
}

/** The inode of the socket that is bound to `port` and connected to `to`, in tables as /proc/net has them. */
export function socketOf(
  port: number,
  to: { host: string; port: number },
  tables: readonly string[],
): string | null {
  const local = `:${hex(port, 4)}`;
  // Also the end of an address that IPv6 sockets have for it.
  const remote = `${hostHex(to.host)}:${hex(to.port, 4)}`;
  for (const table of tables) {
    for (const line of table.split('\n')) {
      if (!line.includes(remote)) continue;
      const [, from = '', there = '', , , , , , , inode = '0'] = line.trim().split(/\s+/);
      if (from.endsWith(local) && there.endsWith(remote) && inode !== '0') return inode;
    }
  }
  return null;
}

function connectionTables(): string[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => {
    try {
      return readFileSync(path, 'latin1');
    } catch {
      // A kernel without IPv6.
      return '';
    }
  });
}

function holds(pid: number | null, inode: string): boolean {
  if (pid === null) return false;
  const wanted = `socket:[${inode}]`;
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`) === wanted);
  } catch {
    // It has ended.
    return false;
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    // A descriptor closed while they were read.
    return null;
  }
}

function hostHex(host: string): string {
  return host
    .split('.')
    .reverse()
    .map((part) => hex(Number(part), 2))
    .join('');
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
