/**
 * What links of packets have in common, whatever joins the nodes: layers of rules, connections that are ended by the
 * kernel, and the list of directed links. How rules are put in force, counted and tried is the joint's.
 */
import type { Endpoint, LinkCounters, LinkEntry, Links, MessageTap, NodeId } from '../../contracts.ts';
import { LinkRules, type LinkState, linkKey } from '../link-rules.ts';
import type { PacketNetwork } from './packet-network.ts';
import { endConnections } from './sockets.ts';

/** A directed link, and its place among all of them. */
export interface DirectedLink {
  from: Endpoint;
  to: Endpoint;
  /** Of the sender and of the receiver in the order of ports: the nodes, then the clients. */
  ports: readonly [number, number];
}

/** The links of one cluster, joined by something. */
export abstract class PacketLinks<Network extends PacketNetwork = PacketNetwork> implements Links {
  protected readonly network: Network;
  /** The ends in the order of ports. */
  protected readonly endpoints: readonly Endpoint[];
  protected readonly links: readonly DirectedLink[];
  readonly #rules: LinkRules;
  readonly #resets = new Map<string, number>();
  /** What was counted last, for questions after the end. */
  #last: LinkCounters[] = [];

  constructor(nodes: readonly NodeId[], network: Network) {
    this.network = network;
    this.endpoints = [...nodes, 'clients'];
    this.links = this.endpoints.flatMap((from, i) =>
      this.endpoints.flatMap((to, j): DirectedLink[] => (i === j ? [] : [{ from, to, ports: [i, j] }])),
    );
    this.#rules = new LinkRules(this.endpoints, () => {
      if (this.isOpen) this.install();
    });
  }

  /** Joins devices that exist. Throws `ClusterError`. */
  abstract open(): Promise<void>;
  /** Takes the joint away. Returns what went wrong. */
  abstract close(): Promise<string[]>;
  /** See `Links.probe`. */
  abstract probe(from: Endpoint, to: Endpoint): Promise<'open' | 'cut' | 'unknown'>;
  /** See `Links.tap`. */
  abstract tap(faultId: string, tap: MessageTap): void;
  /** Whether the nodes are joined. */
  protected abstract get isOpen(): boolean;
  /** Puts the rules of all links in force, at once. */
  protected abstract install(): void;
  /** What every link did so far, but for resets; only while the nodes are joined. */
  protected abstract count(): LinkCounters[];

  /** See `Links.set`. */
  set(faultId: string, entries: readonly LinkEntry[]): void {
    this.#rules.set(faultId, entries);
  }

  /** See `Links.clear`. */
  clear(faultId: string): void {
    this.#rules.clear(faultId);
  }

  /** See `Links.reset`. */
  reset(links: readonly { from: Endpoint; to: Endpoint }[]): number {
    if (!this.isOpen) return 0;
    let total = 0;
    for (const [link, count] of endConnections(this.network, links)) {
      this.#resets.set(link, (this.#resets.get(link) ?? 0) + count);
      total += count;
    }
    return total;
  }

  /** What links did since the cluster started, up to its end. */
  counters(): LinkCounters[] {
    if (this.isOpen) {
      this.#last = this.count().map((link) => ({
        ...link,
        resets: this.#resets.get(linkKey(link.from, link.to)) ?? 0,
      }));
    }
    return this.#last;
  }

  /** What holds on a directed link now. */
  protected state({ from, to }: Pick<DirectedLink, 'from' | 'to'>): LinkState {
    return this.#rules.state(from, to);
  }
}
