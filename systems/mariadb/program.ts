/**
 * How a server is started: its tables are made once, in the node's own folder; from then on it runs on them. As root it
 * is told to run as root, which it otherwise refuses.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeAddress, ProgramSpec, System, SystemContext } from '../../harness/contracts.ts';
import { installedProgram } from '../installed.ts';
import { NAME } from './client.ts';
import { SETUP } from './objects.ts';

/** What `--set` may change of a server. */
export const SETTINGS = {
  isolation: {
    summary: 'isolation level of transactions',
    default: 'repeatable-read',
    choices: ['read-committed', 'repeatable-read', 'serializable'],
  },
  snapshotIsolation: {
    summary: 'innodb_snapshot_isolation: writing what was changed since the snapshot is refused',
    default: false,
    choices: [true, false],
  },
  flush: {
    summary: 'innodb_flush_log_at_trx_commit: 1 syncs every commit, 2 writes it, 0 does either once a second',
    default: 1,
    choices: [0, 1, 2],
  },
} as const satisfies System['options'];

const PACKAGE = 'mariadb-server';

/** What a cluster adds to a server. */
export interface Additions {
  flags: readonly string[];
  /** Commands of the shell that come before the server is started. */
  before?: readonly string[];
  /** The tables come from another server. */
  copied?: boolean;
  /** It is started as somebody who is not root. */
  ordinaryUser?: boolean;
}

/** The server of one node. Throws `ClusterError` where MariaDB is missing. */
export function serverOf(
  address: NodeAddress,
  options: SystemContext['options'],
  additions: Additions = { flags: [] },
): ProgramSpec {
  const server = installedProgram('mariadbd', PACKAGE);
  const install = installedProgram('mariadb-install-db', PACKAGE);
  const folder = join(address.dataDir, 'mariadb');
  mkdirSync(folder, { recursive: true });
  const setup = join(folder, 'setup.sql');
  writeFileSync(setup, SETUP.map((sql) => `${sql};\n`).join(''));
  const data = join(folder, 'data');
  const root = process.getuid?.() === 0 && additions.ordinaryUser !== true;
  const asRoot = root ? ['--user=root'] : [];
  const common = ['--no-defaults', ...asRoot, `--datadir=${data}`, '--innodb-log-file-size=32M'];
  const made = [install, ...common, '--auth-root-authentication-method=normal', '--skip-test-db'];
  const script = join(folder, 'start.sh');
  const steps = [
    '#!/bin/sh',
    `cd ${quote(folder)}`,
    // Made whole or made again.
    ...(additions.copied === true
      ? [`mkdir -p ${quote(data)}`]
      : [
          `[ -e made ] || { rm -rf data; ${words([...made, `--extra-file=${setup}`])} && touch made || exit 1; }`,
        ]),
    ...(additions.before ?? []),
    `exec ${words([server, ...common, ...flagsOf(address, folder, options)])} ${additions.flags.join(' ')}`,
  ];
  writeFileSync(script, `${steps.join('\n')}\n`, { mode: 0o755 });
  return {
    file: '/bin/sh',
    args: [script],
    ...(additions.ordinaryUser === true ? { ordinaryUser: true } : {}),
    ready: { kind: 'command', file: '/bin/sh', args: ['-c', `${asked(address)} 'SELECT 1'`] },
  };
}

/** The words that ask the server of a node in SQL, but for the statement. Throws `ClusterError` where they are missing. */
export function asked({ host, ports }: NodeAddress): string {
  const client = installedProgram('mariadb', 'mariadb-client');
  const flags = ['--no-defaults', '-h', host, '-P', String(ports['sql']), '-u', NAME];
  return words([client, ...flags, '--connect-timeout=1', '-N', '-B', '-e']);
}

function flagsOf({ host, ports }: NodeAddress, folder: string, options: SystemContext['options']): string[] {
  const value = (name: keyof typeof SETTINGS): string => String(options[name] ?? SETTINGS[name].default);
  return [
    `--bind-address=${host}`,
    `--port=${ports['sql']}`,
    // A path of a socket must be short: the working directory is the folder.
    '--socket=../sql.sock',
    `--pid-file=${join(folder, 'pid')}`,
    `--tmpdir=${folder}`,
    '--skip-name-resolve',
    '--max-connections=500',
    '--innodb-buffer-pool-size=64M',
    '--innodb-lock-wait-timeout=3',
    '--performance-schema=OFF',
    `--transaction-isolation=${value('isolation').toUpperCase()}`,
    `--innodb-snapshot-isolation=${value('snapshotIsolation') === 'true' ? 'ON' : 'OFF'}`,
    `--innodb-flush-log-at-trx-commit=${value('flush')}`,
  ];
}

function words(list: readonly string[]): string {
  return list.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : quote(word))).join(' ');
}

/** A word of the shell. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
