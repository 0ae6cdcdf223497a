/**
 * The network between hosts, and between them and the clients, as faults get at it. Hosts are told what holds by ssh, side
 * by side; `sync` waits until all of them have it.
 */
import { createSocket } from 'node:dgram';
import type { Endpoint, LinkCounters, LinkEntry, Links, NodeId } from '../../contracts.ts';
import { silentLink } from '../../link-data.ts';
import { monotonicNs, sleep } from '../../time.ts';
import { ClusterError } from '../cluster-error.ts';
import { type Counted, countersOf } from '../docker/packet-filter.ts';
import { LinkRules, linkKey } from '../link-rules.ts';
import {
  filterRules,
  type HostPeer,
  type Lifeline,
  PROBE_PORT,
  rulesScript,
  shapeScript,
  tableScript,
} from './host-rules.ts';
import { iptablesCounters, iptablesRules, iptablesTable } from './iptables-rules.ts';
import type { RemoteHost } from './remote-host.ts';

/** How to reach what the links connect. */
export interface HostLinksOptions {
  nodes: readonly NodeId[];
  table: string;
  host(node: NodeId): RemoteHost;
  ip(node: NodeId): string;
  lifeline(node: NodeId): Lifeline;
}

/** A link of a host that leaves by a device, and whether its queue is the machine's own choice. */
interface Route {
  device: string;
  isFree: boolean;
}

/** What one host has been told. */
interface Told {
  rules: string;
  shape: string;
  /** One change after the other. */
  last: Promise<void>;
  problem: Error | null;
  routes: Map<string, Route>;
}

const PROBE_MS = 300;
const PROBE_TRIES = 3;

/** The links of one cluster on hosts. */
export class HostLinks implements Links {
  readonly #options: HostLinksOptions;
  readonly #endpoints: readonly Endpoint[];
  readonly #rules: LinkRules;
  readonly #told = new Map<NodeId, Told>();
  readonly #counted = new Map<NodeId, Counted>();
  /** What tables that are gone have counted: those of before a reboot. */
  readonly #before = new Map<NodeId, Counted>();
  readonly #resets = new Map<string, number>();
  /** Hosts that have started again and are about to be told everything; settles whatever comes of it. */
  readonly #opening = new Map<NodeId, Promise<void>>();

  constructor(options: HostLinksOptions) {
    this.#options = options;
    this.#endpoints = [...options.nodes, 'clients'];
    this.#rules = new LinkRules(this.#endpoints, () => this.#apply());
  }

