/**
 * Links of a cluster whose nodes are joined by the kernel's own bridge, for machines without a C compiler: cuts, loss and
 * length limits by nftables. What needs packets to wait or to change is the switch's alone.
 */
import { mkdirSync } from 'node:fs';
import type { Endpoint, LinkCounters, LinkEntry, LinkRule, NodeId } from '../../contracts.ts';
import { silentLink } from '../../link-data.ts';
import { monotonicNs, sleep } from '../../time.ts';
import { ClusterError } from '../cluster-error.ts';
import { runCommand } from '../processes.ts';
import {
  type BridgeLink,
  changeOf,
  countingTable,
  faultTable,
  PROBE_PORT,
  readCounters,
} from './bridge-rules.ts';
import { NftSession, runScript } from './nft-session.ts';
import type { NodeNetwork } from './node-network.ts';
import { PacketLinks } from './packet-links.ts';

const PROBE_MS = 300;
const COMMAND_MS = 5_000;
/** Between two looks whether a probe has arrived, ms. */
const LOOK_MS = 2;

/** The links of one cluster. */
export class BridgeLinks extends PacketLinks<NodeNetwork> {
  /** What it cannot do, by names of rules. */
  protected readonly beyond: readonly (keyof LinkRule)[] = [
    ...(['delay', 'base', 'duplicate', 'reorder', 'tamper', 'corrupt', 'rate', 'replay', 'forge'] as const),
  ];
  protected readonly joint: string = "the kernel's bridge";
  protected readonly folder: string;
  #session: NftSession | null = null;
  /** Number of the change in force, in the names of its chains. */
  #change = 0;
  #chains: readonly string[] = [];

  /** `folder` is for the pipes to nftables. */
  constructor(nodes: readonly NodeId[], network: NodeNetwork, folder: string) {
    super(nodes, network);
    this.folder = folder;
  }

  async open(): Promise<void> {
    const bridge = this.network.bridge;
    const ports = this.endpoints.map((_, port) => `link set ${this.network.device(port)} master ${bridge}`);
    const made = [
      `link add ${bridge} type bridge stp_state 0 forward_delay 0`,
      ...ports,
      `link set ${bridge} up`,
    ];
    const input = `${made.join('\n')}\n`;
    const done = await runCommand('ip', ['-batch', '-'], { timeoutMs: COMMAND_MS, input });
    if (done.exit.code !== 0) throw new ClusterError(`cannot make a bridge: ${done.stderr.trim()}`);
    const free = this.network.freeAddress;
    try {
      runScript(`${countingTable(this.#counting, this.#linkList(), free)}${faultTable(bridge, free)}`);
    } catch (error) {
      throw new ClusterError(`cannot count on links: ${(error as Error).message} (apt-get install nftables)`);
    }
    mkdirSync(this.folder, { recursive: true });
    this.#session = await NftSession.start(this.folder);
    this.install();
  }

  async close(): Promise<string[]> {
    if (this.#session === null) return [];
    this.counters();
    await this.#session.close();
    this.#session = null;
    const bridge = this.network.bridge;
    const removed = [`delete table bridge ${bridge}`, `delete table bridge ${this.#counting}`, ''].join('\n');
    const rules = await runCommand('nft', ['-f', '-'], { timeoutMs: COMMAND_MS, input: removed });
    const link = await runCommand('ip', ['link', 'del', bridge], { timeoutMs: COMMAND_MS });
    return [rules, link].flatMap(({ exit, stderr }) => (exit.code === 0 ? [] : [stderr.trim()]));
  }

  override set(faultId: string, entries: readonly LinkEntry[]): void {
    for (const { from, to, rule } of entries) {
      const wrong = this.beyond.find((name) => rule[name] !== undefined && rule[name] !== 0);
      if (wrong === undefined) continue;
      throw new RangeError(`link ${from} -> ${to}: ${this.joint} cannot do ${wrong}`);
    }
    super.set(faultId, entries);
  }

  tap(): void {
    throw new RangeError(`${this.joint} cannot tap links: it changes no packets`);
  }

  async probe(from: Endpoint, to: Endpoint): Promise<'open' | 'cut' | 'unknown'> {
    if (!this.isOpen) return 'unknown';
    const arrived = (): number => this.probed(from, to);
    const before = arrived();
    const address = to === 'clients' ? this.network.clientAddress : this.network.address(to);
    const send = [
      'bash',
      '-c',
      `for i in 1 2 3; do echo > /dev/udp/${address}/${PROBE_PORT}; done 2>/dev/null; true`,
    ];
    const words = from === 'clients' ? send : this.network.wordsIn(from, send[0]!, send.slice(1));
    const sent = await runCommand(words[0]!, words.slice(1), { timeoutMs: COMMAND_MS });
    if (sent.exit.code !== 0) return 'unknown';
    const { delays, base } = this.state({ from, to });
    const late = [...delays, ...base].reduce((sum, { ms, jitterMs = 0 }) => sum + ms + 4 * jitterMs, 0);
    const deadline = monotonicNs() + (PROBE_MS + late) * 1e6;
    while (arrived() === before) {
      if (monotonicNs() > deadline) return this.state({ from, to }).cut ? 'cut' : 'unknown';
      await sleep(LOOK_MS);
    }
    return 'open';
  }

  /** Frames of probes that came through. */
  protected probed(from: Endpoint, to: Endpoint): number {
    return this.#counted('probed').get(`${this.#mac(from)} . ${this.#mac(to)}`)?.packets ?? 0;
  }

  protected get isOpen(): boolean {
    return this.#session !== null;
  }

  protected install(): void {
    const number = ++this.#change;
    const { transaction, chains } = changeOf(this.network.bridge, this.#linkList(), number, this.#chains);
    this.#session!.run(transaction);
    this.#chains = chains;
  }

  protected count(): LinkCounters[] {
    const [sent, arrived] = [this.#counted('sent'), this.#counted('arrived')];
    const none = { packets: 0, bytes: 0 };
    return this.links.map(({ from, to }) => {
      const key = `${this.#mac(from)} . ${this.#mac(to)}`;
      const [out, into] = [sent.get(key) ?? none, arrived.get(key) ?? none];
      return {
        ...{ ...silentLink(from, to), sent: out.packets, bytes: out.bytes, delivered: into.packets },
        // Counted one after the other: what came through in between is no loss.
        dropped: Math.max(0, out.packets - into.packets),
      };
    });
  }

  get #counting(): string {
    return `${this.network.bridge}_count`;
  }

  #mac(end: Endpoint): string {
    return this.network.mac(this.endpoints.indexOf(end));
  }

  #linkList(): BridgeLink[] {
    return this.links.map((link) => ({
      from: this.#mac(link.from),
      to: this.#mac(link.to),
      state: this.state(link),
    }));
  }

  #counted(set: string): Map<string, { packets: number; bytes: number }> {
    return readCounters(this.#session!.run(`list set bridge ${this.#counting} ${set}`));
  }
}
