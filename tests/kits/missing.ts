/**
 * What real systems need to run here, by the Debian packages that bring it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { findProgram } from '../../systems/installed.ts';
import { isInstalled as hasPatroni } from '../../systems/patroni/program.ts';

const has = (program: string) => (): boolean => findProgram(program) !== null;
const hasFile = (path: string) => (): boolean => existsSync(path);

/** By system: what has to be there, and the package that has it. */
const NEEDS: Readonly<Record<string, readonly (readonly [there: () => boolean, debianPackage: string])[]>> = {
  etcd: [[has('etcd'), 'etcd-server']],
  'redis-sentinel': [
    [has('redis-server'), 'redis-server'],
    [has('redis-sentinel'), 'redis-sentinel'],
  ],
  postgres: [[hasFile('/usr/lib/postgresql'), 'postgresql']],
  'nats-jetstream': [[has('nats-server'), 'nats-server']],
  mariadb: [[has('mariadbd'), 'mariadb-server']],
  zookeeper: [[hasFile('/usr/share/java/zookeeper.jar'), 'zookeeper']],
  galera: [
    [has('mariadbd'), 'mariadb-server'],
    [has('rsync'), 'rsync'],
    [hasFile('/usr/lib/galera'), 'galera-4'],
  ],
  keepalived: [[has('keepalived'), 'keepalived']],
  patroni: [[hasPatroni, 'patroni python3-etcd postgresql etcd-server']],
  rabbitmq: [[hasFile('/usr/lib/rabbitmq/bin/rabbitmq-server'), 'rabbitmq-server']],
};

/** Whose servers refuse to be root: someone has to become the user they run as. */
const AS_POSTGRES: ReadonlySet<string> = new Set(['postgres', 'patroni']);

/** What keeps a system from running here, and what brings it; null where nothing does. */
export function missingFor(system: string): string | null {
  const packages = (NEEDS[system] ?? []).filter(([there]) => !there()).map(([, name]) => name);
  return packages.length === 0 ? null : `not installed: apt-get install ${packages.join(' ')}`;
}

/** The same in a sandbox, where who is root may be root alone. */
export function missingInSandboxFor(system: string): string | null {
  const missing = missingFor(system);
  if (missing !== null || !AS_POSTGRES.has(system) || canBePostgres()) return missing;
  return 'nobody can become the user postgres here: run the tests as root, in a user namespace with more than one user';
}

function canBePostgres(): boolean {
  if (process.getuid?.() !== 0) return false;
  return readFileSync('/proc/self/uid_map', 'utf8')
    .trim()
    .split('\n')
    .some((line) => Number(line.trim().split(/\s+/)[2]) > 1000);
}
