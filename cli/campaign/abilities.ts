/**
 * What this machine can carry out, in words: backends, virtual time, clocks and disks of nodes, real systems whose
 * programs are installed. A worker announces them, a run names those it needs.
 */
import { existsSync } from 'node:fs';
import { detectClockSupport } from '../../harness/cluster/clock/clock-support.ts';
import { detectDiskSupport } from '../../harness/cluster/disk/disk-program.ts';
import { findStepper } from '../../harness/cluster/lockstep/stepper-program.ts';
import { dockerProbe } from '../../harness/doctor/docker.ts';
import { runProbe } from '../../harness/doctor/probe.ts';
import { suggest, UsageError } from '../../harness/registry.ts';
import { monotonicNs } from '../../harness/time.ts';
import { findProgram } from '../../systems/installed.ts';
import { BACKENDS } from '../registries.ts';
import { obstacle } from '../sandboxed.ts';

const program =
  (name: string): (() => boolean) =>
  () =>
    findProgram(name) !== null;
const file =
  (path: string): (() => boolean) =>
  () =>
    existsSync(path);

/** What has to be there for the real systems, beside faultline itself. */
export const INSTALLED: Readonly<Record<string, readonly (() => boolean)[]>> = {
  etcd: [program('etcd')],
  zookeeper: [program('java'), file('/usr/share/java/zookeeper.jar')],
  'redis-sentinel': [program('redis-server'), program('redis-sentinel'), program('redis-cli')],
  postgres: [file('/usr/lib/postgresql'), program('setpriv')],
  mariadb: [program('mariadbd'), program('mariadb')],
  galera: [program('mariadbd'), file('/usr/lib/galera/libgalera_smm.so')],
  patroni: [program('patroni'), file('/usr/lib/postgresql'), program('etcd')],
  'nats-jetstream': [program('nats-server')],
  keepalived: [program('keepalived')],
  rabbitmq: [program('epmd'), file('/usr/lib/rabbitmq/bin/rabbitmq-server')],
};

/** Checked one by one, where it takes more than a look at the file system. */
const CHECKED: Readonly<Record<string, () => Promise<boolean>>> = {
  netns: async () => (await obstacle(BACKENDS['netns']!)) === null,
  docker: async () => (await runProbe(dockerProbe, { dir: process.cwd() }, () => monotonicNs() / 1e6)).ok,
  'virtual-time': async () => 'path' in (await findStepper()),
  clock: async () => (await detectClockSupport()).mechanism !== 'none',
  disk: async () => 'program' in (await detectDiskSupport()),
};

/** What only whoever starts a worker can know: whether it reaches the hosts of a configuration. */
const SAID = ['ssh'];

/** Every word there is. */
export const ABILITIES: readonly string[] = [
  ...['sim', 'stdio', 'tcp'],
  ...Object.keys(CHECKED),
  ...SAID,
  ...Object.keys(INSTALLED),
];

/** Whether a program is installed here: by its name on the PATH, or by its absolute path. */
export function hasProgram(name: string): boolean {
  return name.startsWith('/') ? existsSync(name) : findProgram(name) !== null;
}

/** What this machine can; takes as long as its slowest answer, about a second. */
export async function abilitiesHere(): Promise<string[]> {
  const checked = await Promise.all(
    Object.entries(CHECKED).map(async ([name, holds]) => ((await holds()) ? [name] : [])),
  );
  const installed = Object.entries(INSTALLED).filter(([, all]) => all.every((holds) => holds()));
  return ['sim', 'stdio', 'tcp', ...checked.flat(), ...installed.map(([name]) => name)];
}

/** What a worker says it can: what it was told, or what is found. Throws `UsageError` for a word there is not. */
export async function abilitiesOf(told: readonly string[]): Promise<string[]> {
  for (const word of told) {
    if (ABILITIES.includes(word)) continue;
    throw new UsageError(`there is no ability "${word}"`, { hint: suggest(word, ABILITIES) });
  }
  return told.length > 0 ? [...new Set(told)] : abilitiesHere();
}
