/**
 * The one address that all nodes use for another. Systems whose members tell each other their addresses leave no way
 * to give every node its own address for the same peer; so who called is found out, and the connection goes over the
 * link of that pair.
 */
import type { Socket } from 'node:net';
import type { Endpoint, NodeId } from '../../contracts.ts';
import type { LinkPort } from './link-port.ts';
import { Listener } from './listener.ts';

/** Loopback, and not where nodes listen: the same port number can be had on both. */
export const ADVERTISED_HOST = '127.0.0.2';

/** What an advertised address leads to. */
export interface AdvertisedPortOptions {
  port: number;
  to: NodeId;
  /** The way there of every node, the node itself included. */
  links: ReadonlyMap<Endpoint, LinkPort>;
  /** Who holds the other end of a connection that came from this port; null: nobody of this cluster. */
  caller(port: number): NodeId | null;
}

/** One advertised address. */
export class AdvertisedPort {
  readonly #options: AdvertisedPortOptions;
  readonly #listener: Listener;
  #strangers = 0;

  constructor(options: AdvertisedPortOptions) {
    this.#options = options;
    const { port, to } = options;
    const take = (socket: Socket): void => this.#take(socket);
    this.#listener = new Listener({ host: ADVERTISED_HOST, port, name: `-> ${to}`, take });
  }

  get problem(): string | null {
    return this.#listener.problem;
  }

  /** Connections of which nobody knew whose they are: they were reset. */
  get strangers(): number {
    return this.#strangers;
  }

  /** Listens while any of the ways leads somewhere; the others reset who comes. */
  update(): void {
    this.#listener.want([...this.#options.links.values()].some((link) => link.answers));
  }

  /** Resolves when listening or refusing has taken effect. */
  settled(): Promise<void> {
    return this.#listener.settled();
  }

  #take(socket: Socket): void {
    const { caller, links } = this.#options;
    // Its trouble until it is somebody's.
    socket.on('error', () => undefined);
    const from = caller(socket.remotePort ?? 0);
    const link = from === null ? undefined : links.get(from);
    if (link === undefined) {
      this.#strangers++;
      socket.resetAndDestroy();
    } else link.take(socket);
  }
}
