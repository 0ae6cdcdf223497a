/**
 * How a broker is started: its configuration, its users and policies as definitions, and the port mapper of Erlang, which
 * belongs to the node as the broker does. Brokers find each other by the addresses in their names.
 */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeAddress, ProgramSpec, ReadyProbe, System, SystemContext } from '../../harness/contracts.ts';
import { findProgram, installedProgram, missing } from '../installed.ts';
import { startScript } from './start-script.ts';

/** Who everything is done by; the password is the same. */
export const USER = 'faultline';

/** What `--set` may change of it. */
export const SETTINGS = {
  queue: {
    summary: 'quorum: replicated by Raft; mirrored: a classic queue with a mirror on every broker',
    default: 'quorum',
    choices: ['quorum', 'mirrored'],
  },
  partitions: {
    summary: 'cluster_partition_handling: what brokers do when they have lost each other',
    default: 'pause_minority',
    choices: ['pause_minority', 'autoheal', 'ignore'],
  },
  netTickSeconds: {
    summary: 'silence after which a broker holds another for down, give or take a quarter',
    default: 8,
    type: 'number',
    min: 4,
    max: 3600,
  },
} as const satisfies System['options'];

const COOKIE = 'faultline';
const PACKAGE = 'rabbitmq-server';
const SCRIPT = '/usr/lib/rabbitmq/bin/rabbitmq-server';

/** The broker of one node. Throws `ClusterError` where RabbitMQ is missing. */
export function program(
  address: NodeAddress,
  { nodes, options }: Omit<SystemContext, 'cluster'>,
): ProgramSpec {
  // Not the one on the PATH: that becomes another user first.
  if (!existsSync(SCRIPT)) throw missing('rabbitmq-server', PACKAGE);
  const epmd = installedProgram('epmd', 'erlang-base');
  const folder = join(address.dataDir, 'rabbitmq');
  const fresh = !existsSync(folder);
  mkdirSync(folder, { recursive: true });
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    if (name !== COOKIE_FILE || !existsSync(path)) writeFileSync(path, text);
    return path;
  };
  chmodSync(write(COOKIE_FILE, COOKIE), 0o400);
  const members = nodes.map((node) => (address.peers.find(({ id }) => id === node) ?? address).host);
  const definitions = write('definitions.json', JSON.stringify(definitionsOf(options)));
  write('rabbitmq.conf', settingsOf(address, members, options, definitions).join('\n'));
  const script = write('start.sh', startScript(SCRIPT, epmd, address.host, join(folder, CRASH_DUMP)));
  return {
    file: '/bin/sh',
    args: [script],
    cwd: folder,
    env: environmentOf(address, folder, write('plugins', '[].'), options),
    ready: fresh ? joined(address, nodes.length) : { kind: 'log', pattern: 'Starting RabbitMQ' },
  };
}

const COOKIE_FILE = '.erlang.cookie';
const CRASH_DUMP = 'erl_crash.dump';

function environmentOf(
  { host }: NodeAddress,
  folder: string,
  plugins: string,
  options: SystemContext['options'],
): Record<string, string> {
  const tick = String(options['netTickSeconds'] ?? SETTINGS.netTickSeconds.default);
  return {
    HOME: folder,
    RABBITMQ_NODENAME: nameOf(host),
    RABBITMQ_USE_LONGNAME: 'true',
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_LOGS: '-',
    ERL_CRASH_DUMP: join(folder, CRASH_DUMP),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq'),
    RABBITMQ_ENABLED_PLUGINS_FILE: plugins,
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    // One scheduler: several brokers share this machine.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: `-kernel net_ticktime ${tick} +S 1:1 +sbwt none`,
  };
}

function settingsOf(
  { host, ports }: NodeAddress,
  members: readonly string[],
  options: SystemContext['options'],
  definitions: string,
): string[] {
  return [
    `listeners.tcp.1 = ${host}:${ports['amqp']}`,
    'loopback_users = none',
    'cluster_formation.peer_discovery_backend = classic_config',
    ...members.map((member, i) => `cluster_formation.classic_config.nodes.${i + 1} = ${nameOf(member)}`),
    'cluster_formation.randomized_startup_delay_range.min = 0',
    'cluster_formation.randomized_startup_delay_range.max = 1',
    `cluster_partition_handling = ${options['partitions'] ?? SETTINGS.partitions.default}`,
    `load_definitions = ${definitions}`,
    '',
  ];
}

function definitionsOf(options: SystemContext['options']): object {
  const mirrored = (options['queue'] ?? SETTINGS.queue.default) === 'mirrored';
  const everything = { configure: '.*', write: '.*', read: '.*' };
  const mirror = { 'ha-mode': 'all', 'ha-sync-mode': 'automatic' };
  return {
    vhosts: [{ name: '/' }],
    users: [{ name: USER, password: USER, tags: 'administrator' }],
    permissions: [{ user: USER, vhost: '/', ...everything }],
    policies: mirrored
      ? [
          {
            ...{ name: 'mirrored', vhost: '/', pattern: '.*', 'apply-to': 'queues', priority: 0 },
            definition: mirror,
          },
        ]
      : [],
  };
}

/** Ready once it listens and knows all others to run. */
function joined({ host, ports }: NodeAddress, count: number): ReadyProbe {
  const caller = findProgram('erl_call', '/usr/lib/erlang/bin');
  if (caller === null) return { kind: 'tcp', port: 'amqp' };
  const asked = `${caller} -name ${nameOf(host)} -c ${COOKIE} -timeout 1 -a 'rabbit_mnesia cluster_nodes [running]'`;
  const listens = `${caller} -name ${nameOf(host)} -c ${COOKIE} -timeout 1 -a 'gen_tcp connect ["${host}",${ports['amqp']},[]]'`;
  const script = `[ "$(${asked} | grep -o rabbit@ | wc -l)" -eq ${count} ] && ${listens} | grep -q ok`;
  return { kind: 'command', file: '/bin/sh', args: ['-c', script] };
}

function nameOf(host: string): string {
  return `rabbit@${host}`;
}
