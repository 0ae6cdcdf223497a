/**
 * What the templates of the command section stand for: a node, its peers, the nodes, and the operation.
 */
import type { CommandSpec } from '../../harness/config/command-types.ts';
import { fillText } from '../../harness/config/templates.ts';
import type { Cluster, Invocation, NodeAddress, NodeId } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';

/** What the names of a template stand for. */
export type Values = Readonly<Record<string, Json>>;

/** The text with its templates filled in; `encode` is applied to each value. */
export function fillWith(text: string, values: Values, encode: (part: string) => string = (p) => p): string {
  return fillText(text, (name) => (values[name] === undefined ? undefined : encode(textOf(values[name]))));
}

/** Strings as they are, everything else as JSON. */
export function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Values for `start`, `env` and `cwd`: the node's own listening address, its peers as it must reach them. */
export function startValues(spec: CommandSpec, address: NodeAddress, nodes: readonly NodeId[]): Values {
  return {
    ...nodeValues(address.id, address.index, address.host, address.ports),
    ...peerValues(spec, address, nodes),
  };
}

/** Values for an operation or a probe at a node: the address at which clients reach it. */
export function operationValues(
  spec: CommandSpec,
  cluster: Cluster,
  node: NodeId,
  op: Invocation | null,
  request = '',
): Values {
  const address = cluster.address(node);
  const ports: Record<string, number> = {};
  let host = address.host;
  for (const { name } of spec.ports) {
    const reached = cluster.clientAddress(node, name);
    ports[name] = reached.port;
    host = reached.host;
  }
  const values: Record<string, Json> = {
    ...nodeValues(node, address.index, host, ports),
    ...peerValues(spec, address, cluster.nodes),
  };
  if (op === null) return values;
  const [from, to] = op.f === 'cas' && Array.isArray(op.value) ? op.value : [];
  return { ...values, key: op.key ?? null, value: op.value, from: from ?? null, to: to ?? null, request };
}

function nodeValues(
  id: NodeId,
  index: number,
  host: string,
  ports: Readonly<Record<string, number>>,
): Record<string, Json> {
  const values: Record<string, Json> = { 'node.id': id, 'node.index': index, 'node.host': host };
  const entries = Object.entries(ports);
  values['node.port'] = entries[0]?.[1] ?? null;
  for (const [name, port] of entries) values[`node.port.${name}`] = port;
  return values;
}

function peerValues(spec: CommandSpec, address: NodeAddress, nodes: readonly NodeId[]): Record<string, Json> {
  const self = { id: address.id, host: address.host, ports: address.ports };
  const listed = spec.peers.self ? [...address.peers, self] : [...address.peers];
  listed.sort((a, b) => nodes.indexOf(a.id) - nodes.indexOf(b.id));
  const written = listed.map((peer) => {
    const values: Record<string, Json> = {
      'peer.id': peer.id,
      'peer.index': nodes.indexOf(peer.id),
      'peer.host': peer.host,
      'peer.port': Object.values(peer.ports)[0] ?? null,
    };
    for (const [name, port] of Object.entries(peer.ports)) values[`peer.port.${name}`] = port;
    return fillWith(spec.peers.format, values);
  });
  return {
    'node.dir': address.dataDir,
    peers: written.join(spec.peers.join),
    'peers.ids': listed.map((peer) => peer.id).join(','),
    nodes: nodes.join(','),
  };
}
