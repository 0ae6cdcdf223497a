/**
 * A whole cluster in one process under simulated time: one queue of events, one at a time, each handled to its
 * end. Knows nodes, their network, clocks and disks, and nothing of workloads, faults or runs.
 */
import type { NodeId } from '../contracts.ts';
import type { Body, Program } from '../program.ts';
import type { Seed } from '../random.ts';
import { hashText, KeyedDraws, mix } from './draws.ts';
import { DISK, MESSAGE, TIMER } from './heap.ts';
import type { Isolation } from './isolation.ts';
import { type Link, SimNetwork } from './network.ts';
import { SimNode, type Surroundings } from './node.ts';
import type { DiskProfile, NetworkProfile } from './profiles.ts';
import { type Callable, type Dispatch, Timeline } from './timeline.ts';
import type { Trace } from './trace.ts';
import type { Triggers } from './triggers.ts';

/** What a world is made of. */
export interface WorldOptions {
  seed: Seed;
  nodes: readonly NodeId[];
  /** Makes the program of a node; called at every start. */
  program(node: NodeId): Program;
  network?: NetworkProfile;
  disk?: DiskProfile;
  /** Time to live in; default one of its own. */
  timeline?: Timeline;
  /** Default `freeze`. */
  isolation?: Isolation;
  /** Hears what nodes note. */
  onNote?: (node: SimNode, text: string) => void;
  /** Hears of nodes that crashed by themselves, after they did. */
  onCrash?: (node: SimNode, error: unknown) => void;
}

const DEFAULT_DISK: DiskProfile = { minMs: 0.05, meanMs: 0.25 };
const DISK_SALT = 0x165667b1;
const CRASH_SALT = 0x7feb352d;
const REFUSAL_SALT = 0x27d4eb2f;

/** Nodes, network and time. */
export class World {
  readonly timeline: Timeline;
  readonly network: SimNetwork;
  readonly nodes: readonly SimNode[];
  /** Records every event, when somebody wants to compare runs. */
  trace: Trace | null = null;
  /** Faults that wait for a moment, when there are any. */
  triggers: Triggers<SimNode> | null = null;
  /** How often what should sometimes happen has happened, by name. */
  readonly reached = new Map<string, number>();
  readonly #options: WorldOptions;
  readonly #byId = new Map<NodeId, SimNode>();
  readonly #draws = new KeyedDraws();
  readonly #around: Around;
  #hash = 0x12345678;

