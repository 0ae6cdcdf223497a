/**
 * The lives of simulated nodes: starting, ending, restarting by policy, and the events that tell of it, worded
 * as those of processes.
 */
import { join } from 'node:path';
import type { ClusterEvent, Evidence, NodeId, NodeState } from '../../contracts.ts';
import type { Json } from '../../op.ts';
import type { SimNode } from '../../sim/node.ts';
import type { World } from '../../sim/world.ts';
import { asWritten } from '../../sim/written-positions.ts';
import { after, monotonicNs, sleep } from '../../time.ts';
import { ClusterError } from '../cluster-error.ts';
import { type ClusterOptions, DEFAULT_RESTART } from '../options.ts';
import { RestartBudget } from '../restart-budget.ts';
import { SimNodeLog } from './sim-node-log.ts';

/** What is known of a node beside what it is itself. */
interface Place {
  node: SimNode;
  log: SimNodeLog;
  budget: RestartBudget;
  state: 'starting' | 'up' | 'stopped' | 'crashed';
  /** Number of lives begun; the node's own counter also counts ends. */
  lives: number;
  startedNs: number;
  starting: Promise<void> | null;
  /** Counts up whenever a start under way, or a restart to come, is called off. */
  orders: number;
}

/** How long a simulated node takes to start, ms: the least, and how much more at most. */
const BOOT_MS = { least: 20, more: 60 };

/** All nodes of one simulated cluster. */
export class SimFleet {
  readonly #world: World;
  readonly #places = new Map<NodeId, Place>();
  readonly #listeners: ((event: ClusterEvent) => void)[] = [];
  readonly #ended: (node: SimNode) => void;
  #launching: unknown;
  #launched = false;
  #closed = false;

