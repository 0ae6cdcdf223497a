/**
 * How a server is started: the first node makes a database and is the primary, the others copy it and follow. PostgreSQL
 * does not run as root: started by root it becomes the user postgres, who owns its folder.
 */
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClusterError } from '../../harness/cluster/cluster-error.ts';
import type {
  NodeAddress,
  ProgramSpec,
  System,
  SystemContext,
  TestedProgram,
} from '../../harness/contracts.ts';
import { installedProgram, missing, tested } from '../installed.ts';
import { ROLE } from './client.ts';
import { TABLES } from './objects.ts';

/** What `--set` may change of it. */
export const SETTINGS = {
  replication: {
    summary: 'sync: a commit waits until the standby that would take over has it; async: it does not',
    default: 'sync',
    choices: ['sync', 'async'],
  },
  failoverMs: {
    summary:
      'the second node makes itself the primary when it has not reached the first for so long; 0: never',
    default: 3000,
    type: 'number',
    min: 0,
    max: 600_000,
  },
} as const satisfies System['options'];

/** One statement a line. */
const TABLES_FILE = 'tables.sql';

const VERSIONS = '/usr/lib/postgresql';

/** The server of one node. Throws `ClusterError` where PostgreSQL is missing. */
export function program(
  address: NodeAddress,
  { nodes, options }: Omit<SystemContext, 'cluster'>,
): ProgramSpec {
  const bin = installedIn();
  const folder = join(address.dataDir, 'postgres');
  const fresh = !existsSync(join(folder, 'data', 'PG_VERSION'));
  mkdirSync(folder, { recursive: true });
  const hba = join(folder, 'hba.conf');
  writeFileSync(hba, 'host all all all trust\nhost replication all all trust\n');
  writeFileSync(join(folder, TABLES_FILE), TABLES.map((sql) => `${sql};\n`).join(''));
  const script = join(folder, 'start.sh');
  writeFileSync(script, scriptOf({ address, nodes, options, bin, folder, hba, fresh }), { mode: 0o755 });
  const primary = address.peers.find(({ id }) => id === nodes[0]);
  const asked = `${bin}/psql -h ${address.host} -p ${address.ports['main']} -U ${ROLE} postgres -Atc`;
  // The primary is ready once it has its tables and its standbys; a standby once it answers.
  const standbys = nodes.length - 1;
  const whole = `${asked} "SELECT 'ready' FROM pg_tables WHERE tablename = 'lists' AND ${standbys} <= (SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming')" | grep -q ready`;
  const ready = fresh && primary === undefined ? whole : `${asked} 'SELECT 1'`;
  return {
    ...asOwner(folder, script),
    stopSignal: 'SIGINT',
    ready: { kind: 'command', file: '/bin/sh', args: ['-c', ready] },
  };
}

interface Node {
  address: NodeAddress;
  nodes: readonly string[];
  options: SystemContext['options'];
  bin: string;
  folder: string;
  hba: string;
  fresh: boolean;
}

function scriptOf({ address, nodes, options, bin, folder, hba, fresh }: Node): string {
  const { host, ports, id } = address;
  const data = join(folder, 'data');
  const primary = address.peers.find((peer) => peer.id === nodes[0]);
  const at = primary === undefined ? '' : `host=${primary.host} port=${primary.ports['main']} user=${ROLE}`;
  const sync = (options['replication'] ?? SETTINGS.replication.default) === 'sync' && primary === undefined;
  const settings: Record<string, string> = {
    listen_addresses: host,
    unix_socket_directories: '',
    hba_file: hba,
    shared_buffers: '32MB',
    wal_level: 'replica',
    max_wal_senders: '8',
    wal_keep_size: '128MB',
    max_pred_locks_per_transaction: '256',
    timezone: 'UTC',
    synchronous_standby_names: sync ? successor(nodes, options) : '',
  };
  const set = Object.entries(settings).map(([name, value]) => `-c ${name}='${value}'`);
  const server = `exec ${bin}/postgres -D ${quote(data)} -p ${ports['main']} ${set.join(' ')}`;
  const steps = ['set -e', 'umask 077'];
  if (fresh && primary === undefined) {
    steps.push(
      `${bin}/initdb -D ${quote(data)} -U ${ROLE} -A trust --locale=C -E UTF8 --no-sync`,
      `${bin}/postgres --single -D ${quote(data)} postgres <${quote(join(folder, TABLES_FILE))}`,
    );
  } else if (fresh) {
    const copy = `${bin}/pg_basebackup -d '${at} application_name=${id}' -D ${quote(data)} -R -X stream -c fast`;
    steps.push(`until ${copy}; do rm -rf ${quote(data)}; sleep 0.2; done`);
  }
  const watch = watcher({ address, nodes, options, bin, folder, hba, fresh });
  if (watch !== null) steps.push(watch);
  return `#!/bin/sh\n${[...steps, server].join('\n')}\n`;
}

