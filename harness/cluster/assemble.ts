/**
 * Puts a `Cluster` together from its nodes and what a backend adds: network, addresses, requests. The same
 * for every backend, so that starting, ending and hurting nodes means the same on each.
 */
import type {
  BackendName,
  Capability,
  Cluster,
  Links,
  Missing,
  NodeAddress,
  NodeId,
  RequestOptions,
} from '../contracts.ts';
import type { Json } from '../op.ts';
import { ClusterError } from './cluster-error.ts';
import { missingDisks, type NodeDisks } from './disk/node-disks.ts';
import type { Fleet } from './fleet.ts';
import type { ClusterOptions } from './options.ts';

/** What a backend brings. */
export interface BackendParts {
  backend: BackendName;
  offers: readonly Capability[];
  /** What it cannot do with these nodes, and why. */
  missing?: readonly Missing[];
  fleet: Fleet;
  links: Links;
  /** Disks of the nodes' own, where they have some. */
  disks?: NodeDisks | null;
  /** Opens ports and links; runs before the nodes start. */
  openNetwork(): Promise<void>;
  /** Closes everything but the nodes; runs after they ended. Problems are returned, never thrown. */
  closeNetwork(): Promise<string[]>;
  address(node: NodeId): NodeAddress;
  clientAddress(node: NodeId, port?: string): { host: string; port: number };
  request(node: NodeId, body: Record<string, Json>, options: RequestOptions): Promise<Record<string, Json>>;
  complain?(node: NodeId, reason: string, line: string): void;
  trouble?(): string | null;
  caveats?(): string[];
}

/** The cluster made of these parts. Clocks that are not available take `clock.skew` from the offer. */
export function assembleCluster(options: ClusterOptions, parts: BackendParts): Cluster {
  const { fleet, backend, links } = parts;
  const offers = new Set(parts.offers);
  const missing: Missing[] = [...(parts.missing ?? [])];
  for (const { capability } of missing) offers.delete(capability);
  const { unavailable } = fleet.clocks;
  if (unavailable !== undefined) {
    offers.delete('clock.skew');
    missing.push({ capability: 'clock.skew', reason: unavailable });
  }
  const disks = parts.disks ?? null;
  const lacks = disks?.missing ?? missingDisks('the data of nodes is on the disks of the machine');
  for (const each of lacks) if (offers.delete(each.capability)) missing.push(each);
  disks?.endNodesBy((node) => fleet.kill(node));
  const down = async (): Promise<string[]> => [
    ...(await fleet.down()),
    ...(await parts.closeNetwork()),
    ...((await disks?.close()) ?? []),
  ];
  return {
    backend,
    nodes: [...options.nodes],
    offers,
    missing,
    links,
    clocks: fleet.clocks,
    ...(disks === null ? {} : { disks }),
    up: async (signal) => {
      try {
        await parts.openNetwork();
        await fleet.up(signal);
        await disks?.settle();
      } catch (error) {
        await down();
        throw error;
      }
    },
    down,
    state: (node) => fleet.node(node).state,
    address: (node) => parts.address(node),
    clientAddress: (node, port) => parts.clientAddress(node, port),
    kill: (node) => fleet.kill(node),
    stop: (node) => fleet.stop(node),
    restart: (node) => fleet.restart(node),
    pause: (node) => fleet.pause(node),
    resume: (node) => fleet.resume(node),
    pids: (node) => fleet.pids(node),
    request: (node, body, call) => {
      fleet.node(node);
      return parts.request(node, body, call);
    },
    ...(parts.complain === undefined ? {} : { complain: parts.complain }),
    ...(parts.trouble === undefined ? {} : { trouble: parts.trouble }),
    onEvent: (listener) => fleet.onEvent(listener),
    log: (node) => fleet.log(node),
    ...(parts.caveats === undefined ? {} : { caveats: parts.caveats }),
  };
}

/** Throws `ClusterError` for node names that could not be a folder, an endpoint and a word on the wire. */
export function checkNodeNames(nodes: readonly NodeId[]): void {
  if (nodes.length === 0) throw new ClusterError('a cluster needs at least one node');
  const seen = new Set<string>();
  for (const node of nodes) {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(node) || /^c\d+$/.test(node) || node === 'clients') {
      throw new ClusterError(
        `"${node}" cannot name a node: use letters, digits, ".", "_" and "-", not "clients", and not c0, c1...`,
      );
    }
    if (seen.has(node)) throw new ClusterError(`two nodes are named "${node}"`);
    seen.add(node);
  }
}
