/**
 * Passes requests of clients on to the node that serves them, and its replies back. A request is passed on once,
 * so two nodes that take each other for the server cannot keep it going round. It is served once as well: of two
 * copies one might be refused for certain and the other carried out.
 */
import { withField, withoutField } from '../../harness/body.ts';
import type { Body, NodeHandle, Request } from './api.ts';

/** Requests remembered, while they wait for a reply and as served; the oldest are forgotten, their clients time out. */
const REMEMBERED = 10_000;

/** The relay of one node. */
export class Relay {
  readonly #node: NodeHandle;
  readonly #waiting = new Map<string, Request>();
  readonly #served = new Set<string>();
  readonly #copies: 'once' | 'all';
  readonly #life: string;
  #count = 0;

  /** `copies`: whether a message that comes twice is served once, or by a server that tells copies apart itself. */
  constructor(node: NodeHandle, copies: 'once' | 'all' = 'once') {
    this.#node = node;
    this.#copies = copies;
    this.#life = Math.floor(node.random() * 2 ** 40).toString(36);
  }

  /** Passes a client's request on. */
  pass(request: Request, to: string): void {
    const id = `${this.#life}.${++this.#count}`;
    this.#waiting.set(id, request);
    if (this.#waiting.size > REMEMBERED) this.#waiting.delete(this.#waiting.keys().next().value!);
    const inner = withoutField(request.body, 'msg_id');
    this.#node.send(to, { type: 'relay', id, client: request.from, request: inner });
  }

  /** Serves the request in a `relay` message, unless it came before: answer it with `answer`. */
  received(from: string, body: Body, serve: (request: Request) => void): void {
    const id = String(body['id']);
    if (this.#copies === 'once' && this.#served.has(id)) return;
    this.#served.add(id);
    if (this.#served.size > REMEMBERED) this.#served.delete(this.#served.values().next().value!);
    const inner = body['request'] as unknown as Body;
    const own = withField(inner, 'relay', id);
    own['client'] = body['client'] ?? null;
    serve({ from, body: own });
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