/**
 * For whom the first primary waits: for the one that would take over, as what only others have is lost with it; where
 * nobody would, for any. Whoever takes over has nobody to wait for.
 */
function successor(nodes: readonly string[], options: SystemContext['options']): string {
  if (nodes.length === 1) return '';
  return failoverMsOf(options) > 0 ? `"${nodes[1]}"` : '*';
}

function failoverMsOf(options: SystemContext['options']): number {
  return (options['failoverMs'] as number | undefined) ?? SETTINGS.failoverMs.default;
}

/** The second node asks the first again and again, and takes over when it was silent for too long. */
function watcher({ address, nodes, options, bin }: Node): string | null {
  const failoverMs = failoverMsOf(options);
  const primary = address.peers.find((peer) => peer.id === nodes[0]);
  if (primary === undefined || nodes[1] !== address.id || failoverMs === 0) return null;
  const reached = `${bin}/pg_isready -q -t 1 -h ${primary.host} -p ${primary.ports['main']}`;
  const own = `${bin}/psql -h ${address.host} -p ${address.ports['main']} -U ${ROLE} postgres -qAtc`;
  // By the time since the machine has started, in hundredths of a second: clocks may be wrong.
  return [
    "now() { cut -d' ' -f1 /proc/uptime | tr -d .; }",
    '(',
    '  since=$(now)',
    '  while :; do',
    `    if ${reached}; then since=$(now)`,
    `    elif [ $(($(now) - since)) -ge ${Math.round(failoverMs / 10)} ]; then break; fi`,
    '    sleep 0.2',
    '  done',
    `  ${own} 'SELECT pg_promote()'`,
    ') &',
  ].join('\n');
}

/** The folder of the programs of the newest version there is. Throws `ClusterError` where there is none. */
export function installedIn(): string {
  const versions = existsSync(VERSIONS)
    ? readdirSync(VERSIONS)
        .map(Number)
        .sort((a, b) => b - a)
    : [];
  const bin = versions.map((version) => join(VERSIONS, String(version), 'bin'));
  const found = bin.find((folder) => existsSync(join(folder, 'postgres')));
  if (found === undefined) throw missing('postgres', 'postgresql');
  return found;
}

/** PostgreSQL as runs remember it; nothing where it is not installed. */
export function testedPostgres(): TestedProgram[] {
  try {
    return tested('postgres', ['--version'], join(installedIn(), 'postgres'));
  } catch {
    return [];
  }
}

/** A script as somebody who may run PostgreSQL. Root keeps the right to pass through folders that are not the user's. */
export function asOwner(folder: string, script: string): Pick<ProgramSpec, 'file' | 'args' | 'ordinaryUser'> {
  if (process.getuid?.() !== 0) return { file: '/bin/sh', args: [script] };
  const { uid, gid } = userPostgres();
  try {
    chownSync(folder, uid, gid);
  } catch (error) {
    // Root of a user namespace that has no other users: whoever started it all is made one that is not root.
    const why = (error as NodeJS.ErrnoException).code;
    if (why === 'EINVAL') return { file: '/bin/sh', args: [script], ordinaryUser: true };
    throw new ClusterError(
      `PostgreSQL refuses to run as root, and the user postgres cannot own files here (${why})`,
    );
  }
  const kept = '-all,+dac_override,+dac_read_search';
  return {
    file: installedProgram('setpriv', 'util-linux'),
    args: [
      ...['--reuid', String(uid), '--regid', String(gid), '--clear-groups'],
      ...['--inh-caps', kept, '--ambient-caps', kept],
      ...['/bin/sh', script],
    ],
  };
}

function userPostgres(): { uid: number; gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('postgres:'));
  if (line === undefined) throw missing('the user postgres', 'postgresql');
  const [, , uid, gid] = line.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