  /** A host is connected: makes its table. Throws `ClusterError`. */
  async opened(node: NodeId): Promise<void> {
    const host = this.#options.host(node);
    const none = host.plan.power === 'none';
    const made = host.plan.filter === 'iptables' ? iptablesTable : tableScript;
    await host.ask(
      'prepare',
      none ? 'none' : 'table',
      none ? '' : made(this.#options.table, this.#peers(node)),
    );
    if (none) return;
    const answer = await host.ask(
      'routes',
      '-',
      this.#peers(node)
        .map(({ ip }) => ip)
        .join('\n'),
    );
    const routes = new Map<string, Route>();
    for (const line of answer.split('\n')) {
      const [ip = '', device = '', , handle] = line.split(' ');
      // A queue that somebody has set up has a number; removing ours would not bring it back.
      routes.set(ip, { device, isFree: handle === '0:' || handle === undefined });
    }
    this.#told.set(node, { rules: '', shape: '', last: Promise.resolve(), problem: null, routes });
    this.#push(node);
  }

  /** A host is back: what holds is said again, all of it where nothing is left. */
  async back(node: NodeId, rebooted: boolean): Promise<void> {
    const told = this.#told.get(node);
    if (rebooted) {
      this.#before.set(node, this.#counted.get(node) ?? {});
      this.#told.delete(node);
      const opened = this.opened(node);
      // Who asks meanwhile waits for it; what comes of it is for whoever called.
      const settled = opened.catch(() => undefined).then(() => void this.#opening.delete(node));
      this.#opening.set(node, settled);
      await opened;
    } else if (told !== undefined) this.again(node);
  }

  /** A host has undone its rules by itself: they are set again. */
  again(node: NodeId): void {
    const told = this.#told.get(node);
    if (told === undefined) return;
    told.rules = told.shape = '';
    this.#push(node);
  }

  /** See `Links.set`; in force once `sync` resolves. */
  set(faultId: string, entries: readonly LinkEntry[]): void {
    this.#rules.set(faultId, entries);
  }

  /** A packet filter sees no messages. */
  tap(): void {
    throw new RangeError('the ssh backend cannot tap messages: its network is one of packets');
  }

  /** See `Links.clear`; gone once `sync` resolves. */
  clear(faultId: string): void {
    this.#rules.clear(faultId);
  }

  /** See `Links.sync`. Throws `ClusterError` for a host that could not be told; those that are lost are not waited for. */
  async sync(): Promise<void> {
    let reached: [NodeId, Told][];
    do {
      await Promise.all(this.#opening.values());
      reached = [...this.#told].filter(([node]) => this.#options.host(node).isInUse);
      await Promise.all(reached.map(([, told]) => told.last));
      // What a host did not take that has started again since is said to it once more.
    } while (reached.some(([node, told]) => this.#told.get(node) !== told));
    const problem = reached.map(([, told]) => told.problem).find((one) => one !== null);
    if (problem) throw problem;
    await Promise.all(reached.map(([node]) => this.#count(node)));
  }

  /** Ends connections at their sender, in whichever direction they were opened. */
  async reset(links: readonly { from: Endpoint; to: Endpoint }[]): Promise<number> {
    const counts = await Promise.all(
      links.map(async ({ from, to }) => {
        // The sockets of clients are not ours alone: their connections are ended at the node.
        const [at, other] = from === 'clients' ? [to, from] : [from, to];
        if (!this.#told.has(at)) return 0;
        const peer = this.#peers(at).find(({ end }) => end === other)!;
        const { sshPort } = this.#options.lifeline(at);
        const own = other === 'clients' ? ` and not sport = :${sshPort}` : '';
        const count = Number(await this.#options.host(at).ask('reset', '-', `dst ${peer.ip}${own}`));
        this.#resets.set(linkKey(from, to), (this.#resets.get(linkKey(from, to)) ?? 0) + count);
        return count;
      }),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** Packets by link, as of the last `sync`. */
  counters(): LinkCounters[] {
    const at = (end: Endpoint, what: string, other: Endpoint) => {
      const name = `${what}${this.#endpoints.indexOf(other)}`;
      const [now, before] = [this.#counted.get(end)?.[name], this.#before.get(end)?.[name]];
      return {
        packets: (now?.packets ?? 0) + (before?.packets ?? 0),
        bytes: (now?.bytes ?? 0) + (before?.bytes ?? 0),
      };
    };
    return this.#endpoints.flatMap((from) =>
      this.#endpoints.flatMap((to) => {
        if (from === to) return [];
        const sent = from === 'clients' ? at(to, 'in', from) : at(from, 'out', to);
        const dropped = at(from, 'held', to).packets + at(to, 'lost', from).packets;
        const arrived = to === 'clients' ? sent.packets : at(to, 'in', from).packets;
        return [
          {
            ...{ ...silentLink(from, to), sent: sent.packets, bytes: sent.bytes, dropped },
            delivered: Math.max(0, arrived - dropped),
            delayed: at(from, 'late', to).packets,
            // Counted at both ends, a moment apart.
            duplicated: this.#rules.state(from, to).duplicate > 0 ? Math.max(0, arrived - sent.packets) : 0,
            resets: this.#resets.get(linkKey(from, to)) ?? 0,
          },
        ];
      }),
    );
  }

  /** Sends datagrams from one end; `open` when one arrives at the other. */
  async probe(from: Endpoint, to: Endpoint): Promise<'open' | 'cut' | 'unknown'> {
    // What leaves for a client is counted where it leaves.
    const [seen, peer, what] = to === 'clients' ? [from, to, 'left'] : [to, from, 'here'];
    if (!this.#told.has(seen) || (from !== 'clients' && !this.#told.has(from))) return 'unknown';
    await this.#told.get(seen)!.last;
    const name = `${what}${this.#endpoints.indexOf(peer)}`;
    const count = async (): Promise<number> => (await this.#count(seen))[name]?.packets ?? 0;
    const before = await count();
    const end = monotonicNs() + PROBE_MS * 1e6;
    for (let tries = 0; tries < PROBE_TRIES; tries++) {
      await this.#send(from, to);
      do {
        if ((await count()) > before) return 'open';
        await sleep(10);
      } while (tries === PROBE_TRIES - 1 && monotonicNs() < end);
    }
    return this.#rules.state(from, to).cut ? 'cut' : 'unknown';
  }

  async #send(from: Endpoint, to: Endpoint): Promise<void> {
    if (from === 'clients') {
      const socket = createSocket('udp4');
      await new Promise<void>((resolve) =>
        socket.send('', PROBE_PORT, this.#options.ip(to), () => resolve()),
      );
      return void socket.close();
    }
    const ip = this.#peers(from).find(({ end }) => end === to)!.ip;
    await this.#options.host(from).ask('send', ip);
  }

  /** The other ends of a host's links. */
  #peers(node: NodeId): HostPeer[] {
    return this.#endpoints.flatMap((end, number) => {
      if (end === node) return [];
      const ip = end === 'clients' ? this.#options.lifeline(node).controller : this.#options.ip(end);
      return [{ end, number, ip }];
    });
  }

  #apply(): void {
    for (const node of this.#told.keys()) this.#push(node);
  }

  /** Brings one host up to date, after whatever it is being told now. */
  #push(node: NodeId): void {
    const told = this.#told.get(node)!;
    told.last = told.last.then(async () => {
      try {
        await this.#tell(node, told);
        told.problem = null;
      } catch (error) {
        told.problem = new ClusterError(`the rules of links could not be set: ${(error as Error).message}`);
      }
    });
  }

  async #tell(node: NodeId, told: Told): Promise<void> {
    const { table, host, lifeline } = this.#options;
    const state = (from: Endpoint, to: Endpoint) => this.#rules.state(from, to);
    const peers = this.#peers(node);
    const written = host(node).plan.filter === 'iptables' ? iptablesRules : rulesScript;
    const rules = written(table, filterRules(node, peers, lifeline(node), state));
    if (rules !== told.rules) {
      await host(node).ask('rules', '-', rules);
      told.rules = rules;
    }
    const lines: string[] = [];
    const devices: string[] = [];
    for (const device of new Set([...told.routes.values()].map((route) => route.device))) {
      const own = peers.filter(({ ip }) => told.routes.get(ip)?.device === device);
      const shaped = shapeScript(device, node, own, lifeline(node), state);
      if (shaped.length === 0) continue;
      if (own.some(({ ip }) => told.routes.get(ip)?.isFree === false))
        throw new ClusterError(
          `somebody has set up a queue on ${device} of ${host(node).name}, which is left alone`,
        );
      lines.push(...shaped);
      devices.push(device);
    }
    const shape = lines.join('\n');
    if (shape === told.shape) return;
    // A host that cannot do all of it does none of it.
    told.shape = '';
    await host(node).ask('shape', devices.join(',') || 'none', shape);
    told.shape = shape;
  }

  async #count(node: NodeId): Promise<Counted> {
    const { table, host } = this.#options;
    const text = await host(node).ask('counters');
    const counted = host(node).plan.filter === 'iptables' ? iptablesCounters(table, text) : countersOf(text);
    this.#counted.set(node, counted);
    return counted;
  }
}
