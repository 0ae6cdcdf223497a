/**
 * Requests to nodes that speak JSON lines over TCP: one connection per client and node, through the client's
 * link, with the same envelopes as on stdio. A connection is made when it is needed and forgotten when it
 * breaks; what was sent on it and not answered has an unknown effect.
 */
import { connect, type Socket } from 'node:net';
import type { NodeId, RequestOptions } from '../../contracts.ts';
import type { Json } from '../../op.ts';
import { parseLossless, stringifyLossless } from '../lossless-json.ts';
import { definite, indefinite, RequestTable } from '../request-table.ts';
import { WireNames } from '../wire-names.ts';

/** What the clients need of their cluster. */
export interface JsonLinesOptions {
  address(node: NodeId): { host: string; port: number };
  violation(node: NodeId, reason: string, line: string): void;
}

/** The JSON-lines connections of all clients of a cluster. */
export class JsonLinesClients {
  readonly #options: JsonLinesOptions;
  readonly #requests = new RequestTable();
  readonly #connections = new Map<string, Promise<Socket>>();
  readonly #sockets = new Set<Socket>();
  readonly #wireNames = new WireNames();

  constructor(options: JsonLinesOptions) {
    this.#options = options;
  }

  /** One request; see `Cluster.request`. */
  async request(
    node: NodeId,
    body: Record<string, Json>,
    call: RequestOptions,
  ): Promise<Record<string, Json>> {
    const pending = this.#requests.begin(node, call);
    let over = false;
    const reply = pending.reply.finally(() => {
      over = true;
    });
    // An early end must not count as unhandled before the caller hears of it.
    reply.catch(() => undefined);
    // Not waited for: a connection across a cut takes longer to fail than the request may take.
    void this.#connection(node, call.client).then(
      (socket) => {
        if (over) return;
        const src = this.#wireNames.of(call.client);
        const envelope = { src, dest: node, body: { ...body, msg_id: pending.msgId } };
        socket.write(`${stringifyLossless(envelope)}\n`);
      },
      (error: unknown) => {
        const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
        // Nothing was written, so nothing happened.
        const kind = code === 'ECONNREFUSED' ? 'connection-refused' : 'connection-failed';
        pending.fail(definite(kind, `cannot connect to ${node}: ${code}`));
      },
    );
    return reply;
  }

  /** Sends one body over a connection of its own to any address, for `init`. Rejects when it breaks. */
  async once(
    address: { host: string; port: number; localAddress?: string },
    node: NodeId,
    body: Record<string, Json>,
    signal: AbortSignal,
  ): Promise<Record<string, Json>> {
    const socket = connect(address);
    const giveUp = (): void => void socket.destroy();
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      return await new Promise((resolve, reject) => {
        socket.once('error', reject);
        socket.once('close', () => reject(new Error(`${node} closed the connection`)));
        eachLine(socket, (line) => {
          const reply = readReply(line);
          if (typeof reply === 'string') reject(new Error(`${node} answered ${line}: ${reply}`));
          else resolve(reply);
        });
        socket.write(`${stringifyLossless({ src: 'c0', dest: node, body })}\n`);
      });
    } finally {
      signal.removeEventListener('abort', giveUp);
      socket.destroy();
    }
  }

  /** Breaks every connection. */
  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #connection(node: NodeId, client: string): Promise<Socket> {
    const key = `${client}>${node}`;
    let connection = this.#connections.get(key);
    if (connection === undefined) {
      connection = this.#connect(node, client, () => this.#connections.delete(key));
      this.#connections.set(key, connection);
    }
    return connection;
  }

  #connect(node: NodeId, client: string, gone: () => void): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ ...this.#options.address(node), noDelay: true });
      this.#sockets.add(socket);
      let connected = false;
      socket.once('connect', () => {
        connected = true;
        resolve(socket);
      });
      socket.on('error', reject);
      socket.once('close', () => {
        gone();
        this.#sockets.delete(socket);
        if (!connected) return;
        const broken = () => indefinite('connection-reset', `the connection to ${node} broke`);
        this.#requests.failNode(node, broken, client);
      });
      eachLine(socket, (line) => this.#reply(node, client, line));
    });
  }

  #reply(node: NodeId, client: string, line: string): void {
    const body = readReply(line);
    if (typeof body === 'string') this.#options.violation(node, body, line);
    else this.#requests.settle(client, body);
  }
}

/** Calls back for every complete line. */
function eachLine(socket: Socket, line: (text: string) => void): void {
  let partial = '';
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    const lines = (partial + text).split('\n');
    partial = lines.pop()!;
    for (const each of lines) line(each);
  });
}

/** The body of a reply, or what is wrong with the line. */
function readReply(line: string): Record<string, Json> | string {
  let message: Json;
  try {
    message = parseLossless(line);
  } catch {
    return 'not JSON';
  }
  const body =
    message !== null && typeof message === 'object' && !Array.isArray(message) ? message['body'] : null;
  if (body === null || body === undefined || typeof body !== 'object' || Array.isArray(body)) {
    return 'no body object';
  }
  return body;
}
