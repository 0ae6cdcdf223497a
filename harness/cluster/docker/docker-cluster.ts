/**
 * The docker backend: every node a container with an address of its own on a network of its own. Containers, network,
 * volumes and images that are made carry the labels of the run; nothing else of the engine is touched.
 */
import { networkInterfaces } from 'node:os';
import type { Cluster, NodeAddress, NodeId } from '../../contracts.ts';
import { type Rng, Seed } from '../../random.ts';
import { monotonicNs } from '../../time.ts';
import { assembleCluster, checkNodeNames } from '../assemble.ts';
import { ClusterError } from '../cluster-error.ts';
import { Fleet } from '../fleet.ts';
import type { ClusterOptions } from '../options.ts';
import { JsonLinesClients } from '../tcp/json-lines-client.ts';
import { ViolationReport } from '../violation-report.ts';
import { ContainerHost, type Started } from './container-host.ts';
import { jointOf } from './container-joint.ts';
import type { EngineNetwork } from './container-network.ts';
import { ContainerUsage } from './container-usage.ts';
import { DOCKER_OFFERS, type DockerJoint, missingOnDocker } from './docker-capabilities.ts';
import { DATA_PATH, type DockerOptions } from './docker-options.ts';
import { Engine, type Labels, runLabels } from './engine.ts';
import { removeLabelled } from './leftover-containers.ts';

/** Every node has all ports to itself; the first named one gets this number, the others the next ones. */
const FIRST_PORT = 7000;
const MOST_NODES = 200;
/** Subnets that are tried before it is said that none is free. */
const TRIES = 20;

/** Makes a cluster of containers. Throws `ClusterError` for impossible options; the engine is asked by `up`. */
export function createDockerCluster(options: ClusterOptions, joinedBy: DockerJoint = 'switch'): Cluster {
  checkNodeNames(options.nodes);
  const names = options.ports ?? ['main'];
  const { nodes, docker = {}, runId } = options;
  if (nodes.length > MOST_NODES) throw new ClusterError(`docker has room for ${MOST_NODES} nodes`);
  if (names.length === 0) throw new ClusterError('nodes of the docker backend need at least one named port');
  const published = new Map<NodeId, Started['published']>();
  const setting = new Setting(options, docker, names);
  const joint = jointOf(joinedBy, options, setting.engine, (node) => setting.ip(node));
  const host = new ContainerHost({
    engine: setting.engine,
    labels: setting.labels,
    run: runId,
    spec: (node) => setting.spec(node),
    starting: (node) => joint.starting(node),
    started: async (node, { pid, published: ports }) => {
      published.set(node, ports);
      if (pid !== null) await joint.started(node, pid);
    },
    probing: (node) => ({
      ...joint.probing(),
      ...(setting.engine.isElsewhere
        ? { at: (port) => elsewhere(setting.engine, published, node, port) }
        : {}),
    }),
  });
  const created = monotonicNs();
  const usage = new ContainerUsage({
    ...{ nodes, logsDir: options.logsDir, container: (node) => host.container(node) },
    now: options.now ?? (() => monotonicNs() - created),
  });
  const { address, clientAddress } = addressing(options, names, setting, published);
  const report = new ViolationReport((event) => fleet.emit(event));
  const clients = new JsonLinesClients({
    address: clientAddress,
    violation: (node, reason, line) => report.add(node, reason, line),
  });
  const fleet = new Fleet(options, {
    protocol: 'none',
    host,
    address,
    spawned: () => undefined,
    ended: (node) => {
      published.delete(node);
      joint.ended(node);
    },
  });
  return assembleCluster(options, {
    backend: 'docker',
    offers: DOCKER_OFFERS,
    missing: missingOnDocker(setting.engine, joinedBy),
    fleet,
    links: joint.links,
    openNetwork: async () => {
      await joint.open(await setting.open());
      usage.start();
    },
    closeNetwork: async () => {
      usage.close();
      clients.close();
      return [...(await joint.close()), ...(await host.close()), ...(await setting.close())];
    },
    address,
    clientAddress,
    request: (node, body, call) => clients.request(node, body, call),
  });
}

/** What containers stand on: image, network, volumes. */
class Setting {
  readonly engine: Engine;
  readonly labels: Labels;
  /** Ports of every node, by name. */
  readonly ports: Readonly<Record<string, number>>;
  readonly #options: ClusterOptions;
  readonly #docker: DockerOptions;
  readonly #name: string;
  readonly #rng: Rng;
  #image = '';
  #prefix: string;
  #isOpen = false;

  constructor(options: ClusterOptions, docker: DockerOptions, names: readonly string[]) {
    this.#options = options;
    this.ports = portsOf(options, names);
    this.#docker = docker;
    this.engine = new Engine(docker.engine);
    this.labels = runLabels(options.runId);
    // Drawn from what is different in every run: nothing of it reaches a plan or a history's values.
    this.#rng = Seed.of(process.pid).fork('docker', options.runId).rng();
    this.#name = `faultline-${this.#rng.int(0, 2 ** 30).toString(36)}`;
    this.#prefix = this.#draw();
  }

  /** The address of a node's container. */
  readonly ip = (node: NodeId): string => `${this.#prefix}.${this.#options.nodes.indexOf(node) + 2}`;

