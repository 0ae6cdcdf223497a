/**
 * The backends by name. Adding one is one folder and one entry here; `list backends` and `describe` print
 * what the entries say.
 */
import { CAPABILITIES } from '../capability.ts';
import type { BackendName, Capability, Cluster, Missing, ReadyProbe } from '../contracts.ts';
import { DOCKER_OFFERS, missingOnDocker } from './docker/docker-capabilities.ts';
import { createDockerCluster } from './docker/docker-cluster.ts';
import { createNetnsCluster, MISSING_ON, NETNS_OFFERS } from './netns/netns-cluster.ts';
import type { ClusterOptions } from './options.ts';
import { createSimCluster, SIM_OFFERS } from './sim/sim-cluster.ts';
import { SSH_OFFERS } from './ssh/ssh-capabilities.ts';
import { createSshCluster } from './ssh/ssh-cluster.ts';
import { createStdioCluster, STDIO_OFFERS } from './stdio/stdio-cluster.ts';
import { createTcpCluster, missingOnTcp, TCP_OFFERS } from './tcp/tcp-cluster.ts';

/** One way to run and connect the processes of a cluster. */
export interface Backend {
  name: BackendName;
  summary: string;
  /** What its clusters can do where the platform allows everything. */
  offers: readonly Capability[];
  /** What it cannot do, for `describe`: one clause per line. */
  limits: readonly string[];
  /** What it cannot do with nodes that become ready so, and why. Absent: nothing is missing. */
  missing?(ready: ReadyProbe): readonly Missing[];
  /** What its nodes are told they run on; absent: its name. Programs know no difference between tcp and netns. */
  speaks?: BackendName;
  /** Its clusters record packets (`--capture`). */
  captures?: boolean;
  /** Its clusters live in simulated time. */
  simulated?: true;
  /** Makes a cluster; nothing is started before `up`. Throws `ClusterError` for impossible options. */
  create(options: ClusterOptions): Cluster;
}

/** Every backend, the default first. */
export const BACKENDS: readonly Backend[] = [
  {
    name: 'stdio',
    summary: 'Nodes speak the Maelstrom protocol over stdin and stdout; the harness is the network.',
    offers: STDIO_OFFERS,
    limits: [
      'Nodes must read and write one JSON message per line; programs that open sockets need tcp.',
      'Messages are whole: there are no connections to reset and no half-sent messages.',
      'Delays are kept to the millisecond; what the harness itself adds is in the message journal.',
      'A message to a node that is restarted meanwhile is dropped, as on a connection that died with it.',
    ],
    create: createStdioCluster,
  },
  {
    name: 'tcp',
    summary: 'Nodes talk TCP on loopback through one forwarded address for every ordered pair.',
    offers: TCP_OFFERS,
    limits: [
      'Every node must dial its peers at the addresses it is given. Systems that tell each other their addresses get one advertised address per node (127.0.0.2), behind which a caller is known by its process: Linux only.',
      'Links carry bytes of connections, not packets: no loss between nodes, duplication, reordering or tampering.',
      'Faults that need whole messages (byzantine, replay, forge) work on nodes that speak one JSON message per line.',
      'Across a cut a connection is taken by the kernel and then goes nowhere, where a real one would still be dialling.',
      'A cut holds bytes back and never resets; the acknowledgements of TCP itself are not delayed by latency.',
      'All nodes share one machine and its loopback; packet faults need a backend with kernel networking.',
    ],
    missing: missingOnTcp,
    create: createTcpCluster,
  },
  {
    name: 'netns',
    summary: 'Every node in a network namespace of its own, with its own address; faults hit packets.',
    offers: NETNS_OFFERS,
    limits: [
      'Linux with namespaces: as root, or as a user who may have a user namespace (faultline doctor).',
      'A C compiler, once, for the switch that joins the nodes (faultline doctor).',
      'The harness runs in the same sandbox: clients reach nothing outside but by Unix sockets and files.',
      'Messages are not seen: byzantine, replay and forge change and repeat packets; eavesdrop is of stdio and tcp (--capture).',
      'A packet may be many segments of a connection at once, as the kernel hands them over.',
      'All nodes share one machine: its processors, its memory and its disk.',
    ],
    speaks: 'tcp',
    captures: true,
    missing: () => MISSING_ON.switch,
    create: createNetnsCluster,
  },
  {
    name: 'docker',
    summary: 'Every node a container with an address of its own; faults hit packets.',
    offers: DOCKER_OFFERS,
    limits: [
      'Images are not fetched: they are built, made of a tar archive, or there already.',
      'Faults of links and clocks need root here and the engine on this machine; an engine elsewhere kills, pauses and restarts.',
      'A C compiler, once, for the switch between containers; without one nftables drops packets and does nothing else.',
      'A container that is restarted keeps its file system; one that is started as something else keeps its data directory alone.',
    ],
    captures: true,
    missing: () => missingOnDocker(),
    create: (options) => createDockerCluster(options),
  },
  {
    name: 'ssh',
    summary: 'Every node on a machine of its own, reached by ssh; links are cut and delayed in its kernel.',
    offers: SSH_OFFERS,
    limits: [
      'Linux hosts with sshd, a POSIX shell and IPv4; one node a host. Nothing has to be installed for processes to be hurt.',
      'Faults of links need root or sudo without a password there, nftables, and tc with netem for latency.',
      'What clients send is delayed on the way back: the harness does not queue its own packets.',
      'Clocks by libfaketime, or the clock of the machine itself where the configuration says that hosts are dedicated.',
      'Data directories of nodes are removed with everything else when the run ends.',
    ],
    create: createSshCluster,
  },
  {
    name: 'sim',
    summary: 'All nodes in one process under simulated time: the same run from the same seed, in a moment.',
    offers: SIM_OFFERS,
    limits: [
      'Nodes are programs in this process: the reference systems, or modules of your own.',
      'A crash loses what was not synced, or tears it; real nodes keep it in the page cache.',
      'Handling an event takes no time; messages, disks and timers do.',
      'Clock faults change wall clocks; timers run on the one simulated time.',
    ],
    simulated: true,
    create: createSimCluster,
  },
];

