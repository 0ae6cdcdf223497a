/**
 * RabbitMQ: one queue on a cluster of brokers, replicated by Raft or mirrored.
 */
import { OpFailure, type System } from '../../harness/contracts.ts';
import { signalAfter } from '../../harness/time.ts';
import { RabbitClient } from './client.ts';
import { observe } from './lead.ts';
import { program, SETTINGS } from './program.ts';

/** A queue is there a moment after it was asked for, or something is wrong. */
const DECLARE_MS = 10_000;

const OPERATIONS = ['enqueue', 'dequeue'];

/** `faultline run rabbitmq`. */
export const rabbitmq: System = {
  name: 'rabbitmq',
  summary: 'RabbitMQ from the Debian package rabbitmq-server: a quorum queue, a mirrored queue',
  // Brokers know each other by address, at the same port everywhere.
  backends: ['netns'],
  workloads: { queue: OPERATIONS, leader: [] },
  ports: ['amqp'],
  options: SETTINGS,
  bugs: {},
  leadership: 'per-term',
  ready: { kind: 'tcp', port: 'amqp' },
  readyMs: 90_000,
  program,
  async open(node, { cluster, options, workload }) {
    const quorum = (options['queue'] ?? SETTINGS.queue.default) === 'quorum';
    const client = new RabbitClient(cluster, node, quorum ? { 'x-queue-type': 'quorum' } : {});
    // There is a leader once there is a queue.
    if (workload === 'leader') await client.declare(signalAfter(DECLARE_MS));
    return {
      async invoke(op, { signal }) {
        if (OPERATIONS.includes(op.f)) return client.invoke(op, signal);
        throw new OpFailure({ definite: true, kind: 'not-supported', message: `rabbitmq has no ${op.f}` });
      },
      close: async () => client.close(),
    };
  },
  observe,
  crashPatterns: ['^Crash dump is being written', 'BOOT FAILED'],
};
