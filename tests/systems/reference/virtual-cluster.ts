/**
 * A cluster of reference programs in virtual time: a seeded network with delays, loss, duplicates and cuts,
 * crashes that keep storage, and clients. Thousands of steps per second, the same ones for the same seed.
 */
import { type Rng, Seed } from '../../../harness/random.ts';
import type { Body, Envelope, Program, ProgramKind, Settings } from '../../../systems/reference/api.ts';
import { Host } from '../../../systems/reference/runtime/host.ts';
import { type Change, MemoryStorage } from '../../../systems/reference/runtime/storage.ts';

export interface NetworkOptions {
  /** Mean of the exponential delay of a message, ms. */
  delayMs: number;
  loss: number;
  duplicate: number;
  /** Chance that a client's request arrives twice. */
  clientDuplicate?: number;
}

/** Where wall clocks start: any date will do, zero would hide mistakes. */
const EPOCH_MS = 1_700_000_000_000;
const CLIENT_DELAY_MS = 0.2;

/** Forgets everything since the last commit: what a crash does to unsynced writes. */
class CrashableStorage extends MemoryStorage {
  #committed: Change[] = [];
  #pending: Change[] = [];

  protected override recorded(change: Change): void {
    this.#pending.push(structuredClone(change));
  }

  override commit(): void {
    this.#committed.push(...this.#pending);
    this.#pending = [];
  }

  /** A fresh storage that holds what was committed. */
  afterCrash(): CrashableStorage {
    const next = new CrashableStorage();
    for (const change of this.#committed) next.apply(structuredClone(change));
    next.#committed = this.#committed;
    return next;
  }
}

export interface VirtualNode<P extends Program> {
  id: string;
  program: P;
  host: Host | null;
  storage: CrashableStorage;
  /** Counts lives: timers of an earlier life are dropped. */
  life: number;
  /** What waits for a paused node, in order; null while it runs. */
  held: (() => void)[] | null;
  /** Error of its wall clock, ms. */
  clockOffsetMs: number;
}

interface Event {
  at: number;
  order: number;
  run(): void;
}

/** The cluster; `run` moves time on, everything else acts at the current time. */
export class VirtualCluster<P extends Program> {
  readonly nodes = new Map<string, VirtualNode<P>>();
  readonly rng: Rng;
  nowMs = 0;
  network: NetworkOptions;
  /** Called after every delivery and timer. */
  afterStep: () => void = () => {};
  readonly #kind: ProgramKind;
  readonly #bugs: ReadonlySet<string>;
  readonly #settings: Settings;
  readonly #queue: Event[] = [];
  readonly #cuts = new Set<string>();
  readonly #waiting = new Map<number, (reply: Body) => void>();
  #order = 0;
  #requests = 0;

  constructor(
    kind: ProgramKind,
    count: number,
    seed: number,
    network: NetworkOptions,
    bugs: string[] = [],
    set: Settings = {},
  ) {
    this.#kind = kind;
    this.rng = Seed.of(seed).fork('virtual').rng();
    this.network = network;
    this.#bugs = new Set(bugs);
    this.#settings = {};
    for (const [name, setting] of Object.entries(kind.settings))
      this.#settings[name] = set[name] ?? setting.default;
    for (let i = 1; i <= count; i++) {
      const id = `n${i}`;
      const node = {
        id,
        host: null,
        storage: new CrashableStorage(),
        life: 0,
        held: null,
        clockOffsetMs: 0,
      } as unknown as VirtualNode<P>;
      this.nodes.set(id, node);
    }
    for (const id of this.nodes.keys()) this.start(id);
  }

  get ids(): string[] {
    return [...this.nodes.keys()];
  }

