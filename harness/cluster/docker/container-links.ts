/**
 * The network between containers, and between them and the clients, as faults get at it: rules in the network
 * namespace of each container, entered from this machine. Nothing is changed outside of containers, so that nothing
 * is left once they are gone.
 */

import { createSocket } from 'node:dgram';
import { closeSync, existsSync, openSync } from 'node:fs';
import type { Endpoint, LinkCounters, LinkEntry, Links, NodeId } from '../../contracts.ts';
import { silentLink } from '../../link-data.ts';
import { monotonicNs, sleep } from '../../time.ts';
import { ClusterError } from '../cluster-error.ts';
import { LinkRules, linkKey } from '../link-rules.ts';
import { outputNow, runCommand } from '../processes.ts';
import {
  type Counted,
  countersOf,
  type FilterEnd,
  PROBE_PORT,
  rulesScript,
  TABLE,
  tableScript,
} from './packet-filter.ts';

/** How to reach what the links connect. */
export interface ContainerLinksOptions {
  nodes: readonly NodeId[];
  ip(node: NodeId): string;
}

/** A container's network namespace, held open: a process id may go to somebody else, this cannot. */
interface Space {
  fd: number;
  /** Rules as they were last set. */
  script: string;
}

const PROBE_MS = 300;
const PROBE_TRIES = 3;
const SENDER = `require("dgram").createSocket("udp4").send("", ${PROBE_PORT}, process.argv[1], () => process.exit())`;

/** The links of one cluster of containers on this machine. Needs root. */
export class ContainerLinks implements Links {
  readonly #options: ContainerLinksOptions;
  readonly #endpoints: readonly Endpoint[];
  readonly #rules: LinkRules;
  readonly #spaces = new Map<NodeId, Space>();
  /** What namespaces that are gone have counted, by node. */
  readonly #before = new Map<NodeId, Record<string, { packets: number; bytes: number }>>();
  readonly #resets = new Map<string, number>();

  constructor(options: ContainerLinksOptions) {
    this.#options = options;
    this.#endpoints = [...options.nodes, 'clients'];
    this.#rules = new LinkRules(this.#endpoints, () => this.#apply());
  }

  /** A container is about to start: until `started` it has no rules, and nothing that is cut off may reach it. */
  starting(node: NodeId): void {
    this.ended(node);
    this.#apply();
  }

  /** The container runs, and this is its first process. Throws `ClusterError` when rules cannot be set in it. */
  started(node: NodeId, pid: number): void {
    this.#spaces.set(node, { fd: openSync(`/proc/${pid}/ns/net`, 'r'), script: '' });
    this.#run([{ node, script: `${tableScript(this.#ends())}\n${this.#scriptOf(node)}` }]);
    this.#apply();
  }

  /** The container has ended; what it counted is kept. */
  ended(node: NodeId): void {
    const space = this.#spaces.get(node);
    if (space === undefined) return;
    this.#before.set(node, this.#countersOf([node])[0]!);
    this.#spaces.delete(node);
    closeSync(space.fd);
  }

  /** Lets go of every namespace. */
  close(): void {
    for (const node of [...this.#spaces.keys()]) this.ended(node);
  }

  /** See `Links.set`. */
  set(faultId: string, entries: readonly LinkEntry[]): void {
    this.#rules.set(faultId, entries);
  }

  /** A packet filter sees no messages. */
  tap(): void {
    throw new RangeError('the docker backend cannot tap messages: its network is one of packets');
  }

  /** See `Links.clear`. */
  clear(faultId: string): void {
    this.#rules.clear(faultId);
  }

  /** Ends connections at their sender, in whichever direction they were opened. */
  reset(links: readonly { from: Endpoint; to: Endpoint }[]): number {
    let total = 0;
    for (const { from, to } of links) {
      // The sockets of clients are not ours alone: their connections are ended at the node.
      const [at, other] = from === 'clients' ? [to, from] : [from, to];
      const space = this.#spaces.get(at);
      if (space === undefined) continue;
      const nodes = this.#options.nodes.map((node) => `not dst ${this.#options.ip(node)}`);
      const filter = other === 'clients' ? nodes.join(' and ') : `dst ${this.#options.ip(other)}`;
      const words = [
        'ss',
        '-K',
        '-H',
        '-n',
        '-t',
        'state',
        'established',
        `not dst 127.0.0.1 and ( ${filter} )`,
      ];
      const count = outputNow('nsenter', [netOf(space), ...words])
        .split('\n')
        .filter((line) => line.trim() !== '').length;
      this.#resets.set(linkKey(from, to), (this.#resets.get(linkKey(from, to)) ?? 0) + count);
      total += count;
    }
    return total;
  }

  /** Packets by link, over all lives of the containers. */
  counters(): LinkCounters[] {
    const { nodes } = this.#options;
    const counted = new Map(this.#countersOf(nodes).map((counters, i) => [nodes[i]!, counters]));
    const at = (end: Endpoint, what: string, other: Endpoint) =>
      counted.get(end)?.[`${what}${this.#endpoints.indexOf(other)}`] ?? { packets: 0, bytes: 0 };
    return this.#endpoints.flatMap((from) =>
      this.#endpoints.flatMap((to) => {
        if (from === to) return [];
        const sent = from === 'clients' ? at(to, 'in', from) : at(from, 'out', to);
        const dropped = at(from, 'held', to).packets + at(to, 'lost', from).packets;
        const resets = this.#resets.get(linkKey(from, to)) ?? 0;
        const delivered = Math.max(0, sent.packets - dropped);
        const { packets, bytes } = sent;
        return [{ ...silentLink(from, to), sent: packets, bytes, delivered, dropped, resets }];
      }),
    );
  }

