/**
 * How a node is started: a Redis server and the Sentinel that watches beside it, in one process tree, so that what
 * happens to a node happens to both. Both rewrite their configurations: they are written once and kept.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeAddress, ProgramSpec, System, SystemContext } from '../../harness/contracts.ts';
import { installedProgram } from '../installed.ts';
import { GROUP } from './client.ts';

/** What `--set` may change of it. */
export const SETTINGS = {
  persistence: {
    summary: 'what a server keeps on disk: aof (synced every second), always (before it answers), none',
    default: 'aof',
    choices: ['aof', 'always', 'none'],
  },
  downAfterMs: {
    summary: 'silence after which a Sentinel holds a server for down',
    default: 2000,
    type: 'number',
    min: 100,
    max: 60_000,
  },
  minReplicas: {
    summary: 'a primary refuses writes with fewer replicas that were heard of in the last two seconds',
    default: 0,
    type: 'number',
    min: 0,
    max: 100,
  },
} as const satisfies System['options'];

/** The two servers of a node. Throws `ClusterError` where one is missing. */
export function program(
  address: NodeAddress,
  { nodes, options }: Omit<SystemContext, 'cluster'>,
): ProgramSpec {
  const redis = installedProgram('redis-server', 'redis-server redis-sentinel');
  const sentinel = installedProgram('redis-sentinel', 'redis-server redis-sentinel');
  const cli = installedProgram('redis-cli', 'redis-tools');
  const folder = join(address.dataDir, 'redis');
  const [redisConf, sentinelConf] = [join(folder, 'redis.conf'), join(folder, 'sentinel.conf')];
  const fresh = !existsSync(redisConf);
  if (fresh) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(redisConf, lines(redisSettings(address, nodes, folder, options)));
    writeFileSync(sentinelConf, lines(sentinelSettings(address, nodes, folder, options)));
  }
  const start = `${quote(sentinel)} ${quote(sentinelConf)} & exec ${quote(redis)} ${quote(redisConf)}`;
  if (!fresh) return { ...shell(start), ready: { kind: 'tcp', port: 'redis' } };
  const replicas = nodes.length - 1;
  const info = (at: { host: string; ports: Record<string, number> }, port: string): string =>
    `${quote(cli)} -h ${at.host} -p ${at.ports[port]} info`;
  const primary = address.peers.find(({ id }) => id === nodes[0]) ?? address;
  // A Sentinel asks its primary for replicas every ten seconds: it had better find them there the first time.
  const wait = `until ${info(primary, 'redis')} replication | grep -q connected_slaves:${replicas}; do sleep 0.1; done`;
  const first = `(${wait}; exec ${quote(sentinel)} ${quote(sentinelConf)}) & exec ${quote(redis)} ${quote(redisConf)}`;
  const known = `status=ok,.*slaves=${replicas},sentinels=${nodes.length}`;
  const ready = shell(`${info(address, 'sentinel')} sentinel | grep -q '${known}'`);
  return { ...shell(first), ready: { kind: 'command', ...ready } };
}

function redisSettings(
  address: NodeAddress,
  nodes: readonly string[],
  folder: string,
  options: SystemContext['options'],
): string[] {
  const { host, ports } = address;
  const told = address.advertised ?? address;
  const persistence = options['persistence'] ?? SETTINGS.persistence.default;
  const primary = address.peers.find(({ id }) => id === nodes[0]);
  return [
    `port ${ports['redis']}`,
    `bind ${host}`,
    'protected-mode no',
    `dir ${folder}`,
    'save ""',
    `appendonly ${persistence === 'none' ? 'no' : 'yes'}`,
    `appendfsync ${persistence === 'always' ? 'always' : 'everysec'}`,
    'repl-ping-replica-period 1',
    'repl-timeout 5',
    'repl-diskless-sync-delay 0',
    `min-replicas-to-write ${number(options, 'minReplicas')}`,
    'min-replicas-max-lag 2',
    `replica-announce-ip ${told.host}`,
    `replica-announce-port ${told.ports['redis']}`,
    ...(primary === undefined ? [] : [`replicaof ${primary.host} ${primary.ports['redis']}`]),
  ];
}

function sentinelSettings(
  address: NodeAddress,
  nodes: readonly string[],
  folder: string,
  options: SystemContext['options'],
): string[] {
  const told = address.advertised ?? address;
  const primary = address.peers.find(({ id }) => id === nodes[0]) ?? told;
  const downAfterMs = number(options, 'downAfterMs');
  return [
    `port ${address.ports['sentinel']}`,
    `bind ${address.host}`,
    'protected-mode no',
    `dir ${folder}`,
    `sentinel announce-ip ${told.host}`,
    `sentinel announce-port ${told.ports['sentinel']}`,
    `sentinel monitor ${GROUP} ${primary.host} ${primary.ports['redis']} ${Math.floor(nodes.length / 2) + 1}`,
    `sentinel down-after-milliseconds ${GROUP} ${downAfterMs}`,
    `sentinel failover-timeout ${GROUP} ${3 * downAfterMs}`,
    `sentinel parallel-syncs ${GROUP} 1`,
  ];
}

function number(options: SystemContext['options'], name: 'downAfterMs' | 'minReplicas'): number {
  return (options[name] as number | undefined) ?? SETTINGS[name].default;
}

function shell(script: string): { file: string; args: string[] } {
  return { file: '/bin/sh', args: ['-c', script] };
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function lines(settings: readonly string[]): string {
  return `${settings.join('\n')}\n`;
}
