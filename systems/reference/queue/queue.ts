/**
 * A message broker: n1 keeps the queue in a durable log, every other node passes requests on to it. Each request
 * has a name, so one that the network delivers twice is done once and answered twice with the same answer.
 */
import type { Json } from '../../../harness/op.ts';
import type { Body, NodeHandle, Program, ProgramConfig, ProgramKind, Request } from '../api.ts';
import { textOf } from '../canonical.ts';
import { byRank } from '../rank.ts';
import { Relay } from '../relay.ts';

/** The queue program. */
export const queue: ProgramKind = {
  name: 'queue',
  settings: {},
  bugs: ['ack-before-write', 'redeliver', 'no-dedupe', 'late-removal', 'full-and-silent'],
  probes: ['answered-a-copy', 'found-it-empty', 'came-back-with-messages'],
  create: (config) => new Queue(config),
};

/**
 * A change: a message in, one out, the effect of a request that is no message, or an answer alone: that there was
 * no message. `request` is the name of the request that made it.
 */
type Change = [what: 'in' | 'out' | 'done' | 'none', id: number, value: Json, request: string];

/** Requests whose answers are remembered. */
const REMEMBERED = 20_000;
/** How late the bugs are, ms. */
const WRITE_LATER_MS = 300;
const REMOVE_LATER_MS = 10;
/** Messages that fit with the bug `full-and-silent`. */
const SMALL = 8;

const OPERATIONS: ReadonlySet<string> = new Set(['enqueue', 'dequeue', 'submit', 'read']);
const EMPTY: Body = { type: 'error', code: 20, text: 'the queue is empty' };
const ANSWERS: Record<Exclude<Change[0], 'out'>, Body> = {
  in: { type: 'enqueue_ok' },
  done: { type: 'submit_ok' },
  none: EMPTY,
};

class Queue implements Program {
  readonly #config: ProgramConfig;
  #node!: NodeHandle;
  #relay!: Relay;
  #broker = '';
  /** Waiting messages by id, in order. */
  readonly #messages = new Map<number, Json>();
  readonly #answers = new Map<string, Body>();
  /** Effects of requests, in order. */
  readonly #effects: Json[] = [];
  #lastId = 0;
  #unwritten: Change[] = [];
  readonly #leaving: number[] = [];

  constructor(config: ProgramConfig) {
    this.#config = config;
  }

  init(node: NodeHandle): void {
    this.#node = node;
    this.#relay = new Relay(node, 'all');
    this.#broker = [node.id, ...node.peers].sort(byRank)[0]!;
    const log = node.storage.log('changes');
    for (let i = 0; i < log.length; i++) this.#apply(log.get(i) as unknown as Change);
    node.sometimes('came-back-with-messages', this.#messages.size > 0);
  }

  onMessage(from: string, body: Body): void {
    if (!this.#node.peers.includes(from)) this.#onClient({ from, body });
    else if (body.type === 'relay') this.#relay.received(from, body, (request) => this.#perform(request));
    else if (body.type === 'relayed') this.#relay.relayed(body);
  }

  onTimer(name: string): void {
    if (name === 'write') {
      this.#node.storage.log('changes').append(this.#unwritten as unknown as Json[]);
      this.#unwritten = [];
    } else {
      for (const id of this.#leaving) this.#messages.delete(id);
      this.#leaving.length = 0;
    }
  }

  #has(bug: string): boolean {
    return this.#config.bugs.has(bug);
  }

  #onClient(request: Request): void {
    const { body } = request;
    if (body.type === 'echo') this.#node.reply(request, { type: 'echo_ok', echo: body['echo'] ?? null });
    else if (!OPERATIONS.has(body.type)) {
      this.#node.fail(request, 10, `queue does not know the operation ${body.type}`);
    } else if (this.#broker === this.#node.id) this.#perform(request);
    else this.#relay.pass(request, this.#broker);
  }

  /** The broker's part. */
  #perform(request: Request): void {
    const name = textOf(request.body['request']);
    const before = this.#has('no-dedupe') ? undefined : this.#answers.get(name);
    this.#node.sometimes('answered-a-copy', before !== undefined);
    if (before !== undefined) {
      this.#relay.answer(request, before);
      return;
    }
    if (request.body.type === 'read')
      this.#relay.answer(request, { type: 'read_ok', value: [...this.#effects] });
    else if (request.body.type === 'submit') {
      this.#change(['done', 0, request.body['value'] ?? null, name]);
      this.#relay.answer(request, { type: 'submit_ok' });
    } else if (request.body.type === 'enqueue') this.#enqueue(request, name);
    else this.#dequeue(request, name);
  }

  #enqueue(request: Request, name: string): void {
    const full = this.#has('full-and-silent') && this.#messages.size >= SMALL;
    if (!full) this.#change(['in', this.#lastId + 1, request.body['value'] ?? null, name]);
    this.#relay.answer(request, { type: 'enqueue_ok' });
  }

  #dequeue(request: Request, name: string): void {
    const first = this.#messages.entries().next();
    this.#node.sometimes('found-it-empty', first.done === true);
    if (first.done === true) {
      // An answer as any other: a copy that comes later must not take a message for somebody who was refused.
      this.#change(['none', 0, null, name]);
      this.#relay.answer(request, EMPTY);
      return;
    }
    const [id, value] = first.value;
    if (this.#has('late-removal')) {
      this.#leaving.push(id);
      this.#node.setTimer('remove', REMOVE_LATER_MS);
    } else this.#change(['out', id, value, name]);
    this.#relay.answer(request, { type: 'dequeue_ok', value });
  }

  #change(change: Change): void {
    this.#apply(change);
    if (change[0] === 'out' && this.#has('redeliver')) return;
    if (this.#has('ack-before-write')) {
      this.#unwritten.push(change);
      if (this.#unwritten.length === 1) this.#node.setTimer('write', WRITE_LATER_MS);
    } else this.#node.storage.log('changes').append([change as unknown as Json]);
  }

  #apply([what, id, value, request]: Change): void {
    this.#lastId = Math.max(this.#lastId, id);
    if (what === 'in') this.#messages.set(id, value);
    else if (what === 'done') this.#effects.push(value);
    else if (what === 'out') this.#messages.delete(id);
    this.#answers.set(request, what === 'out' ? { type: 'dequeue_ok', value } : ANSWERS[what]);
    if (this.#answers.size > REMEMBERED) this.#answers.delete(this.#answers.keys().next().value!);
  }
}
