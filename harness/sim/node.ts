/**
 * One simulated node: its lives, its program, its timers, its disk and clock. It hands the program one event at
 * a time and lets what the event sent leave when what it wrote is durable.
 */
import { withField } from '../body.ts';
import type { NodeId } from '../contracts.ts';
import type { Body, NodeHandle, Program, Request } from '../program.ts';
import type { Rng, Seed } from '../random.ts';
import { NodeClock } from './clock.ts';
import { SimDisk } from './disk.ts';
import { DISK, TIMER } from './heap.ts';
import type { Isolation } from './isolation.ts';
import type { Party } from './network.ts';

/** What a node is made of. */
export interface NodeParts {
  index: number;
  id: NodeId;
  peers: readonly NodeId[];
  party: Party;
  seed: Seed;
  isolation: Isolation;
  /** An object with methods, not functions made for each node: the kernel's loop can have them inlined. */
  around: Surroundings;
}

/** What a node needs of the world. */
export interface Surroundings {
  readonly now: number;
  /** How long the sync that begins now takes, ns. */
  syncNs(node: SimNode): number;
  /** The n-th chance that its disk refuses something, in [0, 1). */
  refusalDraw(node: SimNode, n: number): number;
  push(timeNs: number, kind: number, node: SimNode, number: number, subject: unknown): void;
  /** What waited: before everything else that is due now. */
  pushFirst(kind: number, node: SimNode, number: number, subject: unknown, value: unknown): void;
  send(node: SimNode, to: string, body: Body): void;
  note(node: SimNode, text: string): void;
  /** Something happened that should sometimes happen. */
  sometimes(node: SimNode, name: string): void;
  /** A handler threw, or the disk failed: the node is to crash. */
  broke(node: SimNode, error: unknown): void;
}

/** A named timer. Setting it again moves its deadline; the event in the queue follows when it comes up. */
class NodeTimer {
  readonly name: string;
  active = false;
  deadlineNs = 0;
  /** Number of the event that stands for it in the queue; earlier ones are stale. */
  version = 0;
  queuedNs = Number.POSITIVE_INFINITY;

  constructor(name: string) {
    this.name = name;
  }
}

/** What waits for a sync: the mark of its disk and the messages that may leave after it. */
interface PendingSync {
  mark: number;
  to: string[];
  bodies: Body[];
  /** Messages that wait; the arrays may hold more. */
  count: number;
}

/** One node over all its lives. Times are nanoseconds of simulated time. */
export class SimNode {
  readonly index: number;
  readonly id: NodeId;
  readonly party: Party;
  readonly clock = new NodeClock();
  readonly disk: SimDisk;
  /** Number of its lives so far; events of an earlier life are void. */
  life = 0;
  up = false;
  /** Lives that ended, and events that waited while it was paused. */
  deaths = 0;
  held = 0;
  paused = false;
  program: Program | null = null;
  readonly #parts: NodeParts;
  readonly #around: Surroundings;
  readonly #timers = new Map<string, NodeTimer>();
  /** What came up while paused, in order: kind, number, subject, value in turn. */
  #inbox: [number, number, unknown, unknown][] = [];
  /** What the event that runs has sent so far; the first `#sent` of these. */
  #to: string[] = [];
  #bodies: Body[] = [];
  #sent = 0;
  /** Arrays that waited for a sync and serve again. */
  readonly #spare: { to: string[]; bodies: Body[] }[] = [];
  #syncing: PendingSync | null = null;
  #diskFreeNs = 0;
  #rng: Rng;
  #reseed = 0;

  constructor(parts: NodeParts) {
    this.#parts = parts;
    this.#around = parts.around;
    this.index = parts.index;
    this.id = parts.id;
    this.party = parts.party;
    this.disk = new SimDisk(parts.isolation, (n) => this.#around.refusalDraw(this, n));
    this.#rng = parts.seed.rng();
  }

  /** Begins a life with a program. */
  start(program: Program): void {
    this.life++;
    this.up = true;
    this.paused = false;
    this.#rng = this.#parts.seed.fork(this.life, this.#reseed).rng();
    this.program = program;
    const handle = this.#handle();
    this.handle(() => program.init(handle));
  }

  /** Ends the life at once: memory is gone, and of the disk what was not synced; `keep` as in `SimDisk.crash`. */
  crash(keep: number): void {
    if (!this.up) return;
    this.life++;
    this.deaths++;
    this.up = false;
    this.paused = false;
    this.program = null;
    this.#inbox = [];
    this.#sent = 0;
    this.#syncing = null;
    this.#diskFreeNs = 0;
    this.#timers.clear();
    this.disk.crash(keep);
  }

  /** From now on events wait. */
  pause(): void {
    this.paused = true;
  }

  /** What waited comes up now, in order. */
  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    const waited = this.#inbox;
    this.#inbox = [];
    // It was due long ago: nobody sees the node as if it were not.
    for (const [kind, number, subject, value] of waited) {
      this.#around.pushFirst(kind, this, number, subject, value);
    }
  }

  /** Draws of this node are other ones from now on. */
  reseed(seed: number): void {
    this.#reseed = seed;
    this.#rng = this.#parts.seed.fork(this.life, seed).rng();
  }

  /** An event of this life came up while the node is paused. */
  hold(kind: number, number: number, subject: unknown, value: unknown): void {
    this.held++;
    this.#inbox.push([kind, number, subject, value]);
  }

