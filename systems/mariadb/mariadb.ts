/**
 * MariaDB, one server: what its isolation levels are worth.
 */
import type { System } from '../../harness/contracts.ts';
import { tested } from '../installed.ts';
import { promisedAt } from '../isolation.ts';
import { open, WORKLOADS } from './objects.ts';
import { SETTINGS, serverOf } from './program.ts';

/** Lines a server writes when it gives up on itself. */
export const CRASHES: readonly string[] = [
  '\\[ERROR\\] (mysqld|mariadbd|/usr/sbin/mariadbd) got signal',
  'InnoDB: Assertion failure',
  'InnoDB: Database page corruption',
];

/** `faultline run mariadb`. */
export const mariadb: System = {
  name: 'mariadb',
  summary: 'MariaDB from the Debian package mariadb-server, one server: isolation levels',
  backends: ['netns', 'tcp'],
  maxNodes: 1,
  workloads: WORKLOADS,
  promises: (workload, { isolation }) => promisedAt(workload, isolation ?? SETTINGS.isolation.default),
  ports: ['sql'],
  options: SETTINGS,
  bugs: {},
  ready: { kind: 'tcp', port: 'sql' },
  readyMs: 60_000,
  program: (address, { options }) => serverOf(address, options),
  open,
  programs: () => tested('mariadbd'),
  crashPatterns: CRASHES,
};
