/**
 * One replica's part in ordering requests: pre-prepare, prepare, commit; and the log of what was ordered.
 */
import type { Json } from '../../../harness/op.ts';
import type { Body, DurableLog, NodeHandle, ProgramConfig } from '../api.ts';
import { textOf } from '../canonical.ts';
import { byRank } from '../rank.ts';
import { Liar } from './liar.ts';
import { type Order, Promises, WINDOW } from './promises.ts';
import { type Statement, Vouched } from './vouched.ts';

/** Slots between two checkpoints. */
const CHECKPOINT = 10;
/** The text of no order at all. */
const NOTHING = textOf(null);

/** What the replica does with what is ordered. */
export interface ReplicaEvents {
  /** Called once per slot, in order. */
  executed(slot: number, order: Order): void;
}

/** Ordering at one replica. */
export class Replica {
  readonly node: NodeHandle;
  readonly bugs: ReadonlySet<string>;
  readonly nodes: readonly string[];
  readonly faults: number;
  readonly quorum: number;
  readonly vouched: Vouched;
  readonly promises: Promises;
  readonly liar: Liar;
  view: number;
  /** False between two views. */
  active = true;
  readonly #events: ReplicaEvents;
  readonly #log: DurableLog;
  /** Who said what: `prepare 0 7 digest` and the like. */
  readonly #votes = new Map<string, Set<string>>();
  /** Orders that were accepted in this view, by slot and digest. */
  readonly #accepted = new Map<number, Map<string, Order>>();
  /** Pre-prepares whose request is not vouched for yet. */
  readonly #waiting = new Map<number, Order>();
  readonly #committed = new Map<number, Order>();
  /** Names of requests that this primary has given a slot in this view. */
  readonly #assigned = new Set<string>();
  readonly #done = new Set<string>();
  #next = 1;