  constructor(options: WorldOptions) {
    this.#options = options;
    const { seed } = options;
    this.timeline = options.timeline ?? new Timeline();
    // A timeline may outlive a world; what was to happen in the last one must not happen in this.
    this.timeline.heap.disown();
    // Not assigned as it is written: V8 allocates such functions among the old objects at once, where this one would
    // keep its whole world until the next full collection, at a fifth of all time.
    const dispatch: Dispatch = (kind, index, life, number, subject, value) => {
      if (kind === MESSAGE) this.#message(index, life, number, subject as Link, value);
      else this.#nodeEvent(kind, index, life, number, subject, value);
    };
    this.timeline.dispatch = dispatch;
    const isolation = options.isolation ?? 'freeze';
    this.network = new SimNetwork({
      seedKey: seed.fork('network').state,
      nodes: options.nodes,
      profile: options.network ?? {},
      isolation,
      heap: this.timeline.heap,
      lifeOf: (party) => this.nodes[party]?.life ?? 0,
    });
    this.#around = new Around(this, options);
    this.nodes = options.nodes.map((id, index) => this.#makeNode(id, index, seed, isolation));
    for (const node of this.nodes) this.#byId.set(node.id, node);
  }

  /** The node of that name; throws RangeError naming the nodes there are. */
  node(id: NodeId): SimNode {
    const node = this.#byId.get(id);
    if (node !== undefined) return node;
    throw new RangeError(`no node "${id}"; nodes are ${this.nodes.map((one) => one.id).join(', ')}`);
  }

  /** Starts a node that is down. */
  start(node: SimNode): void {
    this.#mark(5, node.index, node.life);
    node.start(this.#options.program(node.id));
  }

  /**
   * Ends a node's life; a share of what was not synced has reached the disk: `keep` as in `SimDisk.crash`, or drawn
   * anew each time.
   */
  crash(node: SimNode, keep?: number): void {
    if (!node.up) return;
    this.#mark(6, node.index, node.life);
    if (keep !== undefined) {
      node.crash(keep);
      return;
    }
    this.#draws.start(mix(this.network.seedKey ^ CRASH_SALT ^ hashText(node.id) ^ node.life));
    const [all, share] = [this.#draws.float(), this.#draws.float()];
    node.crash(all < 0.5 ? 0 : share);
  }

  /** Calls `call.run()` at a time, after the events of that time that were there before. */
  at(timeNs: number, call: Callable, priority = 0): void {
    this.timeline.at(timeNs, call, priority);
  }

  /** A draw in [0, 1) for one purpose, the same for the same life of the same node. */
  draw(node: SimNode, purpose: string): number {
    this.#draws.start(
      mix(this.network.seedKey ^ hashText(purpose) ^ Math.imul(node.party.hash, 31) ^ node.life),
    );
    return this.#draws.float();
  }

  /** From now on all draws are other ones. */
  reseed(seed: number): void {
    this.network.seedKey = mix(this.network.seedKey ^ mix(seed | 0));
    for (const node of this.nodes) node.reseed(seed);
  }

  /** Simulated time in nanoseconds: a whole number. */
  get now(): number {
    return this.timeline.now;
  }

  /** Hash of all events so far: equal for equal runs. 16 hexadecimal digits. */
  get hash(): string {
    const word = (x: number): string => (x >>> 0).toString(16).padStart(8, '0');
    return word(mix(this.#hash)) + word(mix(this.#hash ^ this.timeline.events));
  }

  #message(index: number, life: number, number: number, link: Link, value: unknown): void {
    const node = this.nodes[index];
    if (node === undefined) {
      const body = this.network.arrive(link, value as Body, number, true);
      if (body === undefined) return;
      this.timeline.events++;
      this.#mark(MESSAGE, index, link.from.index, body.type);
      link.to.receive!(body, link.from);
      return;
    }
    const alive = node.up && node.life === life;
    if (alive && node.paused) {
      node.hold(MESSAGE, number, link, value);
      return;
    }
    const body = this.network.arrive(link, value as Body, number, alive);
    if (body === undefined) return;
    this.timeline.events++;
    this.#mark(MESSAGE, index, link.from.index, body.type);
    this.triggers?.hear('received', body.type, node, this.now);
    node.receive(link.from.name, body);
  }

  #nodeEvent(
    kind: number,
    index: number,
    life: number,
    number: number,
    subject: unknown,
    value: unknown,
  ): void {
    const node = this.nodes[index]!;
    if (node.life !== life) return;
    if (node.paused) {
      node.hold(kind, number, subject, value);
      return;
    }
    if (kind === TIMER && !node.timerDue(subject, number)) return;
    this.timeline.events++;
    this.#mark(kind, index, 0);
    if (kind === TIMER) node.fire(subject);
    else if (kind === DISK) node.syncEvent(subject);
  }

  /** Adds what happens to the hash, and to the trace. */
  #mark(kind: number, index: number, from: number, type?: string): void {
    const time = this.now;
    let h = this.#hash;
    h = Math.imul(h ^ time, 0x01000193) ^ (h >>> 15);
    h = Math.imul(h ^ ((kind << 24) | (index << 12) | from), 0x01000193) ^ (h >>> 13);
    this.#hash = h;
    if (this.trace !== null) this.trace.add(time, kind, index, from, type ?? '');
  }

  #makeNode(id: NodeId, index: number, seed: Seed, isolation: Isolation): SimNode {
    return new SimNode({
      index,
      id,
      peers: this.#options.nodes.filter((other) => other !== id),
      party: this.network.party(id)!,
      seed: seed.fork('node', id),
      isolation,
      around: this.#around,
    });
  }
}

/** The world as its nodes see it. */
class Around implements Surroundings {
  readonly #world: World;
  readonly #options: WorldOptions;
  readonly #timeline: Timeline;
  readonly #disk: DiskProfile;
  readonly #draws = new KeyedDraws();

  constructor(world: World, options: WorldOptions) {
    this.#world = world;
    this.#options = options;
    this.#timeline = world.timeline;
    this.#disk = options.disk ?? DEFAULT_DISK;
  }

  get now(): number {
    return this.#timeline.now;
  }

  push(time: number, kind: number, node: SimNode, number: number, subject: unknown): void {
    this.#timeline.heap.push(time, 0, kind, node.index, node.life, number, subject, undefined);
  }

  pushFirst(kind: number, node: SimNode, number: number, subject: unknown, value: unknown): void {
    this.#timeline.heap.push(this.now, -1, kind, node.index, node.life, number, subject, value);
  }

  send(node: SimNode, to: string, body: Body): void {
    const { network, triggers } = this.#world;
    const party = network.party(to);
    // Nobody of that name: such a message goes nowhere, as on a real network.
    if (party === undefined) return;
    network.send(node.party, party, body, this.now);
    triggers?.hear('sent', body.type, node, this.now);
  }

  note(node: SimNode, text: string): void {
    this.#options.onNote?.(node, text);
  }

  sometimes(node: SimNode, name: string): void {
    const { reached, triggers } = this.#world;
    const before = reached.get(name) ?? 0;
    reached.set(name, before + 1);
    if (before === 0) this.note(node, `reached ${name}`);
    triggers?.hear('reached', name, node, this.now);
  }

  broke(node: SimNode, error: unknown): void {
    this.#world.crash(node);
    this.#options.onCrash?.(node, error);
  }

  syncNs(node: SimNode): number {
    const key = this.#world.network.seedKey ^ Math.imul(node.party.hash, DISK_SALT) ^ (node.disk.syncs + 1);
    this.#draws.start(mix(key));
    const ms = this.#disk.minMs + this.#draws.exponential(this.#disk.meanMs);
    return Math.round(ms * 1e6) + Math.round(node.disk.slownessMs * 1e6);
  }

  refusalDraw(node: SimNode, n: number): number {
    this.#draws.start(mix(this.#world.network.seedKey ^ Math.imul(node.party.hash, REFUSAL_SALT) ^ n));
    return this.#draws.float();
  }
}