/** Backend stdio with its nodes in lock step on virtual time. */
export const VIRTUAL_STDIO: Backend = {
  ...BACKENDS[0]!,
  summary: 'Nodes speak the Maelstrom protocol over stdin and stdout, in lock step on virtual time.',
  simulated: true,
};

/** Backend netns on machines without a C compiler: the kernel's bridge in place of the switch. */
export const BRIDGED_NETNS: Backend = {
  ...BACKENDS.find(({ name }) => name === 'netns')!,
  summary: 'Every node in a network namespace of its own; packets are dropped by nftables, or pass.',
  captures: false,
  missing: () => MISSING_ON.bridge,
  create: (options) => createNetnsCluster(options, 'bridge'),
};

/** The same where the kernel has a delay line. */
export const NETEM_NETNS: Backend = {
  ...BRIDGED_NETNS,
  summary: 'Every node in a network namespace of its own; packets dropped by nftables, late by netem.',
  missing: () => MISSING_ON.netem,
  create: (options) => createNetnsCluster(options, 'netem'),
};

/** Backend docker on machines without a C compiler: a packet filter in place of the switch. */
export const FILTERED_DOCKER: Backend = {
  ...BACKENDS.find(({ name }) => name === 'docker')!,
  summary: 'Every node a container with an address of its own; packets are dropped by nftables, or pass.',
  captures: false,
  missing: () => missingOnDocker(undefined, 'filter'),
  create: (options) => createDockerCluster(options, 'filter'),
};

/** The backend of that name, if there is one. */
export function findBackend(name: string): Backend | undefined {
  return BACKENDS.find((backend) => backend.name === name);
}

/**
 * What this backend does not offer and others do: each says which. What no backend offers is a matter of systems, and
 * left to who knows those.
 */
export function offeredElsewhere({ name, offers }: Pick<Backend, 'name' | 'offers'>): Missing[] {
  return CAPABILITIES.flatMap((capability) => {
    if (offers.includes(capability)) return [];
    const able = BACKENDS.filter((other) => other.offers.includes(capability)).map((other) => other.name);
    if (able.length === 0) return [];
    const last = able.at(-1)!;
    const who = able.length === 1 ? `${last} does` : `${able.slice(0, -1).join(', ')} and ${last} do`;
    return [{ capability, reason: `${name} does not offer it; ${who}` }];
  });
}