  /** A message has arrived. */
  receive(from: string, body: Body): void {
    try {
      this.program!.onMessage(from, body);
    } catch (error) {
      this.#around.broke(this, error);
      return;
    }
    this.#finish();
  }

  /** Runs `work` as one event of the node: an error crashes it, what it sent and wrote is taken care of. */
  handle(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#around.broke(this, error);
      return;
    }
    this.#finish();
  }

  /** The event of a timer came up: true when the timer is to fire now. */
  timerDue(timer: unknown, version: number): boolean {
    const own = timer as NodeTimer;
    if (version !== own.version) return false;
    own.queuedNs = Number.POSITIVE_INFINITY;
    if (!own.active) return false;
    if (own.deadlineNs > this.#around.now) {
      this.#queue(own);
      return false;
    }
    return true;
  }

  /** Fires a timer that is due. */
  fire(timer: unknown): void {
    const own = timer as NodeTimer;
    own.active = false;
    try {
      this.program!.onTimer(own.name);
    } catch (error) {
      this.#around.broke(this, error);
      return;
    }
    this.#finish();
  }

  /** A sync has ended: what waited for it leaves. */
  syncEvent(sync: unknown): void {
    const { mark, to, bodies, count } = sync as PendingSync;
    if (this.#syncing === sync) this.#syncing = null;
    this.disk.synced(mark);
    for (let i = 0; i < count; i++) this.#around.send(this, to[i]!, bodies[i]!);
    this.#spare.push({ to, bodies });
  }

  /**
   * Asks the program something without the network and gives what it answers in the same event; undefined when
   * it does not. Only for questions that change nothing.
   */
  ask(from: string, body: Body): Body | undefined {
    if (!this.up || this.paused) return undefined;
    const before = this.#sent;
    try {
      this.program!.onMessage(from, body);
    } catch (error) {
      this.#around.broke(this, error);
      return undefined;
    }
    let answer: Body | undefined;
    for (let i = before; i < this.#sent; i++) if (this.#to[i] === from) answer = this.#bodies[i];
    this.#sent = before;
    return answer;
  }

  /** The end of an event: sync what was written, send what may leave. */
  #finish(): void {
    const { disk } = this;
    if (disk.busy) {
      this.#sync();
      return;
    }
    const sent = this.#sent;
    if (sent === 0) return;
    this.#sent = 0;
    const syncing = this.#syncing;
    for (let i = 0; i < sent; i++) {
      if (syncing === null) this.#around.send(this, this.#to[i]!, this.#bodies[i]!);
      else {
        // An earlier event's writes are under way: nothing overtakes them.
        syncing.to[syncing.count] = this.#to[i]!;
        syncing.bodies[syncing.count++] = this.#bodies[i]!;
      }
    }
  }

  #sync(): void {
    const refused = this.disk.refusal();
    if (refused !== null) {
      this.#around.broke(this, new Error(refused));
      return;
    }
    if (this.disk.losesPower()) return;
    const now = this.#around.now;
    const takesNs = this.#around.syncNs(this);
    const mark = this.disk.beginSync();
    const ends = Math.max(now, this.#diskFreeNs) + takesNs;
    this.#diskFreeNs = ends;
    const sync: PendingSync = { mark, to: this.#to, bodies: this.#bodies, count: this.#sent };
    const { to, bodies } = this.#spare.pop() ?? { to: [], bodies: [] };
    this.#to = to;
    this.#bodies = bodies;
    this.#sent = 0;
    this.#syncing = sync;
    this.#around.push(ends, DISK, this, 0, sync);
  }

  #handle(): NodeHandle {
    const around = this.#around;
    const life = this.life;
    const { id, peers } = this.#parts;
    const send = (to: string, body: Body): void => {
      if (this.life !== life) return;
      this.#to[this.#sent] = to;
      this.#bodies[this.#sent++] = body;
    };
    const reply = (request: Request, body: Body): void => {
      const asked = request.body['msg_id'];
      send(request.from, asked === undefined ? body : withField(body, 'in_reply_to', asked));
    };
    return {
      id,
      peers,
      storage: this.disk,
      send,
      reply,
      fail: (request, code, text, more) => reply(request, { ...more, type: 'error', code, text }),
      setTimer: (name, ms) => {
        if (this.life === life) this.#setTimer(name, ms);
      },
      clearTimer: (name) => {
        const timer = this.#timers.get(name);
        if (timer !== undefined && this.life === life) timer.active = false;
      },
      now: () => this.clock.wallMs(around.now),
      random: () => this.#rng.float(),
      note: (text) => around.note(this, text),
      sometimes: (name, holds = true) => {
        if (holds && this.life === life) around.sometimes(this, name);
      },
    };
  }

  #setTimer(name: string, ms: number): void {
    let timer = this.#timers.get(name);
    if (timer === undefined) this.#timers.set(name, (timer = new NodeTimer(name)));
    timer.active = true;
    timer.deadlineNs = this.#around.now + Math.max(0, Math.round(ms * 1e6));
    // An event in the queue that comes up earlier will find the new deadline.
    if (timer.queuedNs > timer.deadlineNs) this.#queue(timer);
  }

  #queue(timer: NodeTimer): void {
    timer.queuedNs = timer.deadlineNs;
    this.#around.push(timer.deadlineNs, TIMER, this, ++timer.version, timer);
  }
}
