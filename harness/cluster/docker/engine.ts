/**
 * A Docker engine as faultline uses it: the one home of dockerode. Says in words of its own what went wrong, and
 * marks everything it makes with the run it belongs to, so that nothing else can ever be taken for ours.
 */
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { onFirstUse } from '../../on-first-use.ts';
import type { Json } from '../../op.ts';
import { sleep, within } from '../../time.ts';
import { ClusterError } from '../cluster-error.ts';
import type { ImageInfo } from './docker-options.ts';
import { EngineContainer, type RawContainer } from './engine-container.ts';
import { wayIn } from './socket-owner.ts';
import { SshAgent } from './ssh-agent.ts';

const require = createRequire(import.meta.url);
const docker = onFirstUse(() => require('dockerode') as typeof Docker);

/** Labels of everything that belongs to a run: the run, and the machine whose run it is. */
export const RUN_LABEL = 'faultline.run';
/** See `RUN_LABEL`: an engine may serve several machines, on which folders are called the same. */
export const MACHINE_LABEL = 'faultline.machine';
/** The node a container is. */
export const NODE_LABEL = 'faultline.node';

/** What is asked of an engine takes milliseconds; one that is loaded may take seconds. */
const ANSWER_MS = 60_000;
const PING_MS = 5_000;
/** Between two looks whether somebody listens while an answer is waited for. */
const WATCH_MS = 2_000;
/** Images are copied and unpacked. */
const IMAGE_MS = 600_000;

/** What an engine says of itself. */
export interface EngineVersion {
  version: string;
  api: string;
}

/** What a container is made of; plain data, compared to see whether an old one still fits. */
export interface ContainerSpec {
  name: string;
  node: string;
  image: string;
  /** Program and arguments; empty: those of the image. */
  command: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd?: string;
  network: string;
  ip: string;
  /** Volume and where it is in the container. */
  data: { volume: string; path: string };
  /** Ports of the container that the engine's host forwards to; none where the container is reached itself. */
  publish: readonly number[];
  /** A process that reaps the others and passes signals on is the first one. */
  init: boolean;
  memoryBytes?: number;
  cpus?: number;
}

/** Kinds of things an engine keeps. */
export type Kind = 'container' | 'network' | 'volume' | 'image';

/** One engine, at one address. */
export class Engine {
  /** As in DOCKER_HOST; empty: the default of Docker. */
  readonly address: string;
  readonly #docker: Docker;
  readonly #ssh: SshAgent | null;

  /** Makes no connection. Throws `ClusterError` for an address that is none. */
  constructor(address = process.env['DOCKER_HOST'] ?? '') {
    this.address = address;
    try {
      this.#ssh = address.startsWith('ssh://') ? new SshAgent(address) : null;
      this.#docker = new (docker())(optionsOf(address, this.#ssh));
    } catch (error) {
      throw new ClusterError(`"${address}" is no address of a Docker engine: ${(error as Error).message}`);
    }
  }

  /** How to name it to a user. */
  get name(): string {
    return this.address === '' ? 'unix:///var/run/docker.sock' : this.address;
  }