  /** `ended` hears of every end of a life. */
  constructor(world: World, options: ClusterOptions, ended: (node: SimNode) => void) {
    this.#world = world;
    this.#ended = ended;
    for (const node of world.nodes) {
      this.#places.set(node.id, {
        node,
        log: new SimNodeLog(join(options.logsDir, node.id)),
        budget: new RestartBudget(options.restart ?? DEFAULT_RESTART),
        state: 'stopped',
        lives: 0,
        startedNs: 0,
        starting: null,
        orders: 0,
      });
    }
  }

  onEvent(listener: (event: ClusterEvent) => void): void {
    this.#listeners.push(listener);
  }

  state(node: SimNode): NodeState {
    const { state } = this.#place(node);
    if (state === 'up') return node.paused ? 'paused' : 'running';
    return state;
  }

  /** Adds a line to a node's log. */
  note(node: SimNode, text: string): void {
    this.#place(node).log.note(text, this.#world.now);
  }

  /** Starts all nodes; rejects with `ClusterError` when the program of one throws at once. */
  async up(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    for (const node of this.#world.nodes) {
      this.#launching = undefined;
      this.#begin(this.#place(node));
      this.#refuseUnlessUp(node);
    }
    await sleep(BOOT_MS.least);
    signal.throwIfAborted();
    // Programs of somebody else's begin with an event of their own.
    for (const node of this.#world.nodes) this.#refuseUnlessUp(node);
    this.#launched = true;
  }

  #refuseUnlessUp(node: SimNode): void {
    if (node.up) return;
    const message = wordsOf(this.#launching).split('\n')[0]!;
    this.down();
    throw new ClusterError(`${node.id} threw before it was ready: ${message}`, { node: node.id });
  }

  /** Ends all nodes and closes their logs; idempotent. */
  down(): void {
    this.#closed = true;
    for (const place of this.#places.values()) {
      place.orders++;
      if (place.node.up) {
        this.#world.crash(place.node);
        place.state = 'stopped';
        this.#ended(place.node);
      }
      place.log.close();
    }
  }

  /** Ends a node for the harness; `keep` as in `SimDisk.crash`, where it is not left to chance. */
  end(node: SimNode, how: 'killed' | 'stopped', keep?: number): Evidence {
    const place = this.#place(node);
    place.orders++;
    if (!node.up) {
      if (place.state === 'starting') place.state = 'stopped';
      return { state: 'skipped', bit: null, summary: `${node.id} was not running`, measures: {} };
    }
    this.#world.crash(node, keep);
    place.state = 'stopped';
    this.#ended(node);
    const signal = how === 'killed' ? 'SIGKILL' : 'SIGTERM';
    this.#event(place, 'exited', { ...this.#life(place), code: null, signal, by: 'harness' });
    const measures: Record<string, Json> = how === 'stopped' ? { graceful: true } : {};
    return { state: 'installed', bit: true, summary: `${node.id} ${how}`, measures };
  }

  /** Starts a node that is down, on what its disk kept. */
  async restart(node: SimNode): Promise<Evidence> {
    const place = this.#place(node);
    if (node.up)
      return { state: 'skipped', bit: null, summary: `${node.id} was already running`, measures: {} };
    const began = monotonicNs();
    try {
      await this.#start(place);
    } catch (error) {
      const message = wordsOf(error);
      return { state: 'failed', bit: false, summary: message.split('\n')[0]!, measures: { error: message } };
    }
    const tookMs = Math.round((monotonicNs() - began) / 1e6);
    this.#event(place, 'restarted', { by: 'harness', tookMs });
    const summary = `${node.id} was ready again after ${tookMs} ms`;
    return { state: 'installed', bit: true, summary, measures: { tookMs } };
  }

  /** A node's program threw, or its disk failed it: it is down already. */
  crashed(node: SimNode, error: unknown): void {
    const place = this.#place(node);
    const message = wordsOf(error);
    this.note(node, message);
    place.state = 'crashed';
    this.#launching = error;
    this.#ended(node);
    const detail = { ...this.#life(place), code: 1, signal: null, by: 'itself', output: place.log.tail() };
    this.#event(place, 'crashed', detail);
    if (!this.#launched || this.#closed) return;
    const next = place.budget.after({ code: 1, signal: null });
    if (next.kind === 'give-up') this.#event(place, 'gave-up', { restarts: next.restarts });
    if (next.kind !== 'restart') return;
    const order = ++place.orders;
    after(next.delayMs, () => {
      if (place.orders === order) void this.#restartByPolicy(place);
    });
  }

  async #restartByPolicy(place: Place): Promise<void> {
    const attempt = place.budget.take();
    try {
      await this.#start(place);
      this.#event(place, 'restarted', { by: 'policy', attempt });
    } catch {
      // Called off, or its end was handled as any other.
    }
  }

  /** Joins a start under way. */
  #start(place: Place): Promise<void> {
    place.starting ??= this.#boot(place).finally(() => {
      place.starting = null;
    });
    return place.starting;
  }

  async #boot(place: Place): Promise<void> {
    const { node } = place;
    if (this.#closed) throw new ClusterError(`${node.id} is shutting down`);
    const order = ++place.orders;
    place.state = 'starting';
    await sleep(BOOT_MS.least + BOOT_MS.more * this.#world.draw(node, 'boot'));
    if (place.orders !== order) throw new ClusterError(`${node.id} was ended while it started`);
    this.#launching = undefined;
    this.#begin(place);
    if (this.#launching !== undefined) {
      throw new ClusterError(`${node.id} threw before it was ready: ${wordsOf(this.#launching)}`);
    }
  }

  #begin(place: Place): void {
    const { node } = place;
    place.lives++;
    place.startedNs = this.#world.now;
    place.log.begin(node.id, place.lives, this.#world.now);
    place.state = 'up';
    this.#event(place, 'started', { life: place.lives });
    this.#world.start(node);
    if (node.up) this.#event(place, 'ready', { life: place.lives, afterMs: 0 });
  }

  #life(place: Place): { life: number; afterMs: number } {
    return { life: place.lives, afterMs: Math.round((this.#world.now - place.startedNs) / 1e6) };
  }

  #place(node: SimNode): Place {
    return this.#places.get(node.id)!;
  }

  #event({ node }: Place, kind: ClusterEvent['kind'], detail: Json): void {
    for (const listener of this.#listeners) listener({ node: node.id, kind, detail });
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? asWritten(error.stack ?? error.message) : String(error);
}
