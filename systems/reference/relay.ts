/**
 * Passes requests of clients on to the node that serves them, and its replies back. A request is passed on once,
 * so two nodes that take each other for the server cannot keep it going round.
 */
import type { Body, NodeHandle, Request } from './api.ts';

/** Requests remembered while they wait for a reply; the oldest are forgotten, their clients time out. */
const REMEMBERED = 10_000;

/** The relay of one node. */
export class Relay {
  readonly #node: NodeHandle;
  readonly #waiting = new Map<string, Request>();
  readonly #life: string;
  #count = 0;

  constructor(node: NodeHandle) {
    this.#node = node;
    this.#life = Math.floor(node.random() * 2 ** 40).toString(36);
  }

  /** Passes a client's request on. */
  pass(request: Request, to: string): void {
    const id = `${this.#life}.${++this.#count}`;
    this.#waiting.set(id, request);
    if (this.#waiting.size > REMEMBERED) this.#waiting.delete(this.#waiting.keys().next().value!);
    const { msg_id: _, ...inner } = request.body;
    this.#node.send(to, { type: 'relay', id, client: request.from, request: inner });
  }

  /** The request in a `relay` message, as its server sees it: answer it with `answer`. */
  received(from: string, body: Body): Request {
    const inner = body['request'] as unknown as Body;
    return { from, body: { ...inner, relay: body['id'] ?? null, client: body['client'] ?? null } };
  }

  /** Answers a request, of a client of this node or passed on. */
  answer(request: Request, reply: Body): void {
    const id = request.body['relay'];
    if (id === undefined) this.#node.reply(request, reply);
    else this.#node.send(request.from, { type: 'relayed', id, reply });
  }

  /** Fails a request with an error of the protocol. */
  fail(request: Request, code: number, text: string): void {
    this.answer(request, { type: 'error', code, text });
  }

  /** Takes a `relayed` message: the server's answer goes to the client. */
  relayed(body: Body): void {
    const id = String(body['id']);
    const request = this.#waiting.get(id);
    if (!this.#waiting.delete(id) || request === undefined) return;
    this.#node.reply(request, body['reply'] as unknown as Body);
  }
}
