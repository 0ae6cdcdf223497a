/**
 * The ssh backend: every node on a machine of its own, reached by ssh. What can be done to its links and its clock was
 * asked of each machine before the run was planned.
 */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { Capability, Cluster, Missing, NodeAddress, NodeId } from '../../contracts.ts';
import { assembleCluster, checkNodeNames } from '../assemble.ts';
import { ClusterError } from '../cluster-error.ts';
import { Fleet } from '../fleet.ts';
import type { ClocksFactory, ClusterOptions } from '../options.ts';
import { greet } from '../tcp/greet.ts';
import { JsonLinesClients } from '../tcp/json-lines-client.ts';
import { unavailableClocks } from '../unavailable-clocks.ts';
import { ViolationReport } from '../violation-report.ts';
import { hostClocks } from './host-clocks.ts';
import { HostLinks } from './host-links.ts';
import { endpointOf } from './probe-hosts.ts';
import { type HostPlan, RemoteHost } from './remote-host.ts';
import { RemoteProcesses } from './remote-processes.ts';
import { hostName, type ProbedSsh, RECONNECT_MS, REMOTE_FOLDER, WATCHDOG_MS } from './ssh-options.ts';
import { Uploads } from './uploads.ts';

/** Every node has all ports to itself; the first named one gets this number, the others the next ones. */
const FIRST_PORT = 17_000;

/** Makes a cluster on hosts that were probed. Throws `ClusterError` for impossible options. */
export function createSshCluster(options: ClusterOptions): Cluster {
  checkNodeNames(options.nodes);
  const { nodes, ssh } = options;
  if (ssh === undefined) throw new ClusterError('nothing says on which hosts nodes run (--hosts a,b,c)');
  if (ssh.facts.length < nodes.length) {
    throw new ClusterError(
      `${nodes.length} nodes need ${nodes.length} hosts, and there are ${ssh.facts.length}`,
    );
  }
  const troubles: string[] = [];
  const plans = new Map(nodes.map((node, i) => [node, planOf(options, ssh, node, i)]));
  const hosts = new Map<NodeId, RemoteHost>();
  const factsOf = (node: NodeId) => ssh.facts[nodes.indexOf(node)]!;
  const links = new HostLinks({
    nodes,
    table: tableOf(options.runId),
    host: (node) => hosts.get(node)!,
    ip: (node) => factsOf(node).address,
    lifeline: (node) => factsOf(node),
  });
  const uploads = new Map<NodeId, Uploads>();
  const processes = new RemoteProcesses({
    host: (node) => hosts.get(node)!,
    uploads: (node) => uploads.get(node)!,
  });
  for (const [node, plan] of plans) {
    const host = new RemoteHost(plan, {
      state: (state) => processes.heard(node, state),
      back: (rebooted) => back(node, rebooted),
      healed: () => links.again(node),
      lost: (reason) => {
        troubles.push(reason);
        processes.lost(node);
      },
    });
    hosts.set(node, host);
    uploads.set(node, new Uploads(host, ssh.folder ?? REMOTE_FOLDER));
  }
  const back = async (node: NodeId, rebooted: boolean): Promise<void> => {
    const host = hosts.get(node)!;
    if (rebooted) troubles.push(`${host.name} was started again during the run`);
    try {
      await links.back(node, rebooted);
      await processes.back(node);
    } catch (error) {
      troubles.push((error as Error).message);
    }
  };
  const { address, clientAddress } = addressing(options, factsOf, (node) => plans.get(node)!.folder);
  const report = new ViolationReport((event) => fleet.emit(event));
  const clients = new JsonLinesClients({
    address: clientAddress,
    violation: (node, reason, line) => report.add(node, reason, line),
  });
  const clocks = clocksFor(options, ssh, (node) => hosts.get(node)!, factsOf);
  const init = (node: NodeId, signal: AbortSignal): Promise<void> =>
    greet(clients, clientAddress(node), node, nodes, signal);
  const fleet = new Fleet(
    { ...options, clocks },
    {
      protocol: 'none',
      host: processes,
      address,
      spawned: () => undefined,
      ...(options.ready.kind === 'init' ? { init } : {}),
      ended: () => undefined,
    },
  );
  return assembleCluster(options, {
    backend: 'ssh',
    offers: SSH_OFFERS,
    missing: missingOnSsh(ssh),
    fleet,
    links,
    openNetwork: async () => {
      await options.hosts?.([...plans.values()]);
      await together(nodes, async (node) => {
        await hosts.get(node)!.open();
        await links.opened(node);
        if (factsOf(node).faketime !== null) await hosts.get(node)!.ask('fake', '0');
        await uploads.get(node)!.bring(ssh.upload ?? [], ssh.unpack ?? []);
      });
    },
    closeNetwork: async () => {
      clients.close();
      const left = await Promise.all([...hosts.values()].map((host) => host.close()));
      return left.flat();
    },
    address,
    clientAddress,
    request: (node, body, call) => clients.request(node, body, call),
    trouble: () => (troubles.length === 0 ? null : [...new Set(troubles)].join('; ')),
  });
}

