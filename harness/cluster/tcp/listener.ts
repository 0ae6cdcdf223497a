/**
 * A listening socket that comes and goes: while it is not wanted, connections are refused by the kernel, as by the
 * address of a node that is down.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { sleep } from '../../time.ts';

const LISTEN_TRIES = 100;
const BETWEEN_MS = 20;

/** Where it listens, and who gets the connections. */
export interface ListenerOptions {
  host: string;
  port: number;
  /** What is reached there, for messages. */
  name: string;
  take(socket: Socket): void;
}

/** Listens when wanted. */
export class Listener {
  readonly #options: ListenerOptions;
  #server: Server | null = null;
  #wanted = false;
  #settling: Promise<void> = Promise.resolve();
  /** Set when the address could not be listened on. */
  problem: string | null = null;

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  /** Says whether it shall listen; `settled` resolves when it does. */
  want(wanted: boolean): void {
    this.#wanted = wanted;
    this.#settling = this.#settling.then(() => this.#settle());
  }

  /** Resolves when listening or refusing has taken effect. */
  settled(): Promise<void> {
    return this.#settling;
  }

  async #settle(): Promise<void> {
    if (!this.#wanted) {
      this.#server?.close();
      this.#server = null;
      return;
    }
    const { host, port, name, take } = this.#options;
    for (let attempt = 0; this.#server === null && this.#wanted; attempt++) {
      const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => take(socket));
      const error = await listen(server, host, port);
      if (error === null) this.#server = server;
      else if (attempt < LISTEN_TRIES) await sleep(BETWEEN_MS);
      else {
        this.problem = `link ${name}: cannot listen on ${host}:${port}: ${error}`;
        return;
      }
    }
  }
}

/** Null when the server listens, else the error's code. */
function listen(server: Server, host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const onError = (error: NodeJS.ErrnoException): void => resolve(error.code ?? error.message);
    server.once('error', onError);
    server.listen({ port, host }, () => {
      server.off('error', onError);
      server.on('error', () => undefined);
      resolve(null);
    });
  });
}
