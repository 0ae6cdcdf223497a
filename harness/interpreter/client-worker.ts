/**
 * The worker of a client thread: opens a client for each process, closes it when the process is retired, and
 * backs off where nothing can be reached, so that a dead node does not fill the history with refusals.
 */
import { type Client, OpFailure } from '../contracts.ts';
import type { Op } from '../op.ts';
import { within } from '../time.ts';
import type { Call, Completion, Worker } from './worker.ts';

/** How a client thread gets its clients. */
export interface ClientWorkerOptions {
  /** Opens a client for a process; rejecting means that nothing was sent. */
  open(process: number): Promise<Client>;
  /** How long opening may take. Default 2000 ms. */
  openTimeoutMs?: number;
  /** What went wrong beside the operations: a client that could not be closed. */
  onTrouble?: (what: string) => void;
}

/** First and longest rest after an attempt that reached nobody; doubles in between. */
const FIRST_REST_MS = 50;
const LONGEST_REST_MS = 2_000;
/** Definite errors that mean nobody was there to ask. */
const UNREACHABLE = new Set(['connection-refused', 'no-client', 'node-down', 'unreachable']);

/** Definite errors of a node that is there and will not serve now, a follower say; and the rest after one. */
const REFUSED = new Set(['temporarily-unavailable', 'not-leader', 'circuit-open']);
const REFUSED_REST_MS = 20;

/** Performs the operations of one client thread. */
export class ClientWorker implements Worker {
  readonly #options: ClientWorkerOptions;
  #client: Client | undefined;
  /** Number of the process generation; a client that opens for an earlier one is closed at once. */
  #generation = 0;
  #restMs = 0;

  constructor(options: ClientWorkerOptions) {
    this.#options = options;
  }

  /** Completes `ok` with the client's value; `fail` of kind `no-client` when no client could be opened. */
  async invoke(op: Op, call: Call): Promise<Completion> {
    const generation = this.#generation;
    const client = this.#client ?? (await this.#open(op.process as number, generation));
    if (client instanceof Error)
      return this.#unreached(op, { definite: true, kind: 'no-client', message: client.message });
    try {
      const value = await client.invoke(op, call);
      this.#restMs = 0;
      return { type: 'ok', value };
    } catch (error) {
      if (error instanceof OpFailure && error.error.definite && UNREACHABLE.has(error.error.kind)) {
        return this.#unreached(op, error.error);
      }
      if (error instanceof OpFailure && error.error.definite && REFUSED.has(error.error.kind)) {
        this.#restMs = 0;
        // Asking a follower again at once would fill the history with refusals and starve the leader.
        return { type: 'fail', value: op.value, error: error.error, restMs: REFUSED_REST_MS };
      }
      this.#restMs = 0;
      throw error;
    }
  }

  /** Closes the client of the process that just ended. */
  retire(): void {
    this.#generation++;
    const client = this.#client;
    this.#client = undefined;
    if (client !== undefined) void this.#close(client);
  }

  /** Closes the client. */
  async close(): Promise<void> {
    this.#generation++;
    const client = this.#client;
    this.#client = undefined;
    if (client !== undefined) await this.#close(client);
  }

  /** A client for this generation, or the error that says why there is none. */
  async #open(process: number, generation: number): Promise<Client | Error> {
    const opening = this.#options.open(process);
    let client: Client;
    try {
      client = await within(this.#options.openTimeoutMs ?? 2_000, 'opening a client', opening);
    } catch (error) {
      // It may still open later; nobody will use it then.
      opening.then(
        (late) => this.#close(late),
        () => undefined,
      );
      return error instanceof Error ? error : new Error(String(error));
    }
    if (generation !== this.#generation) {
      await this.#close(client);
      return new Error('the operation was given up before its client had opened');
    }
    this.#client = client;
    return client;
  }

  #unreached(op: Op, error: NonNullable<Op['error']>): Completion {
    this.#restMs = Math.min(LONGEST_REST_MS, this.#restMs === 0 ? FIRST_REST_MS : this.#restMs * 2);
    return { type: 'fail', value: op.value, error, restMs: this.#restMs };
  }

  async #close(client: Client): Promise<void> {
    try {
      await client.close();
    } catch (error) {
      this.#options.onTrouble?.(
        `closing a client: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
}
