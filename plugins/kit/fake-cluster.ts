/**
 * A cluster in memory: links that count, nodes with states, clocks with skews. Nothing is real, everything can
 * be compared before and after, and every primitive can be told to fail. Deterministic: a probability above
 * zero hits every message.
 */
import { CAPABILITIES, type Capability } from '../../harness/capability.ts';
import type {
  ClockSkew,
  Clocks,
  Cluster,
  Disks,
  DiskTrouble,
  Endpoint,
  Evidence,
  FaultContext,
  LinkCounters,
  LinkEntry,
  Links,
  MessageTap,
  NodeAddress,
  NodeId,
  NodeState,
  Variants,
} from '../../harness/contracts.ts';
import { silentLink } from '../../harness/link-data.ts';
import type { Membership } from '../../harness/membership.ts';
import { taps } from '../../harness/taps/tap.ts';

/** Primitives that can be told to fail. */
export type Primitive =
  | 'links.set'
  | 'kill'
  | 'restart'
  | 'pause'
  | 'resume'
  | 'clocks.set'
  | 'clocks.reset'
  | 'disks.set'
  | 'members.change';

/** Above any pid the kernel gives out: asking /proc about it finds nobody. */
const FIRST_PID = 5_000_000;

const done = (summary: string): Evidence => ({ state: 'installed', bit: true, summary, measures: {} });

/** `n1`... `nK`. */
export function nodeNames(count: number): NodeId[] {
  return Array.from({ length: count }, (_, i) => `n${i + 1}`);
}

/** Nothing of it is real; `snapshot` tells whether a fault left it as it was. */
export class FakeCluster implements Cluster {
  readonly backend = 'stdio' as const;
  readonly nodes: readonly NodeId[];
  readonly offers: ReadonlySet<Capability> = new Set(CAPABILITIES);
  readonly missing = [];
  readonly links: Links;
  readonly clocks: Clocks;
  readonly disks: Disks;
  /** Primitives that throw while they are in here. */
  readonly broken = new Set<Primitive>();
  /** Nodes whose clock refuses any skew, as where no mechanism works. */
  clocksSkip = false;
  /** Who belongs to the system. */
  members: NodeId[];
  /** Live connections that a reset will find on each link. */
  connections = 1;
  readonly #states = new Map<NodeId, NodeState>();
  readonly #generation = new Map<NodeId, number>();
  readonly #rules = new Map<string, readonly LinkEntry[]>();
  readonly #counters = new Map<string, LinkCounters>();
  readonly #variants = new Map<NodeId, string>();
  readonly variants: Variants = {
    names: ['other'],
    of: (node) => this.#variants.get(node) ?? null,
    set: (node, variant) => {
      if (variant === null) this.#variants.delete(node);
      else this.#variants.set(node, variant);
    },
  };
  readonly #taps = new Map<string, MessageTap>();
  readonly #skews = new Map<NodeId, ClockSkew>();
  readonly #disks = new Map<NodeId, DiskTrouble>();
  readonly #armed = new Set<NodeId>();

  constructor(count = 5) {
    this.nodes = nodeNames(count);
    this.members = [...this.nodes];
    for (const node of this.nodes) this.#states.set(node, 'running');
    const ends: Endpoint[] = [...this.nodes, 'clients'];
    for (const from of ends) {
      for (const to of ends) if (from !== to) this.#counters.set(`${from}>${to}`, silentLink(from, to));
    }
    this.links = this.#makeLinks();
    this.clocks = this.#makeClocks();
    this.disks = {
      set: (node, trouble) => {
        if (this.broken.has('disks.set') && trouble !== null) throw new Error('disks.set is broken');
        if (trouble === null) this.#disks.delete(node);
        else this.#disks.set(node, trouble);
      },
      hits: () => 0,
      cutPower: async (node) => {
        await this.kill(node);
        return { unsyncedFiles: 1, files: 1, blocks: 0, bytes: 7, names: 0, problems: 0 };
      },
      armPowerCut: async (node, cut) => {
        if (this.broken.has('disks.set') && cut !== null) throw new Error('disks.set is broken');
        if (cut === null) this.#armed.delete(node);
        else this.#armed.add(node);
      },
      armedLoss: () => null,
    };
  }

