/**
 * A client that follows the primary: of the servers that are no standbys, the one with the highest timeline, looked for
 * again every 250 ms. Statements of their own, and transactions.
 */
import { type Cluster, type NodeId, OpFailure } from '../../harness/contracts.ts';
import { monotonicNs, signalAfter } from '../../harness/time.ts';
import { PostgresConnection, type Rows } from './wire.ts';

/** The role everything is done by. */
export const ROLE = 'faultline';

const BELIEVED_MS = 250;
const ASKED_MS = 1_000;

/** The timeline a primary writes on now, in hexadecimal; nothing of a standby. */
export const TIMELINE = `SELECT CASE WHEN NOT pg_is_in_recovery()
  THEN substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END`;

/** What a statement did. */
export interface Result {
  rows: Rows;
  count: number;
}

/** One client. */
export class PostgresClient {
  readonly #cluster: Cluster;
  readonly #node: NodeId;
  readonly #connections = new Map<NodeId, PostgresConnection>();
  #primary: NodeId;
  #askedNs = Number.NEGATIVE_INFINITY;

  constructor(cluster: Cluster, node: NodeId) {
    this.#cluster = cluster;
    this.#node = node;
    this.#primary = cluster.nodes[0]!;
  }

  /** One statement, on its own. */
  async query(sql: string, signal: AbortSignal): Promise<Result> {
    return (await this.#follow()).query(sql, signal);
  }

  /** A statement that changes nothing. */
  async read(sql: string, signal: AbortSignal): Promise<Rows> {
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
    isolation: string,
    work: (query: (sql: string) => Promise<Result>) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const connection = await this.#follow();
    let done: T;
    try {
      await connection.query(`BEGIN ISOLATION LEVEL ${isolation}`, signal);
      done = await work((sql) => connection.query(sql, signal));
    } catch (error) {
      if (connection.alive) await connection.query('ROLLBACK', signal).catch(() => connection.close());
      if (error instanceof OpFailure) throw new OpFailure({ ...error.error, definite: true });
      throw error;
    }
    try {
      await connection.query('COMMIT', signal);
    } catch (error) {
      if (connection.alive) await connection.query('ROLLBACK', signal).catch(() => connection.close());
      throw error;
    }
    return done;
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
  }

  /** Looking for the primary asks nothing of it: whatever goes wrong is certain. */
  async #follow(): Promise<PostgresConnection> {
    const alone = this.#cluster.nodes.length === 1;
    if (!alone && monotonicNs() - this.#askedNs > BELIEVED_MS * 1e6) {
      this.#primary = await this.#findPrimary();
      this.#askedNs = monotonicNs();
    }
    return this.#connection(this.#primary);
  }

  async #findPrimary(): Promise<NodeId> {
    const asked = await Promise.all(this.#cluster.nodes.map((node) => this.#timelineOf(node)));
    const highest = Math.max(...asked);
    if (highest > 0) return this.#cluster.nodes[asked.indexOf(highest)]!;
    throw new OpFailure({ definite: true, kind: 'no-leader', message: `no primary answers ${this.#node}` });
  }

  /** The timeline of a primary; 0 of a standby and of a server that does not answer. */
  async #timelineOf(node: NodeId): Promise<number> {
    try {
      const { rows } = await this.#connection(node).query(TIMELINE, signalAfter(ASKED_MS));
      return Number.parseInt(rows[0]?.[0] ?? '0', 16);
    } catch (error) {
      if (error instanceof OpFailure) return 0;
      throw error;
    }
  }

  #connection(node: NodeId): PostgresConnection {
    const open = this.#connections.get(node);
    if (open?.alive === true) return open;
    const state = this.#cluster.state(node);
    if (state === 'stopped' || state === 'crashed') {
      throw new OpFailure({ definite: true, kind: 'connection-refused', message: `${node} is down` });
    }
    const made = new PostgresConnection(this.#cluster.clientAddress(node), ROLE);
    this.#connections.set(node, made);
    return made;
  }
}
