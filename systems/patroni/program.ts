/**
 * How a node is started: a member of etcd, Patroni, and the PostgreSQL server Patroni looks after, in one process tree,
 * so that what happens to a node happens to all three.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeAddress, ProgramSpec, System, SystemContext } from '../../harness/contracts.ts';
import { findProgram, installedProgram, missing } from '../installed.ts';
import { ROLE } from '../postgres/client.ts';
import { TABLES } from '../postgres/objects.ts';
import { asOwner, installedIn } from '../postgres/program.ts';

/** What `--set` may change of it. */
export const SETTINGS = {
  replication: {
    summary: 'async: a commit waits for nobody; sync-strict: for a standby, whether or not there is one',
    default: 'sync-strict',
    choices: ['async', 'sync-strict'],
  },
  ttlSeconds: {
    summary: 'time after which a leader that did not renew its lease has lost it',
    default: 20,
    type: 'number',
    min: 20,
    max: 600,
  },
} as const satisfies System['options'];

/**
 * Patroni detaches the server it starts. Its orphans are handed to the shell that is the node, which makes them part of
 * the node's tree, and which collects those that have ended.
 */
const ADOPT = 'import ctypes,os,sys; ctypes.CDLL(None).prctl(36,1,0,0,0); os.execv(sys.argv[1],sys.argv[1:])';

/** Not another Python that comes first on the PATH: it has no Patroni. */
const PYTHON = '/usr/bin/python3';
const PATRONI = '/usr/bin/patroni';

/** The three programs of a node. Throws `ClusterError` where one is missing. */
export function program(
  address: NodeAddress,
  { nodes, options }: Omit<SystemContext, 'cluster'>,
): ProgramSpec {
  const bin = installedIn();
  if (!existsSync(PATRONI)) throw missing('patroni', 'patroni python3-etcd');
  const folder = join(address.dataDir, 'patroni');
  const fresh = !existsSync(folder);
  mkdirSync(folder, { recursive: true });
  const write = (name: string, text: string, mode = 0o644): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode });
    return path;
  };
  const tables = write('tables.sql', TABLES.map((sql) => `${sql};\n`).join(''));
  const psql = `${bin}/psql -v ON_ERROR_STOP=1 -q -f ${quote(tables)} "$1"`;
  const made = write('make-tables.sh', `#!/bin/sh\nexec ${psql}\n`, 0o755);
  const members = nodes.map((node) => address.peers.find(({ id }) => id === node) ?? address);
  const settings = settingsOf(address, members, { folder, bin, made }, options);
  // Any JSON is YAML.
  const configuration = write('patroni.yml', JSON.stringify(settings, null, 1));
  const patroni = `${PYTHON} ${PATRONI} ${quote(configuration)}`;
  const script = write(
    'start.sh',
    ['umask 077', `${etcd(address, members, folder)} &`, `${patroni} &`, 'wait $!', ''].join('\n'),
  );
  const started = asOwner(folder, script);
  const at = started.args.indexOf('/bin/sh');
  const words = at < 0 ? [started.file, ...started.args] : started.args.slice(at);
  const adopted = ['-c', ADOPT, ...words];
  return {
    ...(at < 0
      ? { file: PYTHON, args: adopted }
      : { file: started.file, args: [...started.args.slice(0, at), PYTHON, ...adopted] }),
    ...(started.ordinaryUser === true ? { ordinaryUser: true } : {}),
    cwd: folder,
    ready: fresh ? whole(address, nodes.length, bin, options) : { kind: 'tcp', port: 'api' },
  };
}