  /** Everything a fault may change, for comparison. */
  snapshot(): unknown {
    return {
      states: [...this.#states],
      rules: [...this.#rules],
      taps: [...this.#taps.keys()],
      variants: [...this.#variants],
      skews: [...this.#skews],
      disks: [...this.#disks],
      armed: [...this.#armed],
      members: this.members,
    };
  }

  /** Changes the members as an administrator of the system would. */
  readonly membership: Membership = {
    members: async () => ({ members: [...this.members], version: 1 }),
    change: async (_node, kind, member) => {
      if (this.broken.has('members.change')) throw new Error('members.change is broken');
      const others = this.members.filter((one) => one !== member);
      this.members = this.nodes.filter((one) => others.includes(one) || (kind === 'add' && one === member));
    },
  };

  /** Sends a message over every link between nodes and clients, as the rules in force have it. */
  chatter(): void {
    for (const { from, to } of this.#counters.values()) this.send(from, to);
  }

  send(from: Endpoint, to: Endpoint): void {
    const counters = this.#counters.get(`${from}>${to}`)!;
    counters.sent++;
    counters.bytes += 100;
    for (const tap of this.#taps.values()) {
      const body = { type: 'chat', value: counters.sent, text: `${from} says` };
      if (taps(tap.spec, from, to)) tap.pass(from, to, body, counters.sent * 1e9);
    }
    const rules = [...this.#rules.values()].flat().filter((entry) => entry.from === from && entry.to === to);
    const hit = { lost: false };
    for (const { rule } of rules) {
      if (rule.cut === true || (rule.loss ?? 0) > 0 || rule.mtu !== undefined) hit.lost = true;
      if (rule.delay !== undefined || rule.rate !== undefined) counters.delayed++;
      if ((rule.duplicate ?? 0) > 0) counters.duplicated++;
      if ((rule.reorder ?? 0) > 0) counters.reordered++;
      if ((rule.tamper ?? 0) > 0) counters.tampered++;
      if ((rule.corrupt ?? 0) > 0) counters.corrupted = (counters.corrupted ?? 0) + 1;
    }
    if (hit.lost) counters.dropped++;
    else counters.delivered++;
  }

  /** A node ends by itself. */
  crash(node: NodeId): void {
    this.#states.set(node, 'crashed');
  }

  async up(): Promise<void> {}
  async down(): Promise<string[]> {
    return [];
  }
  state(node: NodeId): NodeState {
    return this.#states.get(node)!;
  }
  address(node: NodeId): NodeAddress {
    return { id: node, index: this.nodes.indexOf(node), host: '', ports: {}, dataDir: '', peers: [] };
  }
  clientAddress(): { host: string; port: number } {
    return { host: '', port: 0 };
  }
  async kill(node: NodeId): Promise<Evidence> {
    this.#tryTo('kill');
    this.#states.set(node, 'stopped');
    return done('killed');
  }
  stop(node: NodeId): Promise<Evidence> {
    return this.kill(node);
  }
  async restart(node: NodeId): Promise<Evidence> {
    this.#tryTo('restart');
    this.#states.set(node, 'running');
    this.#generation.set(node, (this.#generation.get(node) ?? 0) + 1);
    return done('restarted');
  }
  async pause(node: NodeId): Promise<Evidence> {
    this.#tryTo('pause');
    this.#states.set(node, 'paused');
    return done('paused');
  }
  async resume(node: NodeId): Promise<Evidence> {
    this.#tryTo('resume');
    this.#states.set(node, 'running');
    return done('resumed');
  }
  pids(node: NodeId): number[] {
    const state = this.state(node);
    if (state === 'stopped' || state === 'crashed') return [];
    return [FIRST_PID + this.nodes.indexOf(node) + 100 * (this.#generation.get(node) ?? 0)];
  }
  request(): Promise<never> {
    return Promise.reject(new Error('a fake cluster answers nobody'));
  }
  onEvent(): void {}
  log(): string {
    return '';
  }

  #tryTo(primitive: Primitive): void {
    if (this.broken.has(primitive)) throw new Error(`${primitive} is broken`);
  }

  #isCut(from: Endpoint, to: Endpoint): boolean {
    return [...this.#rules.values()]
      .flat()
      .some((entry) => entry.from === from && entry.to === to && entry.rule.cut === true);
  }

  #makeLinks(): Links {
    return {
      set: (id, entries) => {
        this.#rules.set(id, entries);
        // Broken after the fact: a fault that fails half-way has changed something.
        this.#tryTo('links.set');
      },
      tap: (id, tap) => {
        this.#taps.set(id, tap);
        this.#tryTo('links.set');
      },
      clear: (id) => {
        this.#rules.delete(id);
        this.#taps.delete(id);
      },
      reset: (links) => {
        for (const { from, to } of links) this.#counters.get(`${from}>${to}`)!.resets += this.connections;
        return links.length * this.connections;
      },
      counters: () => [...this.#counters.values()].map((counters) => ({ ...counters })),
      probe: async (from, to) => (this.#isCut(from, to) ? 'cut' : 'open'),
    };
  }

  #makeClocks(): Clocks {
    return {
      mechanism: 'fake',
      set: async (node, skew) => {
        if (this.clocksSkip) return { state: 'skipped', bit: null, summary: 'no mechanism', measures: {} };
        this.#skews.set(node, skew);
        this.#tryTo('clocks.set');
        return { ...done('set'), bit: null };
      },
      reset: async (node) => {
        this.#tryTo('clocks.reset');
        this.#skews.delete(node);
        return { ...done('reset'), bit: null };
      },
      read: async (node) => {
        const skew = this.#skews.get(node);
        if (skew === undefined) return 0;
        return skew.offsetNs + (skew.strobe?.deltaNs ?? 0) + (skew.driftPpm ?? 0);
      },
    };
  }
}

/** A context in which `leader` leads. */
export function contextOf(
  cluster: Cluster,
  leader: NodeId | null = null,
  signal: AbortSignal = new AbortController().signal,
): FaultContext {
  const { variants } = cluster as FakeCluster;
  const membership = cluster instanceof FakeCluster ? { membership: cluster.membership } : {};
  return { cluster, leader: async () => leader, signal, variants, ...membership };
}