  start(id: string): void {
    const node = this.nodes.get(id)!;
    if (node.host !== null) return;
    node.storage = node.storage.afterCrash();
    const life = ++node.life;
    const rng = Seed.of(this.rng.int(0, 1e9)).rng();
    node.program = this.#kind.create({ settings: this.#settings, bugs: this.#bugs }) as P;
    const peers = this.ids.filter((peer) => peer !== id);
    node.host = new Host(node.program, id, peers, {
      storage: node.storage,
      emit: (messages) => {
        for (const message of messages) this.#send(message);
      },
      schedule: (ms, callback) => {
        let live = true;
        this.at(this.nowMs + ms, () => {
          this.#whenAwake(node, () => {
            if (live && node.life === life && node.host !== null) callback();
          });
        });
        return () => {
          live = false;
        };
      },
      now: () => Math.floor(EPOCH_MS + this.nowMs + node.clockOffsetMs),
      random: () => rng.float(),
      note: () => {},
    });
  }

  /** kill -9. */
  crash(id: string): void {
    const node = this.nodes.get(id)!;
    node.host?.stop();
    node.host = null;
    node.held = null;
  }

  /** Holds everything that happens at a node until `resume`. */
  pause(id: string): void {
    const node = this.nodes.get(id)!;
    if (node.host !== null) node.held ??= [];
  }

  resume(id: string): void {
    const node = this.nodes.get(id)!;
    const held = node.held ?? [];
    node.held = null;
    for (const work of held) work();
  }

  #whenAwake(node: VirtualNode<P>, work: () => void): void {
    if (node.held === null) work();
    else node.held.push(work);
  }

  /** Cuts every link between different groups, both ways; nodes in no group are cut from all. */
  partition(groups: string[][]): void {
    this.#cuts.clear();
    const groupOf = (id: string): number => groups.findIndex((group) => group.includes(id));
    for (const a of this.ids) {
      for (const b of this.ids) {
        if (a !== b && (groupOf(a) < 0 || groupOf(a) !== groupOf(b))) this.#cuts.add(`${a}>${b}`);
      }
    }
  }

  /** Cuts one link both ways, besides what is cut already. */
  unlink(a: string, b: string): void {
    this.#cuts.add(`${a}>${b}`).add(`${b}>${a}`);
  }

  heal(): void {
    this.#cuts.clear();
  }

  /**
   * Sends a request as a client, by default one of its own; `done` hears the reply, if one comes. Client links
   * lose nothing; with `network.clientDuplicate` a request may arrive twice.
   */
  request(node: string, body: Body, done: (reply: Body) => void, client?: string): void {
    const msgId = ++this.#requests;
    const src = client ?? `c${msgId}`;
    this.#waiting.set(msgId, done);
    const message = { src, dest: node, body: { ...body, msg_id: msgId } as Body };
    this.#deliverAt(this.nowMs + CLIENT_DELAY_MS, message);
    const { clientDuplicate = 0 } = this.network;
    if (clientDuplicate > 0 && this.rng.chance(clientDuplicate)) {
      this.#deliverAt(this.nowMs + CLIENT_DELAY_MS + this.rng.exponential(5), message);
    }
  }

  at(ms: number, run: () => void): void {
    this.#push({ at: ms, order: this.#order++, run });
  }

  /** Processes events until `untilMs`. */
  run(untilMs: number): void {
    for (;;) {
      const next = this.#queue[0];
      if (next === undefined || next.at > untilMs) break;
      this.#pop();
      this.nowMs = Math.max(this.nowMs, next.at);
      next.run();
      this.afterStep();
    }
    this.nowMs = untilMs;
  }

  #send(message: Envelope): void {
    const copy = JSON.parse(JSON.stringify(message)) as Envelope;
    if (!this.nodes.has(message.dest)) {
      const asked = Number(copy.body['in_reply_to']);
      const done = this.#waiting.get(asked);
      this.#waiting.delete(asked);
      this.at(this.nowMs + CLIENT_DELAY_MS, () => done?.(copy.body));
      return;
    }
    if (this.rng.chance(this.network.loss)) return;
    const copies = this.rng.chance(this.network.duplicate) ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      this.#deliverAt(this.nowMs + 0.1 + this.rng.exponential(this.network.delayMs), copy);
    }
  }

  #deliverAt(ms: number, message: Envelope): void {
    this.at(ms, () => {
      if (this.#cuts.has(`${message.src}>${message.dest}`)) return;
      const node = this.nodes.get(message.dest)!;
      this.#whenAwake(node, () => node.host?.deliver(structuredClone(message)));
    });
  }

  #push(event: Event): void {
    const q = this.#queue;
    let i = q.push(event) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(q[i]!, q[parent]!)) break;
      [q[i], q[parent]] = [q[parent]!, q[i]!];
      i = parent;
    }
  }

  #pop(): void {
    const q = this.#queue;
    const last = q.pop()!;
    if (q.length === 0) return;
    q[0] = last;
    for (let i = 0; ; ) {
      const left = 2 * i + 1;
      let least = i;
      if (left < q.length && before(q[left]!, q[least]!)) least = left;
      if (left + 1 < q.length && before(q[left + 1]!, q[least]!)) least = left + 1;
      if (least === i) return;
      [q[i], q[least]] = [q[least]!, q[i]!];
      i = least;
    }
  }
}

function before(a: Event, b: Event): boolean {
  return a.at === b.at ? a.order < b.order : a.at < b.at;
}