function settingsOf(
  { id, host, ports }: NodeAddress,
  members: readonly { host: string; ports: Record<string, number> }[],
  { folder, bin, made }: { folder: string; bin: string; made: string },
  options: SystemContext['options'],
): object {
  const hba = ['host all all all trust', 'host replication all all trust'];
  const strict = isStrict(options, members.length);
  const at = (port: string): string => `${host}:${ports[port]}`;
  return {
    scope: 'faultline',
    name: id,
    restapi: { listen: at('api'), connect_address: at('api') },
    etcd3: { hosts: members.map((member) => `${member.host}:${member.ports['client']}`) },
    bootstrap: {
      dcs: {
        ttl: options['ttlSeconds'] ?? SETTINGS.ttlSeconds.default,
        loop_wait: 2,
        retry_timeout: 5,
        synchronous_mode: strict,
        synchronous_mode_strict: strict,
        postgresql: { use_pg_rewind: true },
      },
      initdb: [{ encoding: 'UTF8' }, { locale: 'C' }, 'no-sync'],
      pg_hba: hba,
      post_init: made,
    },
    postgresql: {
      listen: at('main'),
      connect_address: at('main'),
      data_dir: join(folder, 'data'),
      bin_dir: bin,
      pgpass: join(folder, 'pgpass'),
      pg_hba: hba,
      remove_data_directory_on_diverged_timelines: true,
      authentication: {
        superuser: { username: ROLE },
        replication: { username: 'replicator' },
        rewind: { username: 'rewinder' },
      },
      parameters: {
        unix_socket_directories: '',
        shared_buffers: '32MB',
        max_pred_locks_per_transaction: 256,
        timezone: 'UTC',
      },
    },
    watchdog: { mode: 'off' },
  };
}

function etcd(
  { id, host, ports }: NodeAddress,
  members: readonly { id: string; host: string; ports: Record<string, number> }[],
  folder: string,
): string {
  const url = (at: { host: string; ports: Record<string, number> }, port: string): string =>
    `http://${at.host}:${at.ports[port]}`;
  const own = { host, ports };
  const flags: Record<string, string> = {
    name: id,
    'data-dir': join(folder, 'etcd'),
    'listen-client-urls': url(own, 'client'),
    'advertise-client-urls': url(own, 'client'),
    'listen-peer-urls': url(own, 'peer'),
    'initial-advertise-peer-urls': url(own, 'peer'),
    'initial-cluster': members.map((member) => `${member.id}=${url(member, 'peer')}`).join(','),
    'initial-cluster-state': 'new',
    'initial-cluster-token': 'faultline',
    'log-level': 'warn',
  };
  const words = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, quote(value)]);
  return [installedProgram('etcd', 'etcd-server'), ...words].join(' ');
}

/** Whether a commit waits for a standby. Of a single node nobody ever is one: it would not even make its tables. */
function isStrict(options: SystemContext['options'], count: number): boolean {
  return count > 1 && (options['replication'] ?? SETTINGS.replication.default) === 'sync-strict';
}

/** Ready once the tables are there and all standbys stream, one of them in step where it is to be waited for. */
function whole(
  { host, ports }: NodeAddress,
  count: number,
  bin: string,
  options: SystemContext['options'],
): NonNullable<ProgramSpec['ready']> {
  const strict = isStrict(options, count);
  const streaming = `SELECT count(*) = ${count - 1}${strict ? " AND bool_or(sync_state = 'sync')" : ''}
    FROM pg_stat_replication WHERE state = 'streaming'`;
  const sql = `SELECT CASE WHEN pg_is_in_recovery() THEN EXISTS (SELECT FROM pg_stat_wal_receiver)
    ELSE (${streaming}) END AND EXISTS (SELECT FROM pg_tables WHERE tablename = 'lists')`;
  const asked = `${bin}/psql -h ${host} -p ${ports['main']} -U ${ROLE} postgres -Atc ${quote(sql)}`;
  return { kind: 'command', file: '/bin/sh', args: ['-c', `[ "$(${asked})" = t ]`] };
}

/** True where everything it needs is installed. */
export function isInstalled(): boolean {
  return existsSync(PATRONI) && existsSync('/usr/lib/postgresql') && findProgram('etcd') !== null;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
