/**
 * A client of one broker: messages go into one queue, confirmed, and come out of it, acknowledged. The queue is declared
 * by whoever comes first.
 */
import { type Cluster, type Invocation, type NodeId, OpFailure } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { AmqpConnection } from './connection.ts';
import { QUEUE } from './lead.ts';
import { USER } from './program.ts';

/** Clusters that have the queue: one that has lost it is not given another. */
const declared = new WeakSet<Cluster>();

/** One client. */
export class RabbitClient {
  readonly #cluster: Cluster;
  readonly #node: NodeId;
  readonly #args: Readonly<Record<string, string>>;
  #connection: AmqpConnection | null = null;

  /** `args`: what the queue is declared with. */
  constructor(cluster: Cluster, node: NodeId, args: Readonly<Record<string, string>>) {
    this.#cluster = cluster;
    this.#node = node;
    this.#args = args;
  }

  /** Does one operation. Throws `OpFailure`. */
  async invoke(op: Invocation, signal: AbortSignal): Promise<Json> {
    const connection = await this.#connected(signal);
    if (op.f === 'enqueue') {
      await connection.publish(QUEUE, JSON.stringify(op.value), signal);
      return op.value;
    }
    const delivery = await connection.get(QUEUE, signal);
    if (delivery === null) {
      throw new OpFailure({ definite: true, kind: 'empty', message: 'the queue is empty' });
    }
    // Until the broker has this the message is the queue's, and may come again.
    connection.acknowledge(delivery);
    return JSON.parse(delivery.text) as Json;
  }

  /** Makes the queue where there is none yet. */
  async declare(signal: AbortSignal): Promise<void> {
    if (!declared.has(this.#cluster)) await this.#connected(signal);
  }

  close(): void {
    this.#connection?.close();
    this.#connection = null;
  }

  /** No message is touched before this is done: whatever goes wrong is certain. */
  async #connected(signal: AbortSignal): Promise<AmqpConnection> {
    if (this.#connection?.alive === true) return this.#connection;
    const state = this.#cluster.state(this.#node);
    if (state === 'stopped' || state === 'crashed') {
      const message = `${this.#node} is down`;
      throw new OpFailure({ definite: true, kind: 'connection-refused', message });
    }
    this.close();
    const made = await AmqpConnection.open(this.#cluster.clientAddress(this.#node, 'amqp'), USER, signal);
    this.#connection = made;
    if (!declared.has(this.#cluster)) {
      await made.declare(QUEUE, this.#args, signal);
      declared.add(this.#cluster);
    }
    return made;
  }
}