  /** What the container of a node is made of, but for its program. */
  spec(node: NodeId) {
    const { init = true, data = DATA_PATH, memoryBytes, cpus } = this.#docker;
    return {
      ...{ name: `${this.#name}-${node}`, node, image: this.#image, network: this.#name, ip: this.ip(node) },
      data: { volume: `${this.#name}-${node}`, path: data },
      // Where the addresses of containers are not ours to reach.
      publish: this.engine.isElsewhere ? Object.values(this.ports) : [],
      init,
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
      ...(cpus === undefined ? {} : { cpus }),
    };
  }

  /** Image, network and volumes; resolves with the network. Throws `ClusterError`. */
  async open(): Promise<EngineNetwork> {
    await this.engine.version();
    // From here on there is something to clean up.
    this.#isOpen = true;
    await this.#options.engine?.(this.engine.address);
    this.#image = await this.#findImage();
    await this.#tellImage();
    const id = await this.#makeNetwork();
    await Promise.all(
      this.#options.nodes.map((node) => this.engine.createVolume(`${this.#name}-${node}`, this.labels)),
    );
    // As engines call the bridges of their networks.
    return { bridge: `br-${id.slice(0, 12)}`, prefix: this.#prefix };
  }

  /** Removes everything that carries the labels of the run. */
  async close(): Promise<string[]> {
    if (!this.#isOpen) return [];
    const { problems } = await removeLabelled(this.engine, this.labels);
    this.#isOpen = problems.length > 0;
    return problems;
  }

  async #findImage(): Promise<string> {
    const { image, build, dockerfile = 'Dockerfile', tarball } = this.#docker;
    const own = `${this.#name}:run`;
    if (build !== undefined) {
      await this.engine.buildImage(build, dockerfile, own, this.labels);
      return own;
    }
    if (tarball !== undefined) {
      const marks = Object.entries(this.labels).map(
        ([name, value]) => `LABEL ${name}=${JSON.stringify(value)}`,
      );
      await this.engine.importImage(tarball, own, marks);
      return own;
    }
    if (image === undefined) {
      throw new ClusterError('nothing says what containers are made of: name an image, or a folder to build');
    }
    if (await this.engine.hasImage(image)) return image;
    throw new ClusterError(
      `Docker at ${this.engine.name} has no image ${image}, and images are not fetched by a run (docker pull ${image})`,
    );
  }

  /** Says which image it is; one that cannot be described is used all the same. */
  async #tellImage(): Promise<void> {
    if (this.#options.image === undefined) return;
    const { image, build, tarball } = this.#docker;
    const name = build !== undefined ? `built from ${build}` : tarball !== undefined ? tarball : image!;
    const version = await this.engine.version().then(
      (found) => `Docker ${found.version} at ${this.engine.name}`,
      () => this.engine.name,
    );
    // What it runs is for the record: a run goes on without.
    const found = await this.engine.imageInfo(this.#image).catch(() => null);
    if (found !== null) this.#options.image({ name, ...found, engine: version });
  }

  async #makeNetwork(): Promise<string> {
    for (let tries = 0; tries < TRIES; tries++) {
      const [subnet, gateway] = [`${this.#prefix}.0/24`, `${this.#prefix}.1`];
      const id = await this.engine.createNetwork(this.#name, subnet, gateway, this.labels);
      if (id !== null) return id;
      this.#prefix = this.#draw();
    }
    throw new ClusterError(`Docker at ${this.engine.name} refused ${TRIES} subnets of 10.0.0.0/8 as taken`);
  }

  /** The first three numbers of a subnet that this machine has no address in. */
  #draw(): string {
    const own = Object.values(networkInterfaces()).flatMap((list) =>
      (list ?? []).map(({ address }) => address),
    );
    for (;;) {
      const prefix = `10.${this.#rng.int(64, 250)}.${this.#rng.int(0, 255)}`;
      if (!own.some((address) => address.startsWith(`${prefix}.`))) return prefix;
    }
  }
}

/** Fixed ports are those of the first node: here no other node is in its way. */
function portsOf(
  { nodes, fixedPorts = {} }: ClusterOptions,
  names: readonly string[],
): Record<string, number> {
  const fixed = fixedPorts[nodes[0]!] ?? {};
  return Object.fromEntries(names.map((name, i) => [name, fixed[name] ?? FIRST_PORT + i]));
}

/** Where nodes listen: all on the same ports, each at its own address, for peers and clients alike. */
function addressing(
  { nodes, docker = {} }: ClusterOptions,
  names: readonly string[],
  { ip, ports, engine }: Setting,
  published: ReadonlyMap<NodeId, Started['published']>,
): Pick<Cluster, 'address' | 'clientAddress'> {
  return {
    address: (node): NodeAddress => ({
      ...{ id: node, index: nodes.indexOf(node), host: ip(node), ports: { ...ports } },
      dataDir: docker.data ?? DATA_PATH,
      peers: nodes.filter((peer) => peer !== node).map((id) => ({ id, host: ip(id), ports: { ...ports } })),
    }),
    clientAddress(node, name = names[0]!) {
      const port = ports[name];
      if (port === undefined) {
        throw new ClusterError(`${node} has no port "${name}" (ports: ${names.join(', ')})`);
      }
      const running = published.get(node);
      // Nobody is there to refuse, and clients would wait for nothing: they are sent to where nobody listens.
      if (running === undefined) return NOWHERE;
      return engine.isElsewhere ? elsewhere(engine, published, node, port) : { host: ip(node), port };
    },
  };
}

/** Where a port of a container is published on the engine's machine: a new one at every start. */
function elsewhere(
  { host }: Engine,
  published: ReadonlyMap<NodeId, Started['published']>,
  node: NodeId,
  port: number,
): { host: string; port: number } {
  return { host: host!, port: published.get(node)?.[port] ?? NOWHERE.port };
}

/** Refuses connections. */
const NOWHERE = { host: '127.0.0.1', port: 1 } as const;
