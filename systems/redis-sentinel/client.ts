/**
 * A client as Redis's documentation wants it: it asks the Sentinel of its own node who is the primary, talks to that
 * one, and goes to another one when the Sentinel names another.
 */
import { type Cluster, type NodeId, OpFailure } from '../../harness/contracts.ts';
import { monotonicNs } from '../../harness/time.ts';
import { RespConnection, type RespValue } from './resp.ts';

/** Under which name the Sentinels know the primary. */
export const GROUP = 'faultline';

/** How long a client believes what its Sentinel said. */
const BELIEVED_MS = 250;

/** One client. */
export class SentinelClient {
  readonly #cluster: Cluster;
  readonly #node: NodeId;
  readonly #replicas: number;
  #sentinel: RespConnection | null = null;
  #primary: RespConnection | null = null;
  #primaryNode: NodeId | null = null;
  #askedNs = 0;

  /** Writes wait until so many replicas have them. */
  constructor(cluster: Cluster, node: NodeId, replicas: number) {
    this.#cluster = cluster;
    this.#node = node;
    this.#replicas = replicas;
  }

  /** A command that changes nothing: it fails for certain when it fails. */
  async read(words: readonly string[], signal: AbortSignal): Promise<RespValue> {
    try {
      return await this.#ask(words, signal);
    } catch (error) {
      if (error instanceof OpFailure) throw new OpFailure({ ...error.error, definite: true });
      throw error;
    }
  }

  /** A command that changes something. */
  async write(words: readonly string[], signal: AbortSignal): Promise<RespValue> {
    const answer = await this.#ask(words, signal);
    if (this.#replicas === 0) return answer;
    const [count, patienceMs] = [String(this.#replicas), '400'];
    // The write is done, whatever becomes of the waiting.
    const reached = await this.#primary!.command(['WAIT', count, patienceMs], signal).catch(
      (error: unknown) => {
        throw error instanceof OpFailure ? new OpFailure({ ...error.error, definite: false }) : error;
      },
    );
    if (Number(reached) >= this.#replicas) return answer;
    const message = `${String(reached)} of ${count} replicas had it within ${patienceMs} ms`;
    throw new OpFailure({ definite: false, kind: 'not-replicated', message });
  }

  close(): void {
    this.#sentinel?.close();
    this.#primary?.close();
  }

  async #ask(words: readonly string[], signal: AbortSignal): Promise<RespValue> {
    const primary = await this.#follow(signal);
    try {
      return await primary.command(words, signal);
    } catch (error) {
      // Whoever refuses is asked no more.
      primary.close();
      throw error;
    }
  }

  /** The connection to the primary, of whom the Sentinel is asked again when its word is old or nobody is there. */
  async #follow(signal: AbortSignal): Promise<RespConnection> {
    const fresh = monotonicNs() - this.#askedNs < BELIEVED_MS * 1e6;
    if (this.#primary?.alive === true && fresh) return this.#primary;
    const node = await this.#findPrimary(signal);
    this.#askedNs = monotonicNs();
    if (this.#primary?.alive === true && this.#primaryNode === node) return this.#primary;
    this.#primary?.close();
    this.#primaryNode = node;
    this.#primary = connection(this.#cluster, node, 'redis');
    return this.#primary;
  }

  /** Nothing is asked of the primary yet: whatever goes wrong is certain. */
  async #findPrimary(signal: AbortSignal): Promise<NodeId> {
    try {
      if (this.#sentinel?.alive !== true) this.#sentinel = connection(this.#cluster, this.#node, 'sentinel');
      const told = await this.#sentinel.command(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', GROUP], signal);
      const [host, port] = Array.isArray(told) ? told : [];
      const primary = nodeAt(this.#cluster, String(host), Number(port));
      if (primary === null)
        throw unknown(`${this.#node} names ${String(host)}:${String(port)} as the primary`);
      return primary;
    } catch (error) {
      if (error instanceof OpFailure) throw new OpFailure({ ...error.error, definite: true });
      throw error;
    }
  }
}

/** A connection of a client to a node. Throws `OpFailure` when the node is down. */
export function connection(cluster: Cluster, node: NodeId, port: 'redis' | 'sentinel'): RespConnection {
  const state = cluster.state(node);
  // A link of the harness may accept for a node that is down; not asking at all is certain.
  if (state === 'stopped' || state === 'crashed') {
    throw new OpFailure({ definite: true, kind: 'connection-refused', message: `${node} is down` });
  }
  return new RespConnection(cluster.clientAddress(node, port));
}

/** The node that tells others this address for its Redis server. */
export function nodeAt(cluster: Cluster, host: string, port: number): NodeId | null {
  const found = cluster.nodes.find((node) => {
    const address = cluster.address(node);
    const told = address.advertised ?? address;
    return told.host === host && told.ports['redis'] === port;
  });
  return found ?? null;
}

function unknown(message: string): OpFailure {
  return new OpFailure({ definite: true, kind: 'no-leader', message });
}
