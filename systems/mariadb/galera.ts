/**
 * MariaDB servers in a Galera cluster: each takes writes, and all agree on their order when they are committed.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeAddress, ProgramSpec, System, SystemContext } from '../../harness/contracts.ts';
import { installedProgram, missing, tested } from '../installed.ts';
import { promisedAt } from '../isolation.ts';
import { CRASHES } from './mariadb.ts';
import { open, WORKLOADS } from './objects.ts';
import { asked, quote, SETTINGS, serverOf } from './program.ts';

const OPTIONS = {
  ...SETTINGS,
  syncWait: {
    summary:
      'wsrep_sync_wait: what a server does only once it has caught up with the cluster: 1 reads, 3 updates too, 7 inserts too',
    default: 0,
    choices: [0, 1, 3, 7],
  },
} as const satisfies System['options'];

const PROVIDER = '/usr/lib/galera/libgalera_smm.so';

/** `faultline run galera`. */
export const galera: System = {
  name: 'galera',
  summary: 'MariaDB servers in a Galera cluster, from the Debian packages mariadb-server, galera-4 and rsync',
  // Servers tell each other addresses for three purposes, and hand over their data by rsync.
  backends: ['netns'],
  workloads: WORKLOADS,
  promises: (workload, { isolation }) => promisedAt(workload, isolation ?? OPTIONS.isolation.default),
  ports: ['sql', 'group', 'ist', 'sst'],
  options: OPTIONS,
  bugs: {},
  ready: { kind: 'tcp', port: 'sql' },
  readyMs: 90_000,
  program,
  open,
  programs: () => tested('mariadbd'),
  crashPatterns: CRASHES,
};

/** The first node makes the tables and begins the cluster; the others join it and are given the tables. */
function program(address: NodeAddress, { nodes, options }: Omit<SystemContext, 'cluster'>): ProgramSpec {
  if (!existsSync(PROVIDER)) throw missing('Galera', 'galera-4');
  installedProgram('rsync', 'rsync');
  const first = address.id === nodes[0];
  const data = join(address.dataDir, 'mariadb', 'data');
  const fresh = !existsSync(join(data, 'grastate.dat'));
  const started = serverOf(address, options, {
    flags: flagsOf(address, options),
    before: [
      `group=${quote(groupOf(address))}`,
      // Who begins a cluster begins it once, or when it was the last to leave it.
      first ? '[ -e begun ] || { touch begun; group=gcomm://; }' : ':',
      "grep -qs 'safe_to_bootstrap: 1' data/grastate.dat && group=gcomm://",
    ],
    copied: !first,
    // The tables are received by rsync, which as root writes as nobody.
    ordinaryUser: true,
  });
  const whole = `${asked(address)} "SHOW STATUS WHERE variable_name IN ('wsrep_cluster_size', 'wsrep_local_state_comment')"`;
  const script = `[ "$(${whole} | cut -f2 | sort | tr '\\n' ' ')" = '${nodes.length} Synced ' ]`;
  return fresh ? { ...started, ready: { kind: 'command', file: '/bin/sh', args: ['-c', script] } } : started;
}

/** The others only: a server that comes back as the member it was takes its own address for a fault. */
function groupOf({ peers }: NodeAddress): string {
  return `gcomm://${peers.map(({ host, ports }) => `${host}:${ports['group']}`).join(',')}`;
}

function flagsOf({ host, ports, id }: NodeAddress, options: SystemContext['options']): string[] {
  const provider = [
    'gcache.size=32M',
    `gmcast.listen_addr=tcp://${host}:${ports['group']}`,
    `base_port=${ports['group']}`,
    `ist.recv_addr=${host}:${ports['ist']}`,
  ];
  return [
    '--binlog-format=ROW',
    '--innodb-autoinc-lock-mode=2',
    '--wsrep-on=ON',
    `--wsrep-provider=${PROVIDER}`,
    '--wsrep-cluster-name=faultline',
    '--wsrep-cluster-address="$group"',
    `--wsrep-node-name=${id}`,
    `--wsrep-node-address=${host}:${ports['group']}`,
    '--wsrep-sst-method=rsync',
    `--wsrep-sst-receive-address=${host}:${ports['sst']}`,
    quote(`--wsrep-provider-options=${provider.join(';')}`),
    `--wsrep-sync-wait=${options['syncWait'] ?? OPTIONS.syncWait.default}`,
  ];
}
