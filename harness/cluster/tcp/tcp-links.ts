/**
 * All links of a tcp cluster: for every ordered pair of endpoints and every port name one forwarded address,
 * and for every directed pair the rules and counters its connections share.
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Endpoint, LinkCounters, LinkEntry, Links, MessageTap, NodeId } from '../../contracts.ts';
import { silentLink } from '../../link-data.ts';
import type { Seed } from '../../random.ts';
import { TapLayers } from '../../taps/tap-layers.ts';
import { after, monotonicNs } from '../../time.ts';
import { ClusterError } from '../cluster-error.ts';
import { LinkRules, linkKey } from '../link-rules.ts';
import { choosePort, isFree, releasePorts } from '../ports.ts';
import { ADVERTISED_HOST, AdvertisedPort } from './advertised-port.ts';
import { type Callers, callerOf } from './caller.ts';
import { HalfPipe, type Lane } from './half-pipe.ts';
import { LinkPort } from './link-port.ts';

const HOST = '127.0.0.1';
const PROBE_MS = 300;

/** What the links connect. */
export interface TcpLinksOptions {
  nodes: readonly NodeId[];
  ports: readonly string[];
  fixedPorts: Readonly<Record<NodeId, Readonly<Record<string, number>>>>;
  seed: Seed;
  /** Nodes speak one JSON message per line. Default false. */
  lines?: boolean;
  /** Nanoseconds since the run started; default: since the links were made. */
  now?: () => number;
  /** Links between nodes differ in their host, and have the port of the node they lead to. */
  ownHosts?: boolean;
  /** Every node has one address for all others; whose connection it is is found out by these. */
  advertised?: Omit<Callers, 'nodes'>;
}

/** The userspace network of one tcp cluster. */
export class TcpLinks implements Links {
  readonly #options: TcpLinksOptions;
  readonly #rules: LinkRules;
  readonly #taps = new TapLayers();
  readonly #now: () => number;
  readonly #lanes = new Map<string, Lane>();
  readonly #ports = new Map<string, LinkPort>();
  readonly #advertised: AdvertisedPort[] = [];
  readonly #nodePorts = new Map<NodeId, Record<string, number>>();
  readonly #chosen = new Set<number>();
  #probes = 0;

  constructor(options: TcpLinksOptions) {
    this.#options = options;
    const made = monotonicNs();
    this.#now = options.now ?? (() => monotonicNs() - made);
    const endpoints: Endpoint[] = [...options.nodes, 'clients'];
    this.#rules = new LinkRules(endpoints, () => this.#changed());
    for (const from of endpoints) {
      for (const to of endpoints) {
        if (from !== to) this.#lanes.set(linkKey(from, to), this.#makeLane(from, to));
      }
    }
  }