  /** The machine it runs on, where that may be another one: the host of a TCP address. */
  get host(): string | null {
    const match = /^(?:tcp|https?|ssh):\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^:/]+)/.exec(this.address);
    return match === null ? null : match[1]!.replace(/^\[|\]$/g, '');
  }

  /** Its containers are not to be reached at their own addresses, nor their processes in our table. */
  get isElsewhere(): boolean {
    const { host } = this;
    return host !== null && host !== 'localhost' && host !== '127.0.0.1' && host !== '::1';
  }

  /** Asks who it is. Throws `ClusterError` when it does not answer. */
  async version(timeoutMs = PING_MS): Promise<EngineVersion> {
    const asked = this.#docker.version();
    const { Version, ApiVersion } = await this.#answer(asked, 'its version', timeoutMs);
    return { version: Version, api: ApiVersion };
  }

  /** True when the engine has the image. */
  async hasImage(name: string): Promise<boolean> {
    return exists(this.#answer(this.#docker.getImage(name).inspect(), `about image ${name}`));
  }

  /** What the engine knows of an image, but for what the run calls it. Throws `ClusterError`. */
  async imageInfo(name: string): Promise<Pick<ImageInfo, 'id' | 'digest' | 'created'>> {
    const found = await this.#answer(this.#docker.getImage(name).inspect(), `about image ${name}`);
    return { id: found.Id, digest: found.RepoDigests?.[0] ?? null, created: found.Created ?? '' };
  }

  /** Makes an image of a root file system in a tar archive. */
  async importImage(tarball: string, name: string, changes: readonly string[] = []): Promise<void> {
    const [repo, tag = 'latest'] = name.split(':');
    const stream = await this.#answer(
      this.#docker.importImage(tarball, { repo, tag, changes }),
      `to import ${tarball}`,
      IMAGE_MS,
    );
    await this.#progress(stream as Readable, `importing ${tarball}`);
  }

  /** Builds an image of a folder with a Dockerfile. Throws `ClusterError` with the last words of the build. */
  async buildImage(folder: string, dockerfile: string, name: string, labels: Labels): Promise<void> {
    const built = this.#docker.buildImage(
      { context: folder, src: ['.'] },
      { t: name, dockerfile, labels, forcerm: true },
    );
    const stream = await this.#answer(built, `to build ${folder}`, IMAGE_MS);
    await this.#progress(stream as unknown as Readable, `building ${folder}`);
  }

  /** A network of its own, by its id; `null` when the subnet is taken. */
  async createNetwork(name: string, subnet: string, gateway: string, labels: Labels): Promise<string | null> {
    try {
      const { id } = await this.#answer(
        this.#docker.createNetwork({
          Name: name,
          Driver: 'bridge',
          IPAM: { Config: [{ Subnet: subnet, Gateway: gateway }] },
          Labels: labels,
        }),
        'for a network',
      );
      return id;
    } catch (error) {
      if (/overlaps|already (?:in use|allocated)|conflicts with/i.test((error as Error).message)) return null;
      throw error;
    }
  }

  /** A place for data that outlives containers. */
  async createVolume(name: string, labels: Labels): Promise<void> {
    await this.#answer(this.#docker.createVolume({ Name: name, Labels: labels }), 'for a volume');
  }

  /** Makes a container; it is not started. */
  async createContainer(spec: ContainerSpec, labels: Labels): Promise<EngineContainer> {
    const made = await this.#answer(
      this.#docker.createContainer(creation(spec, { ...labels, [NODE_LABEL]: spec.node })),
      `for a container of ${spec.image}`,
    );
    return new EngineContainer(made as unknown as RawContainer, (work, what, ms) =>
      this.#answer(work, what, ms),
    );
  }

  /** Ids of everything of one kind that carries the labels. */
  async labelled(kind: Kind, labels: Labels): Promise<string[]> {
    return this.#list(kind, { label: Object.entries(labels).map(([name, value]) => `${name}=${value}`) });
  }

  /** Ids of everything of one kind that carries a label, whatever its value; of everything for an empty name. */
  async marked(kind: Kind, label: string): Promise<string[]> {
    return this.#list(kind, label === '' ? {} : { label: [label] });
  }

  async #list(kind: Kind, filters: { label?: string[] }): Promise<string[]> {
    const docker = this.#docker;
    switch (kind) {
      case 'container':
        return (await this.#answer(docker.listContainers({ all: true, filters }), 'for containers')).map(
          ({ Id }) => Id,
        );
      case 'network':
        return (await this.#answer(docker.listNetworks({ filters }), 'for networks')).map(({ Id }) => Id);
      case 'volume':
        return ((await this.#answer(docker.listVolumes({ filters }), 'for volumes')).Volumes ?? []).map(
          ({ Name }) => Name,
        );
      case 'image':
        return (await this.#answer(docker.listImages({ filters }), 'for images')).map(({ Id }) => Id);
    }
  }

  /** Removes one thing; what is gone already is fine. */
  async remove(kind: Kind, id: string): Promise<void> {
    const docker = this.#docker;
    const removals: Record<Kind, () => Promise<unknown>> = {
      container: () => docker.getContainer(id).remove({ force: true, v: true }),
      network: () => docker.getNetwork(id).remove(),
      volume: () => docker.getVolume(id).remove({ force: true }),
      image: () => docker.getImage(id).remove({ force: true }),
    };
    await exists(this.#answer(removals[kind](), `to remove ${kind} ${id}`));
  }

  /** Waits for a stream of progress to end; throws what it reports as an error. */
  async #progress(stream: Readable, what: string): Promise<void> {
    const words: string[] = [];
    let refused: string | null = null;
    const done = new Promise<void>((resolve, reject) => {
      this.#docker.modem.followProgress(
        stream,
        (error) => (error === null || error === undefined ? resolve() : reject(error)),
        (event: { stream?: string; error?: string }) => {
          words.push(event.stream ?? '');
          refused ??= event.error ?? null;
        },
      );
    });
    await within(IMAGE_MS, what, done).catch((error: unknown) => {
      refused ??= (error as Error).message;
    });
    if (refused === null) return;
    throw new ClusterError(`${what} failed: ${refused}`, {
      output: words.join('').trim().split('\n').slice(-10),
    });
  }

  /**
   * An answer of the engine within its time, or a `ClusterError` that names the engine. Null: it may take for ever, and
   * keeps no process alive.
   */
  async #answer<T>(work: Promise<T>, what: string, timeoutMs: number | null = ANSWER_MS): Promise<T> {
    const watch = new AbortController();
    try {
      if (timeoutMs === null) return await work;
      // A connection by ssh that breaks ends what is asked over it.
      const watched = this.#ssh === null ? Promise.race([work, this.#gone(watch.signal)]) : work;
      return await within(timeoutMs, `Docker at ${this.name}`, watched);
    } catch (error) {
      const { statusCode } = error as Trouble;
      const why = statusCode === undefined ? await this.#ssh?.why() : null;
      throw new EngineError(this.name, what, (why ? new Error(why) : error) as Trouble);
    } finally {
      watch.abort();
    }
  }

  /**
   * Rejects once nobody listens at the address any more. An engine that dies between the head of an answer and its end
   * leaves who asked waiting for good.
   */
  async #gone(signal: AbortSignal): Promise<never> {
    for (;;) {
      await sleep(WATCH_MS, signal).catch(() => undefined);
      // Nobody waits for this any more.
      if (signal.aborted) return new Promise<never>(() => undefined);
      const trouble = await within(PING_MS, 'ping', this.#docker.ping()).then(
        () => null,
        (error: unknown) => error as Trouble,
      );
      if (trouble?.code !== undefined && UNREACHABLE.has(trouble.code)) throw trouble;
    }
  }
}

