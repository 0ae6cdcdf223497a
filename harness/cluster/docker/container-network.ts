/**
 * The network of containers, joined by the switch instead of by the engine's bridge. An engine gives every container a
 * pair of devices, one end of which it puts on a bridge; that end is taken to a namespace of ours, where the switch
 * stands. The bridge stays where clients are, behind a port of its own. Everything ours ends with that namespace, and
 * it with the harness: nothing else of the machine's network is changed.
 */
import { closeSync, openSync } from 'node:fs';
import type { Endpoint, NodeId } from '../../contracts.ts';
import { ClusterError } from '../cluster-error.ts';
import { macOf } from '../netns/hardware-address.ts';
import { holdNamespace, ip, quiet } from '../netns/node-network.ts';
import type { DeviceEnd, PacketNetwork } from '../netns/packet-network.ts';
import { isLiving } from '../proc.ts';
import { killTree, type RunningProcess, runCommand } from '../processes.ts';

/** What the engine has made. */
export interface EngineNetwork {
  /** Device of its bridge. */
  bridge: string;
  /** First three numbers of all addresses; the bridge has the one that ends in 1. */
  prefix: string;
}

const NETWORKS = 256;
const DEADLINE_MS = 10_000;

/** The network of one cluster of containers on this machine. Needs root. */
export class ContainerNetwork implements PacketNetwork {
  /** Whoever reaches a container through the engine's bridge is a client. */
  readonly sharesClients = true;
  readonly #nodes: readonly NodeId[];
  readonly #ip: (node: NodeId) => string;
  /** Network namespaces of containers, held open: a process id may go to somebody else, this cannot. */
  readonly #spaces = new Map<NodeId, number>();
  #engine: EngineNetwork = { bridge: '', prefix: '' };
  #holder: RunningProcess | null = null;
  #number = -1;
  #changes = 0;

  constructor(nodes: readonly NodeId[], address: (node: NodeId) => string) {
    this.#nodes = nodes;
    this.#ip = address;
  }

  get ports(): number {
    return this.#nodes.length + 1;
  }

  get changes(): number {
    return this.#changes;
  }

  get clientAddress(): string {
    return `${this.#engine.prefix}.1`;
  }

  get freeAddress(): string {
    return `${this.#engine.prefix}.254`;
  }

  address(node: NodeId): string {
    return this.#ip(node);
  }

  device(port: number): string {
    return `fl${this.#number}p${port}`;
  }