/** On all nodes at once; the first failure is told when all have come to an end, so that nothing is left half made. */
async function together(nodes: readonly NodeId[], work: (node: NodeId) => Promise<void>): Promise<void> {
  const done = await Promise.allSettled(nodes.map(work));
  const failed = done.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function planOf({ runId }: ClusterOptions, ssh: ProbedSsh, node: NodeId, i: number): HostPlan {
  const { power, boot } = ssh.facts[i]!;
  return {
    endpoint: endpointOf(ssh, ssh.hosts[i]!),
    folder: `${ssh.folder ?? REMOTE_FOLDER}/faultline-${markOf(runId)}-${node}`,
    ...{ power, boot, table: tableOf(runId) },
    watchdogMs: ssh.watchdogMs ?? WATCHDOG_MS,
    reconnectMs: ssh.reconnectMs ?? RECONNECT_MS,
  };
}

/** Tells a run of this machine from all others, on hosts that several machines use. */
function markOf(runId: string): string {
  return createHash('sha256').update(`${hostname()}\n${runId}`).digest('hex').slice(0, 12);
}

function tableOf(runId: string): string {
  return `faultline_${markOf(runId)}`;
}

/** Where nodes listen: all on the same ports, each at the address of its host, for peers and clients alike. */
function addressing(
  { nodes, ports: names = ['main'], fixedPorts = {} }: ClusterOptions,
  factsOf: (node: NodeId) => { address: string },
  folder: (node: NodeId) => string,
): Pick<Cluster, 'address' | 'clientAddress'> {
  const portsOf = (node: NodeId): Record<string, number> =>
    Object.fromEntries(names.map((name, i) => [name, fixedPorts[node]?.[name] ?? FIRST_PORT + i]));
  return {
    address: (node): NodeAddress => ({
      ...{ id: node, index: nodes.indexOf(node), host: factsOf(node).address, ports: portsOf(node) },
      dataDir: `${folder(node)}/data`,
      peers: nodes
        .filter((peer) => peer !== node)
        .map((id) => ({ id, host: factsOf(id).address, ports: portsOf(id) })),
    }),
    clientAddress(node, name = names[0]!) {
      const port = portsOf(node)[name];
      if (port !== undefined) return { host: factsOf(node).address, port };
      throw new ClusterError(`${node} has no port "${name}" (ports: ${names.join(', ')})`);
    },
  };
}

function clocksFor(
  { clocks }: ClusterOptions,
  ssh: ProbedSsh,
  host: (node: NodeId) => RemoteHost,
  factsOf: (node: NodeId) => { faketime: string | null },
): ClocksFactory {
  // Nobody asked for wrong clocks: programs run without a library that could make them so.
  if (clocks === undefined) return unavailableClocks('no fault of this run is about clocks');
  const reason = noClocks(ssh);
  if (reason !== null) return unavailableClocks(reason);
  const way = ssh.dedicated === true ? 'machine' : 'libfaketime';
  return hostClocks({ way, host, library: (node) => factsOf(node).faketime! });
}

/** Why clocks cannot be made wrong on every host; null: they can. */
function noClocks(ssh: ProbedSsh): string | null {
  if (ssh.dedicated === true) {
    const weak = named(ssh, ({ power }) => power === 'none');
    return weak === null ? null : `the clock of ${weak} can only be set by root`;
  }
  const lacking = named(ssh, ({ faketime }) => faketime === null);
  return lacking === null ? null : `${lacking} has no libfaketime (apt-get install libfaketime there)`;
}

/** The first host of which something is true, as messages name it. */
function named(ssh: ProbedSsh, test: (facts: ProbedSsh['facts'][number]) => boolean): string | null {
  const i = ssh.facts.findIndex(test);
  return i < 0 ? null : hostName(endpointOf(ssh, ssh.hosts[i]!));
}

/** What cannot be done on these hosts, and why. */
export function missingOnSsh(ssh: ProbedSsh): Missing[] {
  const missing: Missing[] = NEVER.map(([capability, reason]) => ({ capability, reason }));
  const lack = (capabilities: readonly Capability[], reason: string, fix: string): void => {
    for (const capability of capabilities) missing.push({ capability, reason, fix });
  };
  const weak = named(ssh, ({ power }) => power === 'none');
  const without = (name: string): string | null => named(ssh, ({ has }) => !has.includes(name));
  if (weak !== null) {
    const reason = `${weak} lets nobody set rules who is not root and may not use sudo without a password`;
    lack([...BY_FILTER, ...BY_QUEUE, 'link.reset'], reason, 'NOPASSWD in its sudoers, or ssh.user: root');
  } else {
    const [filter, ss, rate, netem] = ['filter', 'ss', 'rate', 'netem'].map(without);
    if (filter) lack(BY_FILTER, `${filter} has no nftables that works`, 'apt-get install nftables there');
    if (ss) lack(['link.reset'], `${ss} has no ss`, 'apt-get install iproute2 there');
    if (rate) lack(BY_QUEUE, `${rate} has no tc with htb`, 'apt-get install iproute2 there');
    else if (netem) {
      const fix = 'apt-get install linux-modules-extra there, or a kernel with sch_netem';
      lack(['link.latency', 'link.duplicate'], `the kernel of ${netem} has no netem`, fix);
    }
  }
  const clocks = noClocks(ssh);
  if (clocks !== null) missing.push({ capability: 'clock.skew', reason: clocks });
  return missing;
}

const NEVER: readonly [Capability, string][] = [
  ['message.tap', 'whole messages are not seen on a network of packets'],
  ['link.listen', 'whole messages are not seen on a network of packets'],
  ['link.tamper', 'packets on their way between machines are not rewritten'],
  [
    'link.reorder',
    'nothing on a host counts what netem puts out of order, so nothing would show that it bit',
  ],
  ['link.corrupt', 'nothing on a host counts what netem breaks, so nothing would show that it bit'],
  ['link.mtu', 'a packet at a packet filter may be many segments at once'],
];
const BY_FILTER: readonly Capability[] = ['link.cut', 'link.loss', 'client-link.cut', 'client-link.loss'];
const BY_QUEUE: readonly Capability[] = ['link.latency', 'link.rate', 'link.duplicate'];

/** What this backend can do where hosts allow everything. */
export const SSH_OFFERS: readonly Capability[] = [
  'process.kill',
  'process.pause',
  'process.restart',
  'clock.skew',
  'link.cut',
  'link.reset',
  'link.loss',
  'link.latency',
  'link.rate',
  'link.duplicate',
  'client-link.cut',
  'client-link.loss',
];
