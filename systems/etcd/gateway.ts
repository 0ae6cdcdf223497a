/**
 * etcd's JSON gateway: one connection to one member, and what its errors mean. An error is definite only when etcd says
 * that it refused the request before proposing it, or that the request as a whole was not applied.
 */
import { type Cluster, type NodeId, OpFailure } from '../../harness/contracts.ts';
import { parseExact } from '../../harness/history/exact-json.ts';
import type { Json } from '../../harness/op.ts';
import { HttpConnection, type HttpOutcome } from '../command/http.ts';

/** A JSON object of the gateway; 64-bit numbers are texts in it. */
export type Message = Readonly<Record<string, Json>>;

/** How a request is made. */
export interface GatewayCall {
  signal: AbortSignal;
  /** It changes nothing: without an answer it counts as not made. */
  harmless?: boolean;
}

/**
 * gRPC codes with which etcd refuses a request that then has no effect: invalid argument, not found, too many requests
 * or no space, failed precondition, out of range (compacted), unimplemented, unauthenticated, permission denied.
 */
const REFUSED = new Set([3, 5, 7, 8, 9, 11, 12, 16]);

/** Names of the errors that runs under faults are full of. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/leader changed/, 'leader-changed'],
  [/no leader/, 'no-leader'],
  [/request timed out|context deadline exceeded/, 'timed-out'],
  [/server stopped/, 'server-stopped'],
  [/too many requests/, 'too-many-requests'],
  [/lease not found/, 'lease-not-found'],
  [/compacted/, 'compacted'],
];

/** One client's way to one member. */
export class EtcdGateway {
  readonly #cluster: Cluster;
  readonly #node: NodeId;
  #connection: HttpConnection | null = null;

  constructor(cluster: Cluster, node: NodeId) {
    this.#cluster = cluster;
    this.#node = node;
  }

  /** Asks and resolves with the answer; rejects with `OpFailure`. */
  async call(path: string, body: Message, { signal, harmless = false }: GatewayCall): Promise<Message> {
    this.#refuseWhenDown();
    const outcome = await this.#open().request(post(path, body), signal);
    return answerOf(path, outcome, harmless);
  }

  /** Reads one of the pages beside the gateway. */
  async read(path: string, signal: AbortSignal): Promise<Message> {
    this.#refuseWhenDown();
    const outcome = await this.#open().request({ method: 'GET', path, headers: {}, body: null }, signal);
    return answerOf(path, outcome, true);
  }

  /**
   * Asks and hears every message of the answer until `heard` returns false. It must change nothing: whatever goes
   * wrong is a definite failure.
   */
  async stream(
    path: string,
    body: Message,
    signal: AbortSignal,
    heard: (message: Message) => boolean,
  ): Promise<void> {
    this.#refuseWhenDown();
    let rest = '';
    const outcome = await this.#open().stream(post(path, body), signal, (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      return lines.every((line) => line === '' || heard(messageOf(path, line, true)));
    });
    if (outcome !== null) answerOf(path, outcome, true);
  }

  /** Ends the connection. */
  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = null;
    await connection?.close();
  }

  #open(): HttpConnection {
    const { host, port } = this.#cluster.clientAddress(this.#node, 'client');
    this.#connection ??= new HttpConnection(host, port);
    return this.#connection;
  }

  /** A link of the harness may accept for a node that is down; not asking at all is certain. */
  #refuseWhenDown(): void {
    const state = this.#cluster.state(this.#node);
    if (state !== 'stopped' && state !== 'crashed') return;
    throw new OpFailure({ definite: true, kind: 'connection-refused', message: `${this.#node} is down` });
  }
}

/** Text as the gateway takes bytes. */
export function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

/** Bytes as the gateway gives them, as text. Absent means empty. */
export function decode(value: Json | undefined): string {
  return typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : '';
}

/** A 64-bit number of the gateway. Absent means 0. */
export function int64(value: Json | undefined): number {
  return value === undefined ? 0 : Number(value);
}

function post(path: string, body: Message) {
  return {
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}

function answerOf(path: string, outcome: HttpOutcome, harmless: boolean): Message {
  if (outcome.kind === 'none') {
    const definite = harmless || !outcome.sent;
    throw new OpFailure({ definite, kind: outcome.because, message: outcome.message });
  }
  const { status, answer } = outcome;
  const message = messageOf(path, answer.text, harmless);
  if (status >= 200 && status < 300) return message;
  const text = String(message['error'] ?? message['message'] ?? answer.text).slice(0, 200);
  const code = Number(message['code'] ?? -1);
  const kind = KINDS.find(([pattern]) => pattern.test(text))?.[1] ?? `grpc-${code}`;
  throw new OpFailure({ definite: harmless || REFUSED.has(code), kind, message: text });
}

function messageOf(path: string, text: string, harmless: boolean): Message {
  try {
    const parsed = parseExact(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch {
    // Said below.
  }
  const message = `${path} answered ${JSON.stringify(text.slice(0, 200))}`;
  throw new OpFailure({ definite: harmless, kind: 'malformed-reply', message });
}
