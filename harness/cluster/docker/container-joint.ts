/**
 * What stands between containers: the switch, through which all of their packets go, or a packet filter in the network
 * of each, where the switch cannot be compiled. Where neither is possible the links are as they are.
 */
import { join } from 'node:path';
import type { Links, NodeId } from '../../contracts.ts';
import { SwitchLinks } from '../netns/switch-links.ts';
import type { ClusterOptions } from '../options.ts';
import type { Probing } from '../process-host.ts';
import { ContainerLinks } from './container-links.ts';
import { ContainerNetwork, type EngineNetwork } from './container-network.ts';
import { type DockerJoint, outOfReach } from './docker-capabilities.ts';
import type { Engine } from './engine.ts';
import { FREE_PORTS } from './packet-filter.ts';

/** The links of a cluster of containers, and what they have to hear of. */
export interface ContainerJoint {
  links: Links;
  /** The engine's network is there, no container yet. Rejects with `ClusterError`. */
  open(network: EngineNetwork): Promise<void>;
  /** A container is about to start. */
  starting(node: NodeId): void;
  /** It runs, and this is its first process. Rejects with `ClusterError`. */
  started(node: NodeId, pid: number): Promise<void>;
  /** It has ended. */
  ended(node: NodeId): void;
  /** Where questions of the harness come from that faults leave alone. */
  probing(): Pick<Probing, 'localAddress' | 'localPort'>;
  /** Returns what went wrong. */
  close(): Promise<string[]>;
}

/** The joint of one cluster. */
export function jointOf(
  joinedBy: DockerJoint,
  options: ClusterOptions,
  engine: Engine,
  ip: (node: NodeId) => string,
): ContainerJoint {
  const isReached = outOfReach(engine) === null;
  return isReached && joinedBy === 'switch' ? switched(options, ip) : filtered(options, ip, isReached);
}

function switched(options: ClusterOptions, ip: (node: NodeId) => string): ContainerJoint {
  const { nodes, dataDir, logsDir, capture } = options;
  const network = new ContainerNetwork(nodes, ip);
  const number = options.seed
    .fork('switch')
    .rng()
    .int(0, 2 ** 32);
  const links = new SwitchLinks({
    ...{ nodes, network, folder: join(dataDir, '.network'), seed: BigInt(number) },
    ...(capture === true ? { capture: join(logsDir, 'packets.pcap') } : {}),
  });
  return {
    links,
    open: async (engineNetwork) => {
      await network.open(engineNetwork);
      await links.open();
    },
    starting: (node) => network.ended(node),
    started: async (node, pid) => {
      await network.started(node, pid);
      await links.renew();
    },
    ended: (node) => network.ended(node),
    probing: () => ({ localAddress: network.freeAddress }),
    close: async () => [...(await links.close()), ...(await network.close())],
  };
}

function filtered(
  { nodes }: ClusterOptions,
  ip: (node: NodeId) => string,
  isReached: boolean,
): ContainerJoint {
  const links = new ContainerLinks({ nodes, ip });
  // Others on this machine ask from these ports too: each begins somewhere else, and a port in use is not tried twice.
  let asked = process.pid;
  return {
    links,
    open: async () => undefined,
    starting: (node) => links.starting(node),
    started: async (node, pid) => {
      if (isReached) links.started(node, pid);
    },
    ended: (node) => links.ended(node),
    probing: () => ({ localPort: () => FREE_PORTS.from + (asked++ % (FREE_PORTS.to - FREE_PORTS.from + 1)) }),
    close: async () => {
      links.close();
      return [];
    },
  };
}