  /** Sends datagrams from one end; `open` when one arrives at the other. */
  async probe(from: Endpoint, to: Endpoint): Promise<'open' | 'cut' | 'unknown'> {
    // What leaves for a client is counted where it leaves.
    const [seen, peer, what] = to === 'clients' ? [from, to, 'left'] : [to, from, 'here'];
    if (!this.#spaces.has(seen) || (from !== 'clients' && !this.#spaces.has(from))) return 'unknown';
    const name = `${what}${this.#endpoints.indexOf(peer)}`;
    const count = (): number => this.#countersOf([seen])[0]![name]?.packets ?? 0;
    const before = count();
    const end = monotonicNs() + PROBE_MS * 1e6;
    for (let tries = 0; tries < PROBE_TRIES; tries++) {
      await this.#send(from, to === 'clients' ? null : this.#options.ip(to));
      do {
        if (count() > before) return 'open';
        await sleep(10);
      } while (tries === PROBE_TRIES - 1 && monotonicNs() < end);
    }
    return this.#rules.state(from, to).cut ? 'cut' : 'unknown';
  }

  /** To the gateway, behind which clients are, when no node is named. */
  async #send(from: Endpoint, ip: string | null): Promise<void> {
    const target = ip ?? this.#options.ip(this.#options.nodes[0]!).replace(/\d+$/, '1');
    if (from === 'clients') {
      const socket = createSocket('udp4');
      await new Promise<void>((resolve) => socket.send('', PROBE_PORT, target, () => resolve()));
      return void socket.close();
    }
    const words = existsSync('/bin/bash')
      ? ['/bin/bash', '-c', `echo > /dev/udp/${target}/${PROBE_PORT}`]
      : [process.execPath, '-e', SENDER, target];
    await runCommand('nsenter', [netOf(this.#spaces.get(from)!), ...words], { timeoutMs: 5_000 });
  }

  #ends(): FilterEnd[] {
    return this.#endpoints.map((end, number) => ({
      ...{ end, number },
      ip: end === 'clients' ? null : this.#options.ip(end),
    }));
  }

  #scriptOf(node: NodeId): string {
    return rulesScript(
      node,
      this.#ends().filter(({ end }) => end !== node),
      (from, to) => this.#rules.state(from, to),
      (end) => end === 'clients' || !this.#spaces.has(end),
    );
  }

  /** Brings the rules of every container up to date, side by side. */
  #apply(): void {
    const scripts = [...this.#spaces].flatMap(([node, space]) => {
      const script = this.#scriptOf(node);
      return space.script === script ? [] : [{ node, script }];
    });
    this.#run(scripts);
  }

  #run(scripts: readonly { node: NodeId; script: string }[]): void {
    if (scripts.length === 0) return;
    const jobs = scripts.map(({ node, script }, i) => {
      const enter = `nsenter ${netOf(this.#spaces.get(node)!)} nft -f -`;
      return `${enter} <<'RULES' &\n${script}\nRULES\np${i}=$!`;
    });
    const waits = scripts.map((_, i) => `wait $p${i} || failed=1`);
    try {
      outputNow('sh', ['-s'], [...jobs, 'failed=0', ...waits, 'exit $failed', ''].join('\n'));
    } catch (error) {
      throw new ClusterError(`the rules of links could not be set: ${(error as Error).message}`);
    }
    for (const { node } of scripts) this.#spaces.get(node)!.script = this.#scriptOf(node);
  }

  /** What nodes counted in all of their lives. */
  #countersOf(nodes: readonly NodeId[]): Counted[] {
    const living = nodes.filter((node) => this.#spaces.has(node));
    const jobs = living.map(
      (node) => `nsenter ${netOf(this.#spaces.get(node)!)} nft -j list counters table ip ${TABLE}`,
    );
    // A line each; `nft -j` prints one.
    const lines =
      living.length === 0 ? [] : outputNow('sh', ['-s'], `${jobs.join(' || echo {}\n')}\n`).split('\n');
    return nodes.map((node) => {
      const now = living.includes(node) ? countersOf(lines[living.indexOf(node)] ?? '') : {};
      return sum(this.#before.get(node) ?? {}, now);
    });
  }
}

function netOf({ fd }: Space): string {
  return `--net=/proc/${process.pid}/fd/${fd}`;
}

function sum(a: Counted, b: Counted): Record<string, { packets: number; bytes: number }> {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      {
        packets: (a[name]?.packets ?? 0) + (b[name]?.packets ?? 0),
        bytes: (a[name]?.bytes ?? 0) + (b[name]?.bytes ?? 0),
      },
    ]),
  );
}
