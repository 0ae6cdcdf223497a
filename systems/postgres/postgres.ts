/**
 * PostgreSQL: one server, or a primary with standbys that stream from it.
 */
import { OpFailure, type System } from '../../harness/contracts.ts';
import { promisedAt } from '../isolation.ts';
import { PostgresClient } from './client.ts';
import { observe } from './lead.ts';
import { OPERATIONS } from './objects.ts';
import { program, SETTINGS, testedPostgres } from './program.ts';

const OPTIONS = {
  isolation: {
    summary: 'isolation level of transactions',
    default: 'serializable',
    choices: ['read-committed', 'repeatable-read', 'serializable'],
  },
  ...SETTINGS,
} as const satisfies System['options'];

/** `faultline run postgres`. */
export const postgres: System = {
  name: 'postgres',
  summary: 'PostgreSQL from the Debian package postgresql: isolation levels, streaming replication',
  backends: ['netns', 'tcp'],
  workloads: Object.fromEntries(
    Object.entries(OPERATIONS).map(([workload, operations]) => [workload, Object.keys(operations)]),
  ),
  promises: (workload, { isolation }) => promisedAt(workload, isolation ?? OPTIONS.isolation.default),
  ports: ['main'],
  addressing: 'advertised',
  options: OPTIONS,
  bugs: {},
  leadership: 'per-term',
  ready: { kind: 'tcp', port: 'main' },
  readyMs: 60_000,
  program,
  async open(node, { cluster, options, workload }) {
    const client = new PostgresClient(cluster, node);
    const operations = OPERATIONS[workload] ?? {};
    const isolation = String(options['isolation'] ?? OPTIONS.isolation.default)
      .replace('-', ' ')
      .toUpperCase();
    return {
      async invoke(op, { signal }) {
        const operation = operations[op.f];
        if (operation !== undefined) return operation(op, { client, signal, isolation });
        throw new OpFailure({ definite: true, kind: 'not-supported', message: `postgres has no ${op.f}` });
      },
      close: async () => client.close(),
    };
  },
  observe,
  programs: testedPostgres,
  crashPatterns: ['PANIC: ', 'was terminated by signal 11'],
};
