/**
 * RabbitMQ: one queue on a cluster of brokers, replicated by Raft or mirrored.
 */
import {
  type Cluster,
  type Invocation,
  type NodeId,
  OpFailure,
  type System,
} from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { signalAfter } from '../../harness/time.ts';
import { tested } from '../installed.ts';
import { RabbitClient } from './client.ts';
import { observe, standing } from './lead.ts';
import { program, SETTINGS } from './program.ts';
import { CRASHED } from './start-script.ts';

/** A queue is there a moment after it was asked for, or something is wrong. */
const DECLARE_MS = 10_000;

const OPERATIONS = ['enqueue', 'dequeue'];

/** `faultline run rabbitmq`. */
export const rabbitmq: System = {
  name: 'rabbitmq',
  summary: 'RabbitMQ from the Debian package rabbitmq-server: a quorum queue, a mirrored queue',
  // Brokers know each other by address, at the same port everywhere.
  backends: ['netns'],
  workloads: { queue: OPERATIONS, leader: ['command'] },
  // That a taken message has arrived is not answered: it may come again.
  promises: (workload) => (workload === 'queue' ? { delivery: 'at-least-once' } : undefined),
  ports: ['amqp'],
  options: SETTINGS,
  bugs: {},
  leadership: 'per-term',
  ready: { kind: 'tcp', port: 'amqp' },
  readyMs: 90_000,
  program,
  async open(node, { cluster, options, workload }) {
    const client = new RabbitClient(cluster, node, isQuorum(options) ? { 'x-queue-type': 'quorum' } : {});
    // There is a leader once there is a queue.
    if (workload === 'leader') await client.declare(signalAfter(DECLARE_MS));
    return {
      async invoke(op, { signal }) {
        if (workload === 'leader' && op.f === 'command') return command(node, cluster, client, op, signal);
        if (OPERATIONS.includes(op.f)) return client.invoke(op, signal);
        throw new OpFailure({ definite: true, kind: 'not-supported', message: `rabbitmq has no ${op.f}` });
      },
      close: async () => client.close(),
    };
  },
  observe,
  // Brokers tell of the lead of quorum queues alone.
  isUnobserved: (options) => !isQuorum(options),
  programs: () => tested('rabbitmqctl', ['version']),
  crashPatterns: [`^${CRASHED}`],
};

function isQuorum(options: Readonly<Record<string, Json>>): boolean {
  return (options['queue'] ?? SETTINGS.queue.default) === 'quorum';
}

/**
 * A message, only from the broker whose member of the queue leads. One that lost its lead since it was asked passes the
 * message on; in the same term before and after, it was accepted by the leader it was given to.
 */
async function command(
  node: NodeId,
  cluster: Cluster,
  client: RabbitClient,
  op: Invocation,
  signal: AbortSignal,
): Promise<Json> {
  const before = standing(node, cluster);
  if (!before.leading) {
    throw new OpFailure({ definite: true, kind: 'not-leader', message: 'another broker leads' });
  }
  await client.invoke({ f: 'enqueue', value: op.value }, signal);
  const after = standing(node, cluster);
  const same = after.leading && after.term === before.term;
  return same ? { command: op.value, term: before.term } : { command: op.value };
}
