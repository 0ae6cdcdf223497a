/**
 * The ssh backend: every node on a machine of its own, reached by ssh. What can be done to its links and its clock was
 * asked of each machine before the run was planned.
 */
import type { Cluster, NodeAddress, NodeId } from '../../contracts.ts';
import { assembleCluster, checkNodeNames } from '../assemble.ts';
import { ClusterError } from '../cluster-error.ts';
import { Fleet } from '../fleet.ts';
import type { ClocksFactory, ClusterOptions } from '../options.ts';
import { greet } from '../tcp/greet.ts';
import { JsonLinesClients } from '../tcp/json-lines-client.ts';
import { unavailableClocks } from '../unavailable-clocks.ts';
import { ViolationReport } from '../violation-report.ts';
import { hostClocks } from './host-clocks.ts';
import { missingOnSsh, noClocks, SSH_OFFERS } from './ssh-capabilities.ts';
import { SshHosts } from './ssh-hosts.ts';
import type { ProbedSsh } from './ssh-options.ts';

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
  const machines = new SshHosts(options, ssh);
  const { links, processes } = machines;
  const { address, clientAddress } = addressing(
    options,
    machines.facts,
    (node) => machines.plan(node).folder,
  );
  const report = new ViolationReport((event) => fleet.emit(event));
  const clients = new JsonLinesClients({
    address: clientAddress,
    violation: (node, reason, line) => report.add(node, reason, line),
  });
  const clocks = clocksFor(options, ssh, machines);
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
    openNetwork: () => machines.open(),
    closeNetwork: () => {
      clients.close();
      return machines.close();
    },
    address,
    clientAddress,
    request: (node, body, call) => clients.request(node, body, call),
    trouble: () => machines.trouble(),
  });
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

function clocksFor({ clocks }: ClusterOptions, ssh: ProbedSsh, machines: SshHosts): ClocksFactory {
  // Nobody asked for wrong clocks: programs run without a library that could make them so.
  if (clocks === undefined) return unavailableClocks('no fault of this run is about clocks');
  const reason = noClocks(ssh);
  if (reason !== null) return unavailableClocks(reason);
  const way = ssh.dedicated === true ? 'machine' : 'libfaketime';
  const host = (node: NodeId) => machines.host(node);
  return hostClocks({ way, host, library: (node) => machines.facts(node).faketime! });
}
