/**
 * The network of one cluster: a network namespace for every node, and a pair of connected devices from each to where
 * the harness is. The harness has a pair too, on which clients speak: one port like any other. Addresses of devices
 * and neighbours are fixed, so that no address resolution can fail, be cut or take time.
 *
 * Everything is made in the network namespace this process lives in, which must be a sandbox: see harness/sandbox.
 */
import { closeSync, openSync, readlinkSync } from 'node:fs';
import type { Endpoint, NodeId } from '../../contracts.ts';
import { monotonicNs, sleep } from '../../time.ts';
import { ClusterError } from '../cluster-error.ts';
import { killTree, type RunningProcess, runCommand, startProcess } from '../processes.ts';
import { macOf } from './hardware-address.ts';
import type { DeviceEnd, PacketNetwork } from './packet-network.ts';

/** Networks one sandbox can hold, and nodes one network can. */
const NETWORKS = 256;
const MOST_NODES = 250;
const DEADLINE_MS = 10_000;

/** The namespaces, devices and addresses of one cluster. */
export class NodeNetwork implements PacketNetwork {
  /** Nothing is ever replaced. */
  readonly changes = 0;
  /** Nobody else is in the sandbox. */
  readonly sharesClients = false;
  readonly #nodes: readonly NodeId[];
  readonly #holders: RunningProcess[] = [];
  #number = -1;

  /** Throws `ClusterError` for more nodes than have an address. */
  constructor(nodes: readonly NodeId[]) {
    if (nodes.length > MOST_NODES) throw new ClusterError(`netns has room for ${MOST_NODES} nodes`);
    this.#nodes = nodes;
  }

  /** Number of ports: every node, then the clients. */
  get ports(): number {
    return this.#nodes.length + 1;
  }

  /** The address of a node; throws `ClusterError` before `open`. */
  address(node: NodeId): string {
    return this.#ip(this.#nodes.indexOf(node) + 1, node);
  }

  /** The address clients speak from. */
  get clientAddress(): string {
    return this.#ip(254, 'the clients');
  }

  /** A second address of the harness, whose traffic no fault touches: what it asks nodes to see whether they live. */
  get freeAddress(): string {
    return this.#ip(253, 'the harness');
  }

  /** The harness's end of a port, by number. */
  device(port: number): string {
    return `fl${this.#number}p${port}`;
  }

  /** The device clients speak on. */
  get clientDevice(): string {
    return `fl${this.#number}c`;
  }

  /** A name for a bridge between the ports. */
  get bridge(): string {
    return `fl${this.#number}b`;
  }

