/**
 * A client of one server: statements of their own, and transactions.
 */
import { type Cluster, type NodeId, OpFailure } from '../../harness/contracts.ts';
import { MariaConnection, type Result } from './wire.ts';

/** The user everything is done by, and the database it is done in. */
export const NAME = 'faultline';

/** One client. */
export class MariaClient {
  readonly #cluster: Cluster;
  readonly #node: NodeId;
  #connection: MariaConnection | null = null;

  constructor(cluster: Cluster, node: NodeId) {
    this.#cluster = cluster;
    this.#node = node;
  }

  /** One statement, on its own. Throws `OpFailure`. */
  async query(sql: string, signal: AbortSignal): Promise<Result> {
    return this.#connected().query(sql, signal);
  }

  /** A statement that changes nothing. Throws `OpFailure`, always a definite one. */
  async read(sql: string, signal: AbortSignal): Promise<Result['rows']> {
    try {
      return (await this.query(sql, signal)).rows;
    } catch (error) {
      if (error instanceof OpFailure) throw new OpFailure({ ...error.error, definite: true });
      throw error;
    }
  }

  /**
   * Statements in one transaction. Until it is to be committed it has no effect; of a commit without an answer nobody
   * knows.
   */
  async transaction<T>(
    work: (query: (sql: string) => Promise<Result>) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const connection = this.#connected();
    const undo = async (): Promise<void> => {
      if (connection.alive) await connection.query('ROLLBACK', signal).catch(() => connection.close());
    };
    let done: T;
    try {
      await connection.query('START TRANSACTION', signal);
      done = await work((sql) => connection.query(sql, signal));
    } catch (error) {
      await undo();
      if (error instanceof OpFailure) throw new OpFailure({ ...error.error, definite: true });
      throw error;
    }
    try {
      await connection.query('COMMIT', signal);
    } catch (error) {
      await undo();
      throw error;
    }
    return done;
  }

  close(): void {
    this.#connection?.close();
    this.#connection = null;
  }

  #connected(): MariaConnection {
    if (this.#connection?.alive === true) return this.#connection;
    const state = this.#cluster.state(this.#node);
    // A link of the harness may accept for a node that is down; not asking at all is certain.
    if (state === 'stopped' || state === 'crashed') {
      const message = `${this.#node} is down`;
      throw new OpFailure({ definite: true, kind: 'connection-refused', message });
    }
    this.#connection = new MariaConnection(this.#cluster.clientAddress(this.#node, 'sql'), NAME, NAME);
    return this.#connection;
  }
}