  /** Chooses every port. Throws `ClusterError` naming a fixed port that is taken. */
  async open(): Promise<void> {
    const { nodes, ports } = this.#options;
    for (const node of nodes) this.#nodePorts.set(node, await this.#portsOf(node));
    for (const to of nodes) {
      for (const name of ports) {
        for (const from of [...nodes, 'clients']) if (from !== to) await this.#addLink(from, to, name);
        if (this.#options.advertised !== undefined) this.#advertise(to, name, this.#options.advertised);
      }
    }
  }

  async #addLink(from: Endpoint, to: NodeId, name: string): Promise<void> {
    const { advertised, ownHosts = false, seed } = this.#options;
    const targetPort = this.#nodePorts.get(to)![name]!;
    const between = from !== 'clients';
    let port: number | null = between && advertised !== undefined ? null : targetPort;
    if (!between || (advertised === undefined && !ownHosts)) {
      port = await choosePort();
      this.#chosen.add(port);
    }
    const link = {
      ...{ from, to, host: this.#hostOf(from, to), port, targetPort },
      ...{ there: this.#lane(from, to), back: this.#lane(to, from) },
      seed: seed.fork('tcp', from, to, name),
    };
    this.#ports.set(`${linkKey(from, to)}:${name}`, new LinkPort(link));
  }

  /** One address for all: connections to it go over the links of whoever makes them. */
  #advertise(to: NodeId, name: string, callers: Omit<Callers, 'nodes'>): void {
    const { nodes, seed } = this.#options;
    const port = this.#nodePorts.get(to)![name]!;
    // A node may use its own address; no fault is between it and itself.
    const itself = this.#makeLane(to, to);
    const own = new LinkPort({
      ...{ from: to, to, host: HOST, port: null, targetPort: port },
      ...{ there: itself, back: itself, seed: seed.fork('tcp', to, to, name) },
    });
    this.#ports.set(`${linkKey(to, to)}:${name}`, own);
    const links = new Map(nodes.map((from) => [from, this.#ports.get(`${linkKey(from, to)}:${name}`)!]));
    const caller = (from: number): NodeId | null =>
      callerOf(from, { host: ADVERTISED_HOST, port }, { nodes, ...callers });
    this.#advertised.push(new AdvertisedPort({ port, to, links, caller }));
  }

  /** Ports a node listens on itself; throws `ClusterError` before `open`. */
  nodePorts(node: NodeId): Record<string, number> {
    const ports = this.#nodePorts.get(node);
    if (ports === undefined) throw new ClusterError(`${node} has no ports before the cluster is up`);
    return ports;
  }

  /** Where `from` must call to reach a port of `to`. */
  addressOf(from: Endpoint, to: NodeId, name: string): { host: string; port: number } {
    const shared = this.#options.advertised !== undefined && from !== 'clients';
    if (shared) return { host: ADVERTISED_HOST, port: this.nodePorts(to)[name]! };
    return { host: this.#hostOf(from, to), port: this.linkPort(from, to, name) };
  }

  /** Where a link listens: on a host of its own where the port is given, one of 254 x 254 below 127.1. */
  #hostOf(from: Endpoint, to: NodeId): string {
    const { ownHosts = false, nodes } = this.#options;
    if (!ownHosts || from === 'clients') return HOST;
    return `127.1.${nodes.indexOf(from) + 1}.${nodes.indexOf(to) + 1}`;
  }

  /** The port `from` must use to reach a port of `to`; throws where all nodes share one address. */
  linkPort(from: Endpoint, to: NodeId, name: string): number {
    const link = this.#ports.get(`${linkKey(from, to)}:${name}`);
    if (link === undefined) {
      if (this.#ports.size === 0) throw new ClusterError(`${to} has no address before the cluster is up`);
      throw new ClusterError(
        `no link ${from} -> ${to} for port "${name}" (ports: ${this.#options.ports.join(', ')})`,
      );
    }
    const { port } = link.options;
    if (port === null) throw new ClusterError(`${from} has no address of its own for ${to}`);
    return port;
  }

  /** Says whether a node's process exists: its addresses refuse connections while it does not. */
  setUp(node: NodeId, up: boolean): void {
    for (const link of this.#ports.values()) if (link.options.to === node) link.setTarget(up);
    for (const advertised of this.#advertised) advertised.update();
  }

  /** Resolves when every address listens or refuses as it should. */
  async settled(): Promise<void> {
    await Promise.all([...this.#ports.values(), ...this.#advertised].map((link) => link.settled()));
  }

  /** True when the directed link is cut now. */
  isCut(from: Endpoint, to: Endpoint): boolean {
    return this.#rules.state(from, to).cut;
  }

  set(faultId: string, entries: readonly LinkEntry[]): void {
    for (const { from, to, rule } of entries) {
      const wrong = (['loss', 'duplicate', 'reorder', 'tamper', 'corrupt'] as const).find(
        (name) => (rule[name] ?? 0) > 0 && !(name === 'loss' && (from === 'clients' || to === 'clients')),
      );
      if (wrong !== undefined) {
        throw new RangeError(
          `link ${from} -> ${to}: the tcp backend cannot do ${wrong} (bytes of a connection)`,
        );
      }
    }
    this.#rules.set(faultId, entries);
  }

  tap(faultId: string, tap: MessageTap): void {
    this.#taps.set(faultId, tap);
  }

  clear(faultId: string): void {
    this.#taps.clear(faultId);
    this.#rules.clear(faultId);
  }

  /** A connection uses both of its directed links; it is reset when either is named, and counted once. */
  reset(links: readonly { from: Endpoint; to: Endpoint }[]): number {
    const named = new Set(links.map(({ from, to }) => linkKey(from, to)));
    let total = 0;
    for (const link of this.#ports.values()) {
      const { from, to } = link.options;
      const key = [linkKey(from, to), linkKey(to, from)].find((k) => named.has(k));
      if (key === undefined) continue;
      const count = link.reset();
      this.#lanes.get(key)!.counters.resets += count;
      total += count;
    }
    return total;
  }

  counters(): LinkCounters[] {
    return [...this.#lanes.values()].map((lane) => ({ ...lane.counters }));
  }

  /**
   * Sends a byte through the link's own forwarding, over real sockets from the harness to itself, so that no
   * node sees it: `open` when it comes out at the other end.
   */
  async probe(from: Endpoint, to: Endpoint): Promise<'open' | 'cut' | 'unknown'> {
    const lane = this.#lanes.get(linkKey(from, to));
    if (lane === undefined) return 'unknown';
    const { delays, base } = lane.state();
    const waitMs = PROBE_MS + [...delays, ...base].reduce((sum, d) => sum + d.ms + 4 * (d.jitterMs ?? 0), 0);
    const [into, outOf] = await Promise.all([loop(), loop()]);
    const pipe = new HalfPipe(into.far, lane, this.#options.seed.fork('probe', this.#probes++), true);
    const arrived = new Promise<boolean>((resolve) => {
      outOf.far.once('data', () => resolve(true));
      after(waitMs, () => resolve(false), true);
    });
    pipe.open(outOf.near);
    into.near.write('?');
    const seen = await arrived;
    pipe.close();
    for (const socket of [into.near, into.far, outOf.near, outOf.far]) socket.destroy();
    if (seen) return 'open';
    return lane.state().cut ? 'cut' : 'unknown';
  }

  /** Closes everything and gives the ports back. Returns what went wrong on the way. */
  async close(): Promise<string[]> {
    const links = [...this.#ports.values()];
    await Promise.all(links.map((link) => link.close()));
    for (const advertised of this.#advertised) advertised.update();
    await this.settled();
    releasePorts(this.#chosen);
    return [...links, ...this.#advertised].flatMap(({ problem }) => (problem === null ? [] : [problem]));
  }

  async #portsOf(node: NodeId): Promise<Record<string, number>> {
    const ports: Record<string, number> = {};
    for (const name of this.#options.ports) {
      const fixed = this.#options.fixedPorts[node]?.[name];
      const taken = fixed !== undefined && (this.#chosen.has(fixed) || !(await isFree(fixed)));
      if (taken) throw new ClusterError(`port ${fixed} (${name} of ${node}) is already in use`, { node });
      const port = fixed ?? (await this.#choose());
      this.#chosen.add(port);
      ports[name] = port;
    }
    return ports;
  }

  /** A port that is free wherever the node needs it. */
  async #choose(): Promise<number> {
    for (;;) {
      const port = await choosePort();
      if (this.#options.advertised === undefined || (await isFree(port, ADVERTISED_HOST))) return port;
      releasePorts([port]);
    }
  }

  #lane(from: Endpoint, to: Endpoint): Lane {
    return this.#lanes.get(linkKey(from, to))!;
  }

  #makeLane(from: Endpoint, to: Endpoint): Lane {
    const counters = silentLink(from, to);
    const tapped = { taps: this.#taps, from, to, lines: this.#options.lines ?? false };
    return { counters, freeAtNs: 0, state: () => this.#rules.state(from, to), tapped, now: this.#now };
  }

  #changed(): void {
    for (const link of this.#ports.values()) link.update();
    for (const advertised of this.#advertised) advertised.update();
  }
}

/** A connection of the harness with itself, both ends. */
async function loop(): Promise<{ near: Socket; far: Socket }> {
  const server = createServer();
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const near = connect({ host: HOST, port: (server.address() as AddressInfo).port });
  const far = await accepted;
  server.close();
  for (const socket of [near, far]) socket.on('error', () => socket.destroy());
  return { near, far };
}
