/**
 * PostgreSQL servers whose primary is chosen by Patroni, with a lease in etcd.
 */
import { OpFailure, type System } from '../../harness/contracts.ts';
import { tested } from '../installed.ts';
import { promisedAt } from '../isolation.ts';
import { PostgresClient } from '../postgres/client.ts';
import { OPERATIONS } from '../postgres/objects.ts';
import { testedPostgres } from '../postgres/program.ts';
import { command, observe } from './lead.ts';
import { program, SETTINGS } from './program.ts';

const OPTIONS = {
  isolation: {
    summary: 'isolation level of transactions',
    default: 'serializable',
    choices: ['read-committed', 'repeatable-read', 'serializable'],
  },
  ...SETTINGS,
} as const satisfies System['options'];

/** `faultline run patroni`. */
export const patroni: System = {
  name: 'patroni',
  summary: 'PostgreSQL with Patroni and etcd, from the Debian packages patroni, postgresql and etcd-server',
  // Three programs on every node that tell each other where they are.
  backends: ['netns'],
  workloads: {
    ...Object.fromEntries(
      Object.entries(OPERATIONS).map(([workload, operations]) => [workload, Object.keys(operations)]),
    ),
    leader: ['command'],
  },
  promises: (workload, { isolation }) => promisedAt(workload, isolation ?? OPTIONS.isolation.default),
  ports: ['main', 'api', 'client', 'peer'],
  options: OPTIONS,
  bugs: {},
  leadership: 'per-term',
  ready: { kind: 'tcp', port: 'main' },
  readyMs: 90_000,
  program,
  async open(node, { cluster, options, workload }) {
    const client = new PostgresClient(cluster, node);
    const operations = OPERATIONS[workload] ?? {};
    const isolation = String(options['isolation'] ?? OPTIONS.isolation.default)
      .replace('-', ' ')
      .toUpperCase();
    return {
      async invoke(op, { signal }) {
        if (workload === 'leader' && op.f === 'command') return command(cluster, node, op.value, signal);
        const operation = operations[op.f];
        if (operation !== undefined) return operation(op, { client, signal, isolation });
        throw new OpFailure({ definite: true, kind: 'not-supported', message: `patroni has no ${op.f}` });
      },
      close: async () => client.close(),
    };
  },
  observe,
  programs: () => [...tested('patroni'), ...testedPostgres(), ...tested('etcd')],
  crashPatterns: ['PANIC: ', 'was terminated by signal 11'],
};
