/**
 * Practical Byzantine fault tolerance (Castro and Liskov, 1999): a primary puts requests in order, replicas prepare
 * and commit each slot by quorums of n - f, of which any two share an honest replica when n > 3f, and replace a
 * primary that does not do its work. Channels tell who speaks; instead of signatures, replicas vouch for each
 * other's statements. An instance is decided by the first proposal to it in that order.
 */
import type { Json } from '../../../harness/op.ts';
import type { Body, NodeHandle, Program, ProgramConfig, ProgramKind, Request } from '../api.ts';
import { TRAITOR_SETTINGS } from '../traitors.ts';
import type { Order } from './promises.ts';
import { Replica } from './replica.ts';
import { Views } from './views.ts';

/** The pbft program. */
export const pbft: ProgramKind = {
  name: 'pbft',
  probes: ['left-a-view', 'began-a-view'],
  settings: {
    ...TRAITOR_SETTINGS,
    faults: { summary: 'how many traitors the quorums of n - f are made for', default: 1 },
    patienceMs: { summary: 'time a request may wait before the primary is replaced', default: 600 },
    resendMs: { summary: 'time between repetitions of what was not answered', default: 150 },
  },
  bugs: [
    'skip-prepare',
    'weak-quorum',
    'accept-two-preprepares',
    'forget-prepared',
    'trust-one',
    'trust-primary',
  ],
  create: (config) => new Pbft(config),
};

class Pbft implements Program {
  readonly #config: ProgramConfig;
  #node!: NodeHandle;
  #replica!: Replica;
  #views!: Views;
  /** What was decided, by instance. */
  readonly #decisions = new Map<string, Json>();
  /** Requests of clients of this node that are not executed yet, by name. */
  readonly #open = new Map<string, { request: Request | null; value: Json }>();
  #life = '';
  #count = 0;
  #executedAtTick = 0;

  constructor(config: ProgramConfig) {
    this.#config = config;
  }

  init(node: NodeHandle): void {
    this.#node = node;
    this.#life = Math.floor(node.random() * 2 ** 40).toString(36);
    this.#replica = new Replica(node, this.#config, { executed: (_, order) => this.#executed(order) });
    this.#views = new Views(this.#replica, Number(this.#config.settings['patienceMs']));
    const onNews = (): void => {
      this.#replica.reconsider();
      this.#replica.propose();
      this.#views.advance();
      this.#views.watch();
    };
    this.#replica.vouched.onNews = onNews;
    node.setTimer('tick', this.#resendMs);
  }

  get #resendMs(): number {
    return Number(this.#config.settings['resendMs']);
  }

  onMessage(from: string, body: Body): void {
    const r = this.#replica;
    if (!this.#node.peers.includes(from)) {
      this.#onClient({ from, body });
      return;
    }
    switch (body.type) {
      case 'tell':
      case 'repeat':
        r.vouched.onMessage(from, body);
        return;
      case 'preprepare':
      case 'prepare':
      case 'commit':
        r.onMessage(from, body);
        return;
      case 'checkpoint':
        r.onMessage(from, body);
        r.onCheckpoint(Number(body['slot']));
        return;
      case 'newview':
        this.#views.onNewView(from, body);
        return;
      case 'fetch':
        this.#onFetch(from, body);
        return;
      case 'stretch':
        (body['orders'] as Json[]).forEach((order, i) => void r.told(from, Number(body['from']) + i, order));
        return;
      default:
        this.#node.note(`does not know the message ${body.type} of ${from}`);
    }
  }

  onTimer(name: string): void {
    if (name === 'patience') this.#views.onPatienceTimer();
    else if (name === 'tick') this.#tick();
  }

  /** Repeats what was not answered, and asks for what is missing. */
  #tick(): void {
    this.#node.setTimer('tick', this.#resendMs);
    const r = this.#replica;
    for (const [name, { value }] of this.#open) this.#tell(name, value);
    this.#views.tell();
    r.propose(true);
    const stuck = r.executed === this.#executedAtTick && (r.behind || !r.active || r.pending().length > 0);
    this.#executedAtTick = r.executed;
    if (!stuck) return;
    for (const peer of this.#node.peers)
      this.#node.send(peer, { type: 'fetch', from: r.executed + 1, view: r.view });
    r.resend();
  }

  #onFetch(from: string, body: Body): void {
    const first = Number(body['from']);
    const orders = this.#replica.stretch(first);
    const told = this.#replica.liar.stretch(from, orders);
    if (told.length > 0) this.#node.send(from, { type: 'stretch', from: first, orders: told });
    this.#views.remind(from, Number(body['view']));
  }

  #executed(order: Order): void {
    if (order === null) return;
    const { by, name, value } = order as { by: string; name: string; value: { [field: string]: Json } };
    const instance = String(value['instance']);
    if (!this.#decisions.has(instance)) this.#decisions.set(instance, value['value'] ?? null);
    this.#views?.onProgress();
    const open = by === this.#node.id ? this.#open.get(name) : undefined;
    if (open === undefined) return;
    this.#open.delete(name);
    if (open.request !== null) this.#node.reply(open.request, { type: 'propose_ok' });
  }

  #tell(name: string, value: Json): void {
    for (const peer of this.#node.peers) this.#replica.vouched.tell(peer, name, value);
  }

  #onClient(request: Request): void {
    const { body } = request;
    if (body.type === 'propose') {
      const name = `request ${this.#life}.${++this.#count}`;
      const value = { instance: body['instance'] ?? null, value: body['value'] ?? null };
      this.#open.set(name, { request, value });
      this.#replica.vouched.own(name, value);
      this.#tell(name, value);
    } else if (body.type === 'decide') {
      const value = this.#decisions.get(String(body['instance'])) ?? null;
      this.#node.reply(request, { type: 'decide_ok', value });
    } else if (body.type === 'echo') {
      this.#node.reply(request, { type: 'echo_ok', echo: body['echo'] ?? null });
    } else this.#node.fail(request, 10, `pbft does not know the operation ${body.type}`);
  }
}