/** Labels by name. */
export type Labels = Readonly<Record<string, string>>;

/** The labels of everything a run of this machine makes. */
export function runLabels(run: string): Record<string, string> {
  return { [RUN_LABEL]: run, [MACHINE_LABEL]: hostname() };
}

/** What dockerode rejects with. */
interface Trouble extends Error {
  code?: string;
  statusCode?: number;
  json?: Json;
}

const UNREACHABLE = new Set([
  ...['ENOENT', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT'],
  ...['ECONNRESET', 'EPIPE', 'EACCES'],
]);

/** What an engine refused, or that it does not answer. */
export class EngineError extends ClusterError {
  /** HTTP status of a refusal; null when there was no answer. */
  readonly status: number | null;
  /** The engine's own words. */
  readonly words: string;
  /** Why there was no answer: a code of the operating system. */
  readonly code: string | null;

  constructor(engine: string, asked: string, error: Trouble) {
    const { json } = error;
    const told =
      json !== null && typeof json === 'object' && 'message' in json ? String(json['message']) : '';
    const words = told || error.message;
    super(sentence(engine, asked, error, words));
    this.name = 'ClusterError';
    this.status = error.statusCode ?? null;
    this.words = words;
    this.code = error.code ?? null;
  }
}

function sentence(engine: string, asked: string, error: Trouble, words: string): string {
  const { code = '', statusCode } = error;
  if (statusCode !== undefined) return `Docker at ${engine}, asked ${asked}: ${words}`;
  if (code === 'EACCES') {
    const { detail, fix } = wayIn(engine);
    return `no permission to use Docker at ${engine}: ${detail} (${fix})`;
  }
  if (UNREACHABLE.has(code)) {
    const fix = engine.startsWith('unix:') ? 'sudo systemctl start docker' : 'is DOCKER_HOST right?';
    return `no Docker engine answers at ${engine}: ${code} (${fix})`;
  }
  return `Docker at ${engine} does not answer: ${words}`;
}

/** True when the work succeeded, false when what it is about does not exist. */
async function exists(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof EngineError && error.status === 404) return false;
    throw error;
  }
}

function optionsOf(address: string, agent: SshAgent | null): Docker.DockerOptions {
  if (address === '') return { socketPath: '/var/run/docker.sock' };
  if (address.startsWith('unix://')) {
    // What DOCKER_HOST says of another engine would be taken for the rest.
    const none = { host: undefined, port: undefined, protocol: 'http' };
    return { ...none, socketPath: address.slice('unix://'.length) } as Docker.DockerOptions;
  }
  // Its types know no agent.
  if (agent !== null) return { host: 'docker', protocol: 'http', agent } as Docker.DockerOptions;
  // Certificates and protocols are read from Docker's own variables, which go with the address they are for.
  if (address === process.env['DOCKER_HOST']) return {};
  const url = new URL(address.includes('://') ? address : `tcp://${address}`);
  const { hostname: host, port } = url;
  return { host, port: port || '2375', protocol: url.protocol === 'https:' ? 'https' : 'http' };
}

function creation(spec: ContainerSpec, labels: Labels): Docker.ContainerCreateOptions {
  const [file, ...args] = spec.command;
  const ports = spec.publish.map((port) => `${port}/tcp`);
  return {
    name: spec.name,
    Image: spec.image,
    ...(file === undefined ? {} : { Entrypoint: [file], Cmd: args }),
    Env: Object.entries(spec.env).map(([name, value]) => `${name}=${value}`),
    ...(spec.cwd === undefined ? {} : { WorkingDir: spec.cwd }),
    Hostname: spec.node,
    Labels: labels,
    ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])),
    HostConfig: {
      NetworkMode: spec.network,
      Init: spec.init,
      PortBindings: Object.fromEntries(ports.map((port) => [port, [{ HostPort: '' }]])),
      Mounts: [{ Type: 'volume', Source: spec.data.volume, Target: spec.data.path }],
      // The harness decides when a node starts again.
      RestartPolicy: { Name: 'no' },
      // Output is attached to; a second copy on the engine's disk helps nobody.
      LogConfig: { Type: 'none', Config: {} },
      ...(spec.memoryBytes === undefined ? {} : { Memory: spec.memoryBytes }),
      ...(spec.cpus === undefined ? {} : { NanoCpus: Math.round(spec.cpus * 1e9) }),
    },
    NetworkingConfig: {
      EndpointsConfig: { [spec.network]: { IPAMConfig: { IPv4Address: spec.ip } } },
    },
  };
}
