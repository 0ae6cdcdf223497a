/**
 * The tcp backend: nodes listen on loopback and reach each other through forwarded addresses of the harness,
 * one per ordered pair, so that every directed link can be cut, slowed, limited and reset without root.
 */
import { join } from 'node:path';
import type { Cluster, Missing, NodeAddress, NodeId, ReadyProbe } from '../../contracts.ts';
import { assembleCluster, checkNodeNames } from '../assemble.ts';
import { ClusterError } from '../cluster-error.ts';
import { DISK_OFFERS, diskHost, disksOf, LOCAL_OFFERS } from '../disk/node-disks.ts';
import { Fleet } from '../fleet.ts';
import type { ClusterOptions } from '../options.ts';
import { hasProc } from '../proc.ts';
import { ViolationReport } from '../violation-report.ts';
import { ADVERTISED_HOST } from './advertised-port.ts';
import type { Callers } from './caller.ts';
import { greet } from './greet.ts';
import { JsonLinesClients } from './json-lines-client.ts';
import { TcpLinks } from './tcp-links.ts';

const HOST = '127.0.0.1';

/** Makes a cluster on loopback. Throws `ClusterError` for impossible options; ports are chosen by `up`. */
export function createTcpCluster(options: ClusterOptions): Cluster {
  checkNodeNames(options.nodes);
  const ports = options.ports ?? ['main'];
  if (ports.length === 0) throw new ClusterError('nodes of the tcp backend need at least one named port');
  const { nodes, dataDir, ready } = options;
  const shared = options.addressing === 'advertised';
  if (shared && !hasProc) {
    throw new ClusterError('nodes that tell each other their addresses need /proc to be told apart: Linux');
  }
  const links = linksOf(options, ports, {
    leader: (node) => fleet.node(node).leader?.pid ?? null,
    pids: (node) => fleet.pids(node),
  });

  const address = (node: NodeId): NodeAddress => ({
    id: node,
    index: nodes.indexOf(node),
    host: HOST,
    ports: links.nodePorts(node),
    dataDir: join(dataDir, node),
    ...(shared ? { advertised: { host: ADVERTISED_HOST, ports: links.nodePorts(node) } } : {}),
    peers: nodes
      .filter((peer) => peer !== node)
      .map((id) => ({
        id,
        host: links.addressOf(node, id, ports[0]!).host,
        ports: Object.fromEntries(ports.map((name) => [name, links.addressOf(node, id, name).port])),
      })),
  });
  const clientAddress = (node: NodeId, port = ports[0]!) => ({
    host: HOST,
    port: links.linkPort('clients', node, port),
  });
  const report = new ViolationReport((event) => fleet.emit(event));
  const clients = new JsonLinesClients({
    address: clientAddress,
    violation: (node, reason, line) => report.add(node, reason, line),
  });

  const init = async (node: NodeId, signal: AbortSignal): Promise<void> => {
    const own = { host: HOST, port: links.nodePorts(node)[ports[0]!]! };
    await greet(clients, own, node, nodes, signal);
  };

  const disks = disksOf(options);
  const fleet = new Fleet(options, {
    protocol: 'none',
    ...diskHost(disks),
    address,
    spawned: (node) => links.setUp(node, true),
    ...(ready.kind === 'init' ? { init } : {}),
    ended: (node) => links.setUp(node, false),
  });

  return assembleCluster(options, {
    backend: 'tcp',
    offers: TCP_OFFERS,
    missing: missingOnTcp(ready),
    fleet,
    links,
    disks,
    openNetwork: () => links.open(),
    closeNetwork: async () => {
      clients.close();
      return links.close();
    },
    address,
    clientAddress,
    request: (node, body, call) => clients.request(node, body, call),
  });
}

function linksOf(
  { nodes, seed, ready, fixedPorts = {}, now, addressing }: ClusterOptions,
  ports: readonly string[],
  callers: Omit<Callers, 'nodes'>,
): TcpLinks {
  const lines = missingOnTcp(ready).length === 0;
  const advertised = addressing === 'advertised' ? { advertised: callers } : {};
  const ownHosts = addressing === 'own-hosts';
  return new TcpLinks({
    ...{ nodes, ports, fixedPorts, seed, lines, ownHosts },
    ...(now ? { now } : {}),
    ...advertised,
  });
}

/** What cannot be done to nodes that do not say what a message is: who answers `init` speaks one per line. */
export function missingOnTcp(ready: ReadyProbe): Missing[] {
  if (ready.kind === 'init') return [];
  const reason = 'whole messages are only known of nodes that speak one JSON message per line (ready: init)';
  return [{ capability: 'message.tap', reason }];
}

/** What this backend can do where the platform allows everything. */
export const TCP_OFFERS = [
  'process.kill',
  'process.pause',
  'process.restart',
  'clock.skew',
  'link.cut',
  'link.latency',
  'link.rate',
  'link.reset',
  'link.listen',
  'message.tap',
  'client-link.cut',
  'client-link.loss',
  ...DISK_OFFERS,
  ...LOCAL_OFFERS,
] as const;
