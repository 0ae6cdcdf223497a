/**
 * The netns backend: every node in a network namespace of its own, with its own address and its own loopback, on a
 * network that is ours to the last packet. Needs this process to be in a sandbox (`faultline run` enters one by
 * itself): nothing of the machine's own network is seen or touched.
 */
import { join } from 'node:path';
import type { Capability, Cluster, Missing, NodeAddress, NodeId } from '../../contracts.ts';
import { insideSandbox } from '../../sandbox/command.ts';
import { assembleCluster, checkNodeNames } from '../assemble.ts';
import { ClusterError } from '../cluster-error.ts';
import { DISK_OFFERS, disksOf, LOCAL_OFFERS } from '../disk/node-disks.ts';
import { Fleet } from '../fleet.ts';
import type { ClusterOptions } from '../options.ts';
import { greet } from '../tcp/greet.ts';
import { JsonLinesClients } from '../tcp/json-lines-client.ts';
import { ViolationReport } from '../violation-report.ts';
import { BridgeLinks } from './bridge-links.ts';
import { NetemLinks } from './netem-links.ts';
import { netnsHost } from './netns-host.ts';
import { NodeNetwork } from './node-network.ts';
import { SwitchLinks } from './switch-links.ts';

/** Every node has all ports to itself; the first named one gets this number, the others the next ones. */
const FIRST_PORT = 7000;

/**
 * What joins the nodes: the switch of ours, or where it cannot be compiled the bridge of the kernel, with the kernel's
 * delay line (netem) if it has one.
 */
export type Joint = 'switch' | 'netem' | 'bridge';

const OUTSIDE =
  'backend netns needs a sandbox around the harness: start it with "faultline sandbox -- <command>"';

/** Makes a cluster in namespaces. Throws `ClusterError` outside a sandbox and for impossible options. */
export function createNetnsCluster(options: ClusterOptions, joinedBy: Joint = 'switch'): Cluster {
  checkNodeNames(options.nodes);
  const names = options.ports ?? ['main'];
  if (names.length === 0) throw new ClusterError('nodes of the netns backend need at least one named port');
  const { nodes, ready } = options;
  const network = new NodeNetwork(nodes);
  const links = linksOf(joinedBy, options, network);
  const { address, clientAddress } = addressing(options, names, network);
  const disks = disksOf(options);
  const report = new ViolationReport((event) => fleet.emit(event));
  const clients = new JsonLinesClients({
    address: clientAddress,
    violation: (node, reason, line) => report.add(node, reason, line),
  });
  const init = async (node: NodeId, signal: AbortSignal): Promise<void> => {
    const own = { ...clientAddress(node), localAddress: network.freeAddress };
    await greet(clients, own, node, nodes, signal);
  };
  const fleet = new Fleet(options, {
    protocol: 'none',
    host: netnsHost(network, disks),
    address,
    spawned: () => undefined,
    ...(ready.kind === 'init' ? { init } : {}),
    ended: () => undefined,
  });
  return assembleCluster(options, {
    backend: 'netns',
    offers: NETNS_OFFERS,
    missing: MISSING_ON[joinedBy],
    fleet,
    links,
    disks,
    openNetwork: async () => {
      if (!insideSandbox()) throw new ClusterError(OUTSIDE);
      await network.open();
      await links.open();
    },
    closeNetwork: async () => {
      clients.close();
      return [...(await links.close()), ...(await network.close())];
    },
    address,
    clientAddress,
    request: (node, body, call) => clients.request(node, body, call),
  });
}

function linksOf(joinedBy: Joint, options: ClusterOptions, network: NodeNetwork): SwitchLinks | BridgeLinks {
  const { nodes, seed, dataDir, logsDir, capture } = options;
  const folder = join(dataDir, '.network');
  if (joinedBy === 'bridge') return new BridgeLinks(nodes, network, folder);
  if (joinedBy === 'netem') return new NetemLinks(nodes, network, folder);
  const number = seed
    .fork('switch')
    .rng()
    .int(0, 2 ** 32);
  return new SwitchLinks({
    ...{ nodes, network, folder, seed: BigInt(number) },
    ...(capture === true ? { capture: join(logsDir, 'packets.pcap') } : {}),
  });
}

/** Where nodes listen: all on the same ports, each at its own address, for peers and clients alike. */
function addressing(
  { nodes, dataDir, fixedPorts = {} }: ClusterOptions,
  names: readonly string[],
  network: NodeNetwork,
): Pick<Cluster, 'address' | 'clientAddress'> {
  const portsOf = (node: NodeId): Record<string, number> =>
    Object.fromEntries(names.map((name, i) => [name, fixedPorts[node]?.[name] ?? FIRST_PORT + i]));
  return {
    address: (node): NodeAddress => ({
      id: node,
      index: nodes.indexOf(node),
      host: network.address(node),
      ports: portsOf(node),
      dataDir: join(dataDir, node),
      peers: nodes
        .filter((peer) => peer !== node)
        .map((id) => ({ id, host: network.address(id), ports: portsOf(id) })),
    }),
    clientAddress(node, name = names[0]!) {
      const port = portsOf(node)[name];
      if (port !== undefined) return { host: network.address(node), port };
      throw new ClusterError(`${node} has no port "${name}" (ports: ${names.join(', ')})`);
    },
  };
}

/** What a network of packets cannot do, and why. */
export const MISSING_ON_NETNS: readonly Missing[] = [
  {
    capability: 'link.listen',
    reason: 'whole messages are not seen on a network of packets',
    fix: '--capture records all packets; --backend tcp or stdio reads messages',
  },
];

const FOR_THE_SWITCH = 'apt-get install gcc libc6-dev, for the switch';
/** Seen on 6.1.192; every kernel series got it in the summer of 2025. */
export const NO_DOUBLES =
  'kernels of today refuse a delay line (netem) that doubles packets beside another one on the same device';
const CHANGES: readonly Capability[] = ['link.reorder', 'link.corrupt', 'link.tamper', 'message.tap'];
const WAITS: readonly Capability[] = ['link.latency', 'link.rate', 'link.duplicate'];

/** What is missing beyond that, by what joins the nodes. */
export const MISSING_ON: Readonly<Record<Joint, readonly Missing[]>> = {
  switch: MISSING_ON_NETNS,
  netem: [
    ...MISSING_ON_NETNS,
    ...CHANGES.map((capability) => ({
      capability,
      // That of netem is not counted by the kernel: a run could not tell whether it bit.
      reason: 'the delay line of the kernel (netem) tells of no packet that it changed or moved',
      fix: FOR_THE_SWITCH,
    })),
    { capability: 'link.duplicate', reason: NO_DOUBLES, fix: FOR_THE_SWITCH },
  ],
  bridge: [
    ...MISSING_ON_NETNS,
    ...[...WAITS, ...CHANGES].map((capability) => ({
      capability,
      reason: "the kernel's bridge drops packets and does nothing else to them",
      fix: FOR_THE_SWITCH,
    })),
  ],
};

/** What this backend can do where the platform allows everything. */
export const NETNS_OFFERS: readonly Capability[] = [
  'process.kill',
  'process.pause',
  'process.restart',
  'clock.skew',
  'link.cut',
  'link.latency',
  'link.rate',
  'link.reset',
  'link.loss',
  'link.duplicate',
  'link.reorder',
  'link.corrupt',
  'link.tamper',
  'link.mtu',
  'message.tap',
  'client-link.cut',
  'client-link.loss',
  ...DISK_OFFERS,
  ...LOCAL_OFFERS,
];
