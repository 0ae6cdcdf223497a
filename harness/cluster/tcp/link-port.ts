/**
 * The address one endpoint is given for another: a listening socket of the harness that forwards to the real
 * one. It refuses connections exactly when the real one would: when the node is down and the way to it open.
 * Across a cut nothing answers, so connections are taken by the kernel and go nowhere until the cut heals.
 */
import { connect, type Socket } from 'node:net';
import type { Endpoint } from '../../contracts.ts';
import type { Seed } from '../../random.ts';
import { HalfPipe, type Lane } from './half-pipe.ts';
import { Listener } from './listener.ts';

const HOST = '127.0.0.1';

/** What a link port connects. */
export interface LinkPortOptions {
  from: Endpoint;
  to: Endpoint;
  /** Where the offered address listens, its port null where connections are brought by `take`; and where the real one is. */
  host: string;
  port: number | null;
  targetPort: number;
  /** The directed links there and back. */
  there: Lane;
  back: Lane;
  seed: Seed;
}

interface Connection {
  near: Socket;
  far: Socket | null;
  there: HalfPipe;
  back: HalfPipe | null;
  seed: Seed;
  /** Counted as held once. */
  held: boolean;
}

/** One forwarded address and its connections. */
export class LinkPort {
  readonly options: LinkPortOptions;
  readonly #connections = new Set<Connection>();
  readonly #listener: Listener | null;
  #targetUp = false;
  #closed = false;
  #accepted = 0;

  constructor(options: LinkPortOptions) {
    this.options = options;
    const { from, to, host, port } = options;
    const take = (socket: Socket): void => this.take(socket);
    this.#listener = port === null ? null : new Listener({ host, port, name: `${from} -> ${to}`, take });
  }

  /** Set when the address could not be listened on again. */
  get problem(): string | null {
    return this.#listener?.problem ?? null;
  }

  /** A connection gets somewhere, or into a cut; otherwise it is refused. */
  get answers(): boolean {
    return !this.#closed && (this.#targetUp || this.#blocked());
  }

  /** Says whether the target's process exists. */
  setTarget(up: boolean): void {
    this.#targetUp = up;
    this.update();
  }

  /** Looks at the rules again: releases what may pass, listens or refuses. */
  update(): void {
    this.#listener?.want(this.answers);
    for (const connection of this.#connections) {
      connection.there.pump();
      connection.back?.pump();
      if (connection.far === null) this.#forward(connection);
    }
  }

  /** Resolves when listening or refusing has taken effect. */
  async settled(): Promise<void> {
    await this.#listener?.settled();
  }

  /** Resets every connection; returns how many there were. */
  reset(): number {
    const count = this.#connections.size;
    for (const connection of [...this.#connections]) {
      connection.near.resetAndDestroy();
      connection.far?.resetAndDestroy();
      this.#drop(connection);
    }
    return count;
  }

  /** Ends listening and every connection. */
  async close(): Promise<void> {
    this.#closed = true;
    this.update();
    for (const connection of [...this.#connections]) {
      connection.near.destroy();
      connection.far?.destroy();
      this.#drop(connection);
    }
    await this.settled();
  }

  /** A connection needs both directions: neither SYN nor its answer passes a cut. */
  #blocked(): boolean {
    return this.options.there.state().cut || this.options.back.state().cut;
  }

  /** Forwards a connection that was made to the address; resets it where the address answers nobody. */
  take(near: Socket): void {
    if (!this.answers) {
      near.resetAndDestroy();
      return;
    }
    const seed = this.options.seed.fork(this.#accepted++);
    const there = new HalfPipe(near, this.options.there, seed.fork('there'));
    const connection: Connection = { near, far: null, there, back: null, seed, held: false };
    this.#connections.add(connection);
    near.once('close', () => this.#sideClosed(connection));
    // Who gave up waiting for an answer never connected: nothing it wrote may arrive later.
    near.once('end', () => this.#givenUp(connection));
    this.#forward(connection);
  }

  #forward(connection: Connection): void {
    if (this.#blocked()) {
      if (!connection.held) {
        connection.held = true;
        this.options.there.counters.held++;
      }
      connection.there.pump();
      return;
    }
    const { near } = connection;
    const far = connect({ host: HOST, port: this.options.targetPort, allowHalfOpen: true, noDelay: true });
    connection.far = far;
    far.once('connect', () => {
      connection.back = new HalfPipe(far, this.options.back, connection.seed.fork('back'));
      connection.there.open(far);
      connection.back.open(near);
    });
    far.once('error', () => {
      // Refused, or reset before the pipe back existed: the near side must hear of it.
      if (connection.back === null) near.resetAndDestroy();
    });
    far.once('close', () => this.#sideClosed(connection));
  }

  #givenUp(connection: Connection): void {
    if (connection.far !== null) return;
    connection.near.destroy();
    this.#drop(connection);
  }

  #sideClosed(connection: Connection): void {
    const { near, far } = connection;
    // An end still on its way to the other side keeps the connection.
    if (far === null || (near.destroyed && far.destroyed)) this.#drop(connection);
  }

  #drop(connection: Connection): void {
    connection.there.close();
    connection.back?.close();
    this.#connections.delete(connection);
  }
}
