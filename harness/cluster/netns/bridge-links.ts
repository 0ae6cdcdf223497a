/**
 * Links of a cluster whose nodes are joined by the kernel's own bridge, for machines without a C compiler: cuts, loss and
 * length limits by nftables. What needs packets to wait or to change is the switch's alone.
 */
import type { Endpoint, LinkCounters, LinkEntry, NodeId } from '../../contracts.ts';
import { after } from '../../time.ts';
import { ClusterError } from '../cluster-error.ts';
import { LinkRules, linkKey } from '../link-rules.ts';
import { outputNow, runCommand } from '../processes.ts';
import { type BridgeLink, countingTable, faultTable, PROBE_PORT, readCounters } from './bridge-rules.ts';
import type { NodeNetwork } from './node-network.ts';
import { endConnections } from './sockets.ts';

const PROBE_MS = 300;
const COMMAND_MS = 5_000;

/** The links of one cluster. */
export class BridgeLinks {
  readonly #network: NodeNetwork;
  readonly #endpoints: readonly Endpoint[];
  readonly #rules: LinkRules;
  readonly #resets = new Map<string, number>();
  #open = false;
  #last: LinkCounters[] | null = null;

  constructor(nodes: readonly NodeId[], network: NodeNetwork) {
    this.#network = network;
    this.#endpoints = [...nodes, 'clients'];
    this.#rules = new LinkRules(this.#endpoints, () => this.#install());
  }

  /** Joins devices that exist. Throws `ClusterError`. */
  async open(): Promise<void> {
    const bridge = this.#bridge();
    const ports = this.#endpoints.map((_, port) => `link set ${this.#network.device(port)} master ${bridge}`);
    const made = [
      `link add ${bridge} type bridge stp_state 0 forward_delay 0`,
      ...ports,
      `link set ${bridge} up`,
    ];
    const input = `${made.join('\n')}\n`;
    const done = await runCommand('ip', ['-batch', '-'], { timeoutMs: COMMAND_MS, input });
    if (done.exit.code !== 0) throw new ClusterError(`cannot make a bridge: ${done.stderr.trim()}`);
    try {
      outputNow(
        'nft',
        ['-f', '-'],
        countingTable(`${bridge}_count`, this.#links(), this.#network.freeAddress),
      );
    } catch (error) {
      throw new ClusterError(`cannot count on links: ${(error as Error).message} (apt-get install nftables)`);
    }
    this.#open = true;
    this.#install();
  }

  /** Takes bridge and rules away. Returns what went wrong. */
  async close(): Promise<string[]> {
    if (!this.#open) return [];
    this.#last = this.counters();
    this.#open = false;
    const bridge = this.#bridge();
    const removed = [`delete table bridge ${bridge}`, `delete table bridge ${bridge}_count`, ''].join('\n');
    const rules = await runCommand('nft', ['-f', '-'], { timeoutMs: COMMAND_MS, input: removed });
    const link = await runCommand('ip', ['link', 'del', bridge], { timeoutMs: COMMAND_MS });
    return [rules, link].flatMap(({ exit, stderr }) => (exit.code === 0 ? [] : [stderr.trim()]));
  }

  /** See `Links.set`. */
  set(faultId: string, entries: readonly LinkEntry[]): void {
    for (const { from, to, rule } of entries) {
      const wrong = (['delay', 'base', 'duplicate', 'reorder', 'tamper', 'corrupt', 'rate'] as const).find(
        (name) => rule[name] !== undefined && rule[name] !== 0,
      );
      if (wrong === undefined) continue;
      throw new RangeError(`link ${from} -> ${to}: the kernel's bridge cannot do ${wrong}`);
    }
    this.#rules.set(faultId, entries);
  }

  /** A bridge sees packets and no messages. */
  tap(): void {
    throw new RangeError('the netns backend cannot tap messages: its network is one of packets');
  }

  /** See `Links.clear`. */
  clear(faultId: string): void {
    this.#rules.clear(faultId);
  }

  /** See `Links.reset`. */
  reset(links: readonly { from: Endpoint; to: Endpoint }[]): number {
    if (!this.#open) return 0;
    let total = 0;
    for (const [link, count] of endConnections(this.#network, links)) {
      this.#resets.set(link, (this.#resets.get(link) ?? 0) + count);
      total += count;
    }
    return total;
  }

  /** What links did since the cluster started, up to its end. */
  counters(): LinkCounters[] {
    if (!this.#open) return this.#last ?? [];
    const [sent, arrived] = [this.#counted('sent'), this.#counted('arrived')];
    const none = { packets: 0, bytes: 0 };
    return this.#each(({ from, to, key }) => {
      const [out, into] = [sent.get(key) ?? none, arrived.get(key) ?? none];
      const zero = { held: 0, delayed: 0, duplicated: 0, reordered: 0, tampered: 0, travelNs: 0 };
      return {
        ...{ from, to, ...zero, sent: out.packets, bytes: out.bytes, delivered: into.packets },
        // Counted one after the other: what came through in between is no loss.
        dropped: Math.max(0, out.packets - into.packets),
        resets: this.#resets.get(linkKey(from, to)) ?? 0,
      };
    });
  }

  /** Sends a datagram over the link and looks whether it is counted behind the rules. */
  async probe(from: Endpoint, to: Endpoint): Promise<'open' | 'cut' | 'unknown'> {
    if (!this.#open) return 'unknown';
    const key = `${this.#mac(from)} . ${this.#mac(to)}`;
    const arrived = (): number => this.#counted('probed').get(key)?.packets ?? 0;
    const before = arrived();
    const address = to === 'clients' ? this.#network.clientAddress : this.#network.address(to);
    const send = [
      'bash',
      '-c',
      `for i in 1 2 3; do echo > /dev/udp/${address}/${PROBE_PORT}; done 2>/dev/null; true`,
    ];
    const words = from === 'clients' ? send : this.#network.wordsIn(from, send[0]!, send.slice(1));
    const sent = await runCommand(words[0]!, words.slice(1), { timeoutMs: COMMAND_MS });
    if (sent.exit.code !== 0) return 'unknown';
    if (arrived() > before) return 'open';
    await new Promise<void>((resolve) => after(PROBE_MS, resolve));
    if (arrived() > before) return 'open';
    return this.#rules.state(from, to).cut ? 'cut' : 'unknown';
  }

  #bridge(): string {
    return this.#network.bridge;
  }

  #mac(end: Endpoint): string {
    return this.#network.mac(this.#endpoints.indexOf(end));
  }

  #each<T>(make: (link: { from: Endpoint; to: Endpoint; key: string }) => T): T[] {
    return this.#endpoints.flatMap((from) =>
      this.#endpoints.flatMap((to) =>
        from === to ? [] : [make({ from, to, key: `${this.#mac(from)} . ${this.#mac(to)}` })],
      ),
    );
  }

  #links(): BridgeLink[] {
    return this.#each(({ from, to }) => ({
      from: this.#mac(from),
      to: this.#mac(to),
      state: this.#rules.state(from, to),
    }));
  }

  #install(): void {
    if (!this.#open) return;
    outputNow('nft', ['-f', '-'], faultTable(this.#bridge(), this.#links(), this.#network.freeAddress));
  }

  #counted(set: string): Map<string, { packets: number; bytes: number }> {
    return readCounters(outputNow('nft', ['-j', 'list', 'set', 'bridge', `${this.#bridge()}_count`, set]));
  }
}