  mac(port: number): string {
    return macOf(this.#number, port);
  }

  end(of: Endpoint): DeviceEnd | null {
    if (of === 'clients') {
      const mac = this.mac(this.#nodes.length);
      return { namespace: '/proc/self/ns/net', device: this.#engine.bridge, mac };
    }
    const namespace = this.#space(of);
    return namespace === null ? null : { namespace, device: 'eth0', mac: this.mac(this.#nodes.indexOf(of)) };
  }

  wordsAt(node: NodeId, file: string, args: readonly string[]): [string, ...string[]] | null {
    const space = this.#space(node);
    return space === null ? null : ['nsenter', `--net=${space}`, '--', file, ...args];
  }

  wordsAtSwitch(file: string, args: readonly string[]): [string, ...string[]] {
    return ['nsenter', `--net=/proc/${this.#holder!.pid}/ns/net`, '--', file, ...args];
  }

  /** Makes the namespace of the switch and the clients' way to it. Throws `ClusterError`; call `close` then. */
  async open(engine: EngineNetwork): Promise<void> {
    this.#engine = engine;
    this.#holder = await holdNamespace();
    await this.#claim(this.#holder.pid);
    const { bridge } = engine;
    const neighbours = this.#nodes.map(
      (node, i) => `neigh replace ${this.#ip(node)} lladdr ${this.mac(i)} dev ${bridge} nud permanent`,
    );
    const clients = this.#nodes.length;
    await ip([
      `link set ${bridge} address ${this.mac(clients)}`,
      `addr add ${this.freeAddress}/32 dev ${bridge}`,
      `link set ${this.#clientDevice} addrgenmode none`,
      `link set ${this.#clientDevice} master ${bridge} up`,
      ...neighbours,
    ]);
    await ip(quiet(this.device(clients)), this.wordsAtSwitch('ip', ['-batch', '-']));
  }

  /** The container of a node runs: its device goes to the switch. Throws `ClusterError`, unless it has ended by now. */
  async started(node: NodeId, pid: number): Promise<void> {
    this.ended(node);
    try {
      this.#spaces.set(node, openSync(`/proc/${pid}/ns/net`, 'r'));
      await this.#join(node);
      this.#changes++;
    } catch (error) {
      this.ended(node);
      if (isLiving(pid)) throw error;
    }
  }

  /** The container has ended, and its device with it. */
  ended(node: NodeId): void {
    const space = this.#spaces.get(node);
    if (space === undefined) return;
    this.#spaces.delete(node);
    this.#changes++;
    closeSync(space);
  }

  /** Takes everything away; returns what went wrong. */
  async close(): Promise<string[]> {
    for (const node of [...this.#spaces.keys()]) this.ended(node);
    const holder = this.#holder;
    this.#holder = null;
    if (holder === null) return [];
    killTree(holder);
    await holder.exited;
    if (this.#number < 0) return [];
    // It goes with its other end, a moment later: not later than now.
    const device = this.#clientDevice;
    await runCommand('ip', ['link', 'del', device], { timeoutMs: DEADLINE_MS });
    const left = await runCommand('ip', ['-o', 'link', 'show', device], { timeoutMs: DEADLINE_MS });
    return left.exit.code === 0 ? [`a network device is still there: ${device}`] : [];
  }

  get #clientDevice(): string {
    return `fl${this.#number}c`;
  }

  #space(node: NodeId): string | null {
    const fd = this.#spaces.get(node);
    return fd === undefined ? null : `/proc/${process.pid}/fd/${fd}`;
  }

  /** Takes the first free number, by making the clients' pair under it: who comes second is told that it exists. */
  async #claim(holder: number): Promise<void> {
    for (let tries = 0; tries < NETWORKS; tries++) {
      this.#number = (process.pid + tries) % NETWORKS;
      const outer = this.device(this.#nodes.length);
      const words = `link add ${this.#clientDevice} type veth peer name ${outer} netns ${holder}`.split(' ');
      const { exit, stderr, notStarted } = await runCommand('ip', words, { timeoutMs: DEADLINE_MS });
      if (exit.code === 0) return;
      this.#number = -1;
      if (notStarted !== undefined) throw new ClusterError(`ip: ${notStarted} (apt-get install iproute2)`);
      if (!stderr.includes('exists')) throw new ClusterError(`cannot make network devices: ${stderr.trim()}`);
    }
    throw new ClusterError(`all ${NETWORKS} networks of this machine are in use`);
  }

  async #join(node: NodeId): Promise<void> {
    const port = this.#nodes.indexOf(node);
    // The device of an earlier life may be on its way out.
    const gone = this.wordsAtSwitch('ip', ['link', 'del', this.device(port)]);
    const [[inside], all] = await Promise.all([
      links(this.wordsAt(node, 'ip', ['-j', 'link', 'show', 'eth0'])!),
      links(['ip', '-j', 'link']),
      runCommand(gone[0], gone.slice(1), { timeoutMs: DEADLINE_MS }),
    ]);
    const outside = all.find(({ ifindex }) => ifindex === inside?.link_index);
    if (outside === undefined) throw new ClusterError(`${node} has no device that leads to this machine`);
    await ip([`link set ${outside.ifname} netns ${this.#holder!.pid} name ${this.device(port)}`]);
    await Promise.all([
      ip(quiet(this.device(port)), this.wordsAtSwitch('ip', ['-batch', '-'])),
      ip(this.#insideOf(port), this.wordsAt(node, 'ip', ['-batch', '-'])!),
    ]);
  }

  #insideOf(port: number): string[] {
    const clients = this.#nodes.length;
    const others = this.#nodes.map((node, i) => ({ ip: this.#ip(node), i })).filter(({ i }) => i !== port);
    others.push({ ip: this.clientAddress, i: clients }, { ip: this.freeAddress, i: clients });
    return [
      `link set eth0 address ${this.mac(port)}`,
      ...others.map(
        (other) => `neigh replace ${other.ip} lladdr ${this.mac(other.i)} dev eth0 nud permanent`,
      ),
    ];
  }
}

interface Link {
  ifindex: number;
  ifname: string;
  /** Number of the other end, in the namespace it is in. */
  link_index?: number;
}

async function links([file, ...args]: [string, ...string[]]): Promise<Link[]> {
  const { exit, stdout, stderr, notStarted } = await runCommand(file, args, { timeoutMs: DEADLINE_MS });
  if (exit.code === 0) return JSON.parse(stdout) as Link[];
  throw new ClusterError(`cannot see the devices of a container: ${notStarted ?? stderr.trim()}`);
}
