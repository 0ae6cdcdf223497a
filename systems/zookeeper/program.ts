/**
 * How a ZooKeeper server is started: its configuration, and the names under which it knows itself and the others. It
 * must listen at the very name it tells the others, so each has a table of names of its own: under its own name it
 * finds where it listens, under the others' names where it reaches them.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { NodeAddress, ProgramSpec, SystemContext, TestedProgram } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { installedProgram, missing, tested } from '../installed.ts';

/** What `--set` may change of it. */
export const TIMING = {
  tickMs: {
    summary: 'a tick: sessions last two ticks at least and twenty at most, followers may be four behind',
    default: 500,
    type: 'number',
    min: 50,
    max: 10_000,
  },
} as const;

const JAR = '/usr/share/java/zookeeper.jar';

/** The server and its Java as runs remember them: the version stands in the name of a jar beside it. */
export function testedZookeeper(): TestedProgram[] {
  const java = tested('java', ['-version']);
  if (!existsSync(JAR)) return java;
  const named = readdirSync(dirname(JAR)).map((name) => /^zookeeper-(\d[\w.]*)\.jar$/.exec(name)?.[1]);
  const version = named.find((one) => one !== undefined);
  return [{ name: 'zookeeper', file: JAR, ...(version === undefined ? {} : { version }) }, ...java];
}

/** The server of one node; writes its configuration into its folder. Throws `ClusterError` where Java or it is missing. */
export function program(
  address: NodeAddress,
  { nodes, options }: Omit<SystemContext, 'cluster'>,
): ProgramSpec {
  const java = installedProgram('java', 'default-jre-headless');
  if (!existsSync(JAR)) throw missing('zookeeper', 'zookeeper');
  const data = join(address.dataDir, 'zookeeper');
  const fresh = !existsSync(join(data, 'version-2'));
  mkdirSync(data, { recursive: true });
  const write = (name: string, lines: readonly string[]): string => {
    const path = join(data, name);
    writeFileSync(path, `${lines.join('\n')}\n`);
    return path;
  };
  const known = nodes.map((node, i) => {
    const { host, ports } = address.peers.find(({ id }) => id === node) ?? address;
    return { id: i + 1, name: `server-${i + 1}`, host, ports };
  });
  write('myid', [String(address.index + 1)]);
  const hosts = write(
    'hosts',
    known.map(({ name, host }) => `${host} ${name}`),
  );
  const configuration = write('zoo.cfg', [
    `dataDir=${data}`,
    `clientPort=${address.ports['client']}`,
    `clientPortAddress=${address.host}`,
    ...settings(options),
    ...known.map(({ id, name, ports }) => `server.${id}=${name}:${ports['quorum']}:${ports['election']}`),
  ]);
  const flags = ['-Xmx128m', '-Xss256k', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData'];
  const properties = {
    'jdk.net.hosts.file': hosts,
    'java.net.preferIPv4Stack': 'true',
    'zookeeper.admin.enableServer': 'false',
    'zookeeper.jmx.log4j.disable': 'true',
    'org.slf4j.simpleLogger.showDateTime': 'true',
  };
  const set = Object.entries(properties).map(([name, value]) => `-D${name}=${value}`);
  const classes = [JAR, '/usr/share/java/slf4j-simple.jar'].join(':');
  const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain';
  return {
    file: java,
    args: [...flags, ...set, '-cp', classes, main, configuration],
    cwd: data,
    // A server that comes back while it is cut off finds nobody to follow.
    ...(fresh ? {} : { ready: { kind: 'tcp', port: 'client' } }),
  };
}

function settings(options: Readonly<Record<string, Json>>): string[] {
  const tickMs = (options['tickMs'] as number | undefined) ?? TIMING.tickMs.default;
  return [
    `tickTime=${tickMs}`,
    'initLimit=20',
    'syncLimit=4',
    'standaloneEnabled=false',
    'reconfigEnabled=false',
    'maxClientCnxns=0',
    '4lw.commands.whitelist=srvr',
  ];
}