  /** The fixed hardware address behind a port; the last two bytes are its number and one. */
  mac(port: number): string {
    return macOf(this.#number, port);
  }

  /** The device behind a port. */
  end(of: Endpoint): DeviceEnd {
    const clients = this.#nodes.length;
    if (of === 'clients') {
      return { namespace: '/proc/self/ns/net', device: this.clientDevice, mac: this.mac(clients) };
    }
    return { namespace: this.namespace(of), device: 'eth0', mac: this.mac(this.#nodes.indexOf(of)) };
  }

  /** As `wordsIn`: nodes have a network for as long as the cluster lives. */
  wordsAt(node: NodeId, file: string, args: readonly string[]): [string, ...string[]] {
    return this.wordsIn(node, file, args);
  }

  /** The switch's ends are where the harness is. */
  wordsAtSwitch(file: string, args: readonly string[]): [string, ...string[]] {
    return [file, ...args];
  }

  /** The network namespace of a node, as a path. */
  namespace(node: NodeId): string {
    const holder = this.#holders[this.#nodes.indexOf(node)];
    if (holder === undefined) throw new ClusterError(`${node} has no network before the cluster is up`);
    return `/proc/${holder.pid}/ns/net`;
  }

  /** The words that run a program in the network of a node, as the process it was. */
  wordsIn(node: NodeId, file: string, args: readonly string[]): [string, ...string[]] {
    return ['nsenter', `--net=${this.namespace(node)}`, '--', file, ...args];
  }

  /** Makes everything. Throws `ClusterError` in the words of what failed; call `close` then. */
  async open(): Promise<void> {
    await this.#claim();
    await Promise.all(this.#nodes.map(async (_, i) => (this.#holders[i] = await holdNamespace())));
    await ip(this.#devices());
    await Promise.all(
      this.#nodes.map(async (node, i) => {
        const words = this.wordsIn(node, 'ip', ['-batch', '-']);
        await ip(this.#insideOf(i), words);
      }),
    );
  }

  /** Takes everything away; returns what went wrong. */
  async close(): Promise<string[]> {
    if (this.#number < 0) return [];
    for (const holder of this.#holders.splice(0)) killTree(holder);
    // Devices of a namespace go with it, and their ends with them, a moment later: not later than now.
    const devices = [this.clientDevice, ...this.#nodes.map((_, i) => this.device(i))];
    const lines = devices.map((device) => `link del ${device}`);
    await runCommand('ip', ['-force', '-batch', '-'], { timeoutMs: DEADLINE_MS, input: text(lines) });
    const left = await runCommand('ip', ['-o', 'link'], { timeoutMs: DEADLINE_MS });
    const ours = new RegExp(`\\bfl${this.#number}[pc]\\d*\\b`);
    const still = left.stdout.split('\n').filter((line) => ours.test(line));
    this.#number = -1;
    return still.map((line) => `a network device is still there: ${line.trim()}`);
  }

  #ip(last: number, whose: string): string {
    if (this.#number < 0) throw new ClusterError(`${whose} has no address before the cluster is up`);
    return `10.99.${this.#number}.${last}`;
  }

  /** Takes the first free number, by making the clients' pair under it: who comes second is told that it exists. */
  async #claim(): Promise<void> {
    const first = process.pid % NETWORKS;
    for (let tries = 0; tries < NETWORKS; tries++) {
      this.#number = (first + tries) % NETWORKS;
      const [inner, outer] = [this.clientDevice, this.device(this.#nodes.length)];
      const address = this.mac(this.#nodes.length);
      const words = `link add ${inner} address ${address} type veth peer name ${outer}`.split(' ');
      const made = await runCommand('ip', words, { timeoutMs: DEADLINE_MS });
      if (made.exit.code === 0) return;
      if (made.notStarted !== undefined) {
        this.#number = -1;
        throw new ClusterError(`ip: ${made.notStarted} (apt-get install iproute2)`);
      }
      if (!made.stderr.includes('exists')) {
        this.#number = -1;
        throw new ClusterError(`cannot make network devices: ${made.stderr.trim()}`);
      }
    }
    this.#number = -1;
    throw new ClusterError(`all ${NETWORKS} networks of this sandbox are in use`);
  }

  #devices(): string[] {
    const clients = this.#nodes.length;
    const lines = ['link set lo up'];
    for (const [i] of this.#nodes.entries()) {
      const peer = `peer name eth0 address ${this.mac(i)} netns ${this.#holders[i]!.pid}`;
      lines.push(`link add ${this.device(i)} type veth ${peer}`, ...quiet(this.device(i)));
    }
    lines.push(...quiet(this.device(clients)), ...quiet(this.clientDevice));
    lines.push(`addr add ${this.clientAddress}/24 dev ${this.clientDevice}`);
    lines.push(`addr add ${this.freeAddress}/32 dev ${this.clientDevice}`);
    lines.push(...this.#neighbours(clients, this.clientDevice));
    return lines;
  }

  #insideOf(port: number): string[] {
    const own = this.address(this.#nodes[port]!);
    return [
      ...['link set lo up', ...quiet('eth0'), `addr add ${own}/24 brd + dev eth0`],
      ...this.#neighbours(port, 'eth0'),
    ];
  }

  /** Everybody else on the network, known for good. */
  #neighbours(port: number, device: string): string[] {
    const clients = this.#nodes.length;
    const others = this.#nodes
      .map((node, i) => ({ ip: this.address(node), i }))
      .filter(({ i }) => i !== port);
    if (port !== clients) {
      others.push({ ip: this.clientAddress, i: clients }, { ip: this.freeAddress, i: clients });
    }
    return others.map(
      (other) => `neigh add ${other.ip} lladdr ${this.mac(other.i)} dev ${device} nud permanent`,
    );
  }
}

/** Up, and without the addresses and announcements that IPv6 would make by itself. */
export function quiet(device: string): string[] {
  return [`link set ${device} addrgenmode none`, `link set ${device} up`];
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}

/** Runs lines of `ip -batch`. Throws `ClusterError` with its first word of complaint. */
export async function ip(
  lines: readonly string[],
  words: readonly string[] = ['ip', '-batch', '-'],
): Promise<void> {
  const [file, ...args] = words;
  const done = await runCommand(file!, args, { timeoutMs: DEADLINE_MS, input: text(lines) });
  if (done.exit.code === 0) return;
  const why = done.notStarted ?? (done.stderr.trim().split('\n')[0] || 'refused without a word');
  throw new ClusterError(`cannot make the network of the nodes: ${file}: ${why}`);
}

/** A process that does nothing but keep a network namespace alive, for as long as the harness lives. */
export async function holdNamespace(): Promise<RunningProcess> {
  const nothing = openSync('/dev/null', 'r+');
  try {
    const plumbing = { protocol: 'none' as const, stdoutFd: nothing, stderrFd: nothing };
    const words = ['--pdeathsig', 'KILL', '--', 'unshare', '--net', 'sleep', 'infinity'];
    const program = { file: 'setpriv', args: words };
    const holder = await startProcess(program, {}, plumbing, () => undefined);
    const own = readlinkSync('/proc/self/ns/net');
    const deadline = monotonicNs() + DEADLINE_MS * 1e6;
    while (namespaceOf(holder.pid) === own) {
      if (monotonicNs() > deadline) throw new ClusterError('a network namespace was not made in time');
      await sleep(1);
    }
    return holder;
  } finally {
    closeSync(nothing);
  }
}

function namespaceOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    throw new ClusterError('the kernel gives no network namespaces (unshare --net ended at once)');
  }
}
