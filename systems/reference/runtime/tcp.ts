/**
 * The TCP transport: the same envelopes, one per line. A node keeps one connection per peer for what it sends
 * and answers clients on the connection they asked from. What cannot be sent now is lost: nothing queues for a
 * peer that is away, and what a slow connection holds is bounded.
 */
import { connect, createServer, type Socket } from 'node:net';
import type { Envelope, Program } from '../api.ts';
import { note, type processEffects, schedule } from './effects.ts';
import { Host } from './host.ts';
import { EnvelopeReader } from './lines.ts';

/** Bytes a connection may hold before messages are dropped. */
const MAX_BUFFERED = 1024 * 1024;
/** First and longest wait before a lost connection is tried again, ms. */
const RETRY_MS = { first: 20, longest: 400 };

/** Where a node listens and where its peers are, `host:port` split. */
export interface TcpOptions {
  id: string;
  listen: { host: string; port: number };
  peers: readonly { id: string; host: string; port: number }[];
}

/** Serves the program until the process is ended. */
export function serveTcp(
  program: Program,
  options: TcpOptions,
  effects: ReturnType<typeof processEffects>,
): void {
  const peers = new Map(options.peers.map((peer) => [peer.id, new PeerLink(peer)]));
  const clients = new Map<string, Socket>();
  const emit = (messages: readonly Envelope[]): void => {
    const byTarget = new Map<string, string>();
    for (const message of messages) {
      byTarget.set(message.dest, `${byTarget.get(message.dest) ?? ''}${JSON.stringify(message)}\n`);
    }
    for (const [dest, text] of byTarget) {
      const peer = peers.get(dest);
      if (peer !== undefined) peer.send(text);
      else write(clients.get(dest), text);
    }
  };
  const host = new Host(program, options.id, [...peers.keys()], { ...effects, emit });
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    const reader = new EnvelopeReader(note);
    const names = new Set<string>();
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      host.batch(() => {
        for (const message of reader.push(chunk)) {
          if (!peers.has(message.src)) {
            clients.set(message.src, socket);
            names.add(message.src);
          }
          if (message.body.type === 'init') emit([initOk(message)]);
          else host.deliver(message);
        }
      });
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      for (const name of names) if (clients.get(name) === socket) clients.delete(name);
    });
  });
  server.on('error', (error) => {
    note(`cannot listen on ${options.listen.host}:${options.listen.port}: ${error.message}`);
    process.exit(1);
  });
  server.listen(options.listen.port, options.listen.host, () => {
    note(`${options.id} listens on ${options.listen.host}:${options.listen.port}`);
  });
}

/** A node on TCP knows its name and peers from its command line; an `init` is only acknowledged. */
function initOk(message: Envelope): Envelope {
  return {
    src: message.dest,
    dest: message.src,
    body: { type: 'init_ok', in_reply_to: message.body['msg_id'] ?? null },
  };
}

/** Writes unless the connection is gone or already holds too much. */
function write(socket: Socket | undefined, text: string): void {
  if (socket?.writable && socket.writableLength < MAX_BUFFERED) socket.write(text);
}

/** The outgoing connection to one peer: opened at once, opened again with growing waits. */
class PeerLink {
  readonly #peer: { id: string; host: string; port: number };
  #socket: Socket | undefined;
  #waitMs = RETRY_MS.first;

  constructor(peer: { id: string; host: string; port: number }) {
    this.#peer = peer;
    this.#open();
  }

  /** Sends now or loses it. */
  send(text: string): void {
    write(this.#socket, text);
  }

  #open(): void {
    const socket = connect(this.#peer.port, this.#peer.host);
    socket.setNoDelay(true);
    socket.on('connect', () => {
      this.#socket = socket;
      this.#waitMs = RETRY_MS.first;
    });
    socket.on('error', () => socket.destroy());
    socket.on('data', () => {});
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined;
      schedule(this.#waitMs, () => this.#open());
      this.#waitMs = Math.min(this.#waitMs * 2, RETRY_MS.longest);
    });
  }
}