  constructor(node: NodeHandle, config: ProgramConfig, events: ReplicaEvents) {
    this.node = node;
    this.bugs = config.bugs;
    this.nodes = [node.id, ...node.peers].sort(byRank);
    this.faults = Number(config.settings['faults']);
    this.quorum = this.bugs.has('weak-quorum') ? this.faults + 1 : this.nodes.length - this.faults;
    this.vouched = new Vouched(node, this.faults);
    this.promises = new Promises(node.storage);
    this.liar = new Liar(node, config, this.nodes);
    const others = (): ReturnType<typeof asOrder>[] => this.pending().map(asOrder);
    this.liar.others = others;
    this.#events = events;
    this.#log = node.storage.log('executed');
    this.view = Number(node.storage.read('view') ?? 0);
    for (let i = 0; i < this.#log.length; i++) this.#apply(i + 1, this.#log.get(i));
    this.#next = Math.max(this.executed, this.promises.last) + 1;
  }

  /** The last slot that was executed. */
  get executed(): number {
    return this.#log.length;
  }

  /** Slots are decided that cannot be executed yet. */
  get behind(): boolean {
    return this.#committed.size > 0;
  }

  primaryOf(view: number): string {
    return this.nodes[view % this.nodes.length]!;
  }

  isDone(order: Order): boolean {
    return this.#done.has(textOf(order));
  }

  /** Requests that are vouched for and wait for a slot. */
  pending(): Statement[] {
    return this.vouched.allBelieved('request').filter((each) => !this.isDone(asOrder(each)));
  }

  /** The primary gives slots to what waits for one. */
  propose(now = false): void {
    if (!this.active || this.primaryOf(this.view) !== this.node.id) return;
    const waiting = this.vouched
      .allSpread('request')
      .map(asOrder)
      .filter((order) => !this.#assigned.has(textOf(order)));
    if (!now && !this.liar.ready(waiting)) return;
    for (const order of waiting) {
      const name = textOf(order);
      if (this.#next > this.executed + WINDOW / 2) return;
      this.#assigned.add(name);
      const slot = this.#next++;
      this.#send({ type: 'preprepare', view: this.view, slot, order });
      this.accept(slot, order);
    }
  }

  /** Ordering messages of other replicas. */
  onMessage(from: string, body: Body): void {
    const [view, slot] = [Number(body['view']), Number(body['slot'])];
    const order = body['order'] ?? null;
    if (slot <= this.executed - WINDOW || slot > this.executed + WINDOW) return;
    if (body.type === 'preprepare') {
      if (view !== this.view || !this.active || from !== this.primaryOf(view) || order === null) return;
      const text = textOf(order);
      this.#vote('prepare', view, slot, text, from);
      this.#consider(slot, order, text);
    } else this.#vote(body.type, view, slot, textOf(order), from);
    this.progress(slot);
  }

  /** Looks again at pre-prepares that waited for somebody to vouch. */
  reconsider(): void {
    for (const [slot, order] of [...this.#waiting]) this.#consider(slot, order, textOf(order));
  }

  #consider(slot: number, order: Order, text: string): void {
    const first = this.#waiting.get(slot);
    // The first pre-prepare of a slot counts, also while nobody has vouched for its request.
    if (first !== undefined && textOf(first) !== text && !this.bugs.has('accept-two-preprepares')) return;
    if (!this.bugs.has('trust-primary') && !this.vouched.believes(asStatement(order))) {
      this.#waiting.set(slot, order);
      return;
    }
    this.#waiting.delete(slot);
    this.accept(slot, order);
    this.progress(slot);
  }

  /** Accepts what the primary, or the beginning of a view, puts in a slot: one thing per slot and view. */
  accept(slot: number, order: Order): void {
    const before = this.promises.acceptedIn(slot, this.view);
    const text = textOf(order);
    const again = before !== undefined && textOf(before[2]) === text;
    if (before !== undefined && !again && !this.bugs.has('accept-two-preprepares')) return;
    let all = this.#accepted.get(slot);
    if (all === undefined) this.#accepted.set(slot, (all = new Map()));
    if (all.has(text)) return;
    all.set(text, order);
    this.promises.accept([slot, this.view, order]);
    this.#vote('prepare', this.view, slot, text, this.node.id);
    this.#send({ type: 'prepare', view: this.view, slot, order });
    this.progress(slot);
  }

  /** Sends the commit when a slot is prepared, takes it as decided when a quorum committed it. */
  progress(slot: number): void {
    if (!this.active) return;
    for (const [text, order] of [...(this.#accepted.get(slot) ?? [])]) {
      const skip = this.bugs.has('skip-prepare');
      if (!skip && this.#count('prepare', this.view, slot, text) < this.quorum) continue;
      if (this.#vote('commit', this.view, slot, text, this.node.id)) {
        if (!skip) this.promises.prepare([slot, this.view, order]);
        this.#send({ type: 'commit', view: this.view, slot, order });
      }
      if (this.#count('commit', this.view, slot, text) >= this.quorum) this.decided(slot, order);
    }
  }

  /** The order of a slot is known for good. */
  decided(slot: number, order: Order): void {
    if (slot <= this.executed || this.#committed.has(slot)) return;
    this.#committed.set(slot, order);
    for (let next = this.executed + 1; this.#committed.has(next); next++) {
      const what = this.#committed.get(next)!;
      this.#committed.delete(next);
      this.#log.append([what]);
      this.#apply(next, what);
      if (next % CHECKPOINT === 0) this.#checkpoint(next);
    }
  }

  #apply(slot: number, order: Order): void {
    const text = textOf(order);
    if (order !== null && this.#done.has(text)) return;
    if (order !== null) {
      this.#done.add(text);
      this.vouched.drop(asStatement(order));
    }
    this.#events.executed(slot, order);
  }

  /** What a quorum has executed needs no more promises; those of one more stretch are kept for slower replicas. */
  #checkpoint(slot: number): void {
    this.#vote('checkpoint', 0, slot, NOTHING, this.node.id);
    for (const peer of this.node.peers)
      this.node.send(peer, { type: 'checkpoint', view: 0, slot, order: null });
    this.onCheckpoint(slot);
  }

  /** Settles what a quorum has told to have executed. */
  onCheckpoint(slot: number): void {
    if (slot > this.executed || this.#count('checkpoint', 0, slot, NOTHING) < this.quorum) return;
    const low = slot - 2 * CHECKPOINT;
    this.promises.settle(Math.max(0, low));
    for (const key of [...this.#votes.keys()]) if (Number(key.split(' ')[2]) <= low) this.#votes.delete(key);
    for (const old of [...this.#accepted.keys()]) if (old <= low) this.#accepted.delete(old);
  }

  /** A stretch of what was executed, for a replica that lacks it. */
  stretch(from: number): Order[] {
    const orders: Order[] = [];
    for (let slot = from; slot <= Math.min(this.executed, from + 49); slot++)
      orders.push(this.#log.get(slot - 1));
    return orders;
  }

  /** Another replica says that it executed this. */
  told(from: string, slot: number, order: Order): void {
    const text = textOf(order);
    this.#vote('executed', 0, slot, text, from);
    const enough = this.bugs.has('trust-one') ? 1 : this.faults + 1;
    if (this.#count('executed', 0, slot, text) >= enough) this.decided(slot, order);
  }

  /** Leaves the view: nothing is accepted or committed until the next begins. */
  leave(view: number): void {
    this.view = view;
    this.active = false;
    this.node.storage.write('view', view);
    this.#accepted.clear();
    this.#waiting.clear();
    this.#assigned.clear();
  }

  /** Begins a view with the orders that bind it. */
  begin(view: number, orders: ReadonlyMap<number, Order>): void {
    this.leave(view);
    this.active = true;
    this.#next = Math.max(this.executed, ...orders.keys()) + 1;
    for (const [slot, order] of orders) {
      if (order !== null) this.#assigned.add(textOf(order));
      this.accept(slot, order);
    }
  }

  /** Says again, about slots that are not executed, what was said in this view. */
  resend(): void {
    if (!this.active) return;
    for (const [slot, orders] of this.#accepted) {
      if (slot <= this.executed - CHECKPOINT) continue;
      for (const [text, order] of orders) {
        const { view } = this;
        if (this.primaryOf(view) === this.node.id && order !== null)
          this.#send({ type: 'preprepare', view, slot, order }, true);
        this.#send({ type: 'prepare', view, slot, order }, true);
        if (this.#votes.get(`commit ${view} ${slot} ${text}`)?.has(this.node.id) === true)
          this.#send({ type: 'commit', view, slot, order }, true);
      }
    }
  }

  #send(body: { type: string; view: number; slot: number; order: Order }, again = false): void {
    for (const peer of this.node.peers)
      for (const sent of this.liar.variants(peer, body, again)) this.node.send(peer, sent);
  }

  /** Counts a vote for the order of this text; true when it is new. */
  #vote(kind: string, view: number, slot: number, text: string, from: string): boolean {
    const key = `${kind} ${view} ${slot} ${text}`;
    let voices = this.#votes.get(key);
    if (voices === undefined) this.#votes.set(key, (voices = new Set()));
    if (voices.has(from)) return false;
    voices.add(from);
    return true;
  }

  #count(kind: string, view: number, slot: number, text: string): number {
    return this.#votes.get(`${kind} ${view} ${slot} ${text}`)?.size ?? 0;
  }
}

/** A request as it stands in a slot. */
export function asOrder({ by, name, value }: Statement): Order {
  return { by, name, value };
}

function asStatement(order: Order): Statement {
  return order as unknown as { by: string; name: string; value: Json };
}
