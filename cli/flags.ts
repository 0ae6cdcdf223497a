/**
 * The options that `run`, `demo` and `replay` share, and what they say as configuration.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseHost, readHosts, type SshConfig } from '../harness/config/ssh-config.ts';
import type { Config, ConfigFlags } from '../harness/config/types.ts';
import { NET_PROFILES } from '../harness/network/net-profiles.ts';
import type { Json } from '../harness/op.ts';
import { lookup, UsageError } from '../harness/registry.ts';
import { flag, list, type OptionSpec, type OptionValues, text } from './command.ts';

/** Where results go. */
export const OUTPUT_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--seed <n>',
    summary: 'seed of the plan; same configuration and seed, same plan (default: drawn)',
  },
  { flags: '--out <folder>', summary: 'run folder; default below .faultline/' },
  { flags: '--json', summary: 'print verdict.json on stdout, and nothing else there' },
  { flags: '--ascii', summary: 'only ASCII glyphs' },
];

/** Which machines backend ssh uses, and how they are reached. */
export const SSH_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--hosts <hosts>',
    summary: 'backend ssh: where nodes run: root@a,b:2222, or a file with one host a line',
  },
  { flags: '--ssh-user <name>', summary: 'backend ssh: who logs in' },
  { flags: '--ssh-key <file>', summary: 'backend ssh: a private key (default: agent, then ~/.ssh)' },
  { flags: '--known-hosts <file>', summary: 'backend ssh: keys of hosts (default ~/.ssh/known_hosts)' },
  {
    flags: '--accept-new-host-keys',
    summary: 'backend ssh: take and write down keys of hosts nobody knows yet; changed ones never',
  },
];

/** What runs, and for how long. */
export const RUN_OPTIONS: readonly OptionSpec[] = [
  { flags: '--system <name>', summary: 'system under test (faultline list systems)' },
  { flags: '--bug <name>', summary: 'turn on a named bug of a reference system', many: true },
  { flags: '--workload <name>', summary: 'workload (faultline list workloads)' },
  { flags: '--option <key=value>', summary: 'option of the workload', many: true },
  {
    flags: '--nemesis <faults>',
    summary: 'faults, e.g. partition,kill@leader,clock:jump; none for none',
    many: true,
  },
  { flags: '--nodes <n>', summary: 'number of nodes, or their names: n1,n2,n3 (default 5)' },
  { flags: '--concurrency <n>', summary: 'client threads, or a multiple of the nodes: 2n (default 2n)' },
  { flags: '--rate <rate>', summary: 'operations per second over all clients, e.g. 200 (default: no limit)' },
  { flags: '--time-limit <time>', summary: 'length of the load, e.g. 30s (default 30s)' },
  { flags: '--op-timeout <time>', summary: 'after this an operation is indeterminate (default 5s)' },
  { flags: '--interval <time>', summary: 'pause before each fault of a lane' },
  { flags: '--duration <time>', summary: 'how long each fault lasts' },
  {
    flags: '--settle <time>',
    summary: 'how long the cluster may take to recover after faults (default 30s)',
  },
  { flags: '--backend <name>', summary: 'stdio, tcp, netns, docker, ssh or sim (faultline list backends)' },
  { flags: '--image <name>', summary: 'backend docker: an image the engine has, to run nodes from' },
  { flags: '--build <folder>', summary: 'backend docker: a folder with a Dockerfile, built for the run' },
  ...SSH_OPTIONS,
  {
    flags: '--client <middleware>',
    summary: 'what clients do about timeouts: retry, idempotency-key, timeout:ms=300, circuit-breaker',
    many: true,
  },
  {
    flags: '--net-profile <name>',
    summary: 'a network with distances: same-dc, cross-continent, seoul-us-west, wan-5',
  },
  {
    flags: '--virtual-time',
    summary: 'backend stdio: processes in lock step on virtual time; the same again from the same seed',
  },
  { flags: '--set <key=value>', summary: 'option of the system', many: true },
  {
    flags: '--gate <name=n>',
    summary: 'threshold under which a pass is vacuous; 0 turns it off',
    many: true,
  },
  { flags: '--checker <name>', summary: 'a checker beyond those of the workload', many: true },
  { flags: '--capture', summary: 'backends netns and docker: record every packet in logs/packets.pcap' },
  { flags: '--live-check', summary: 'judge while the run goes; a violation is said the moment it is seen' },
  {
    flags: '--stop-on-fail',
    summary: 'end the load at the first violation that is seen, then judge as usual; implies --live-check',
  },
  {
    flags: '--allow <verdict>',
    summary: 'a verdict that exits 0 all the same; every report says so',
    many: true,
  },
];

/** The options as configuration; only what was given is there. */
export function configFlags(options: OptionValues): ConfigFlags {
  const flags: Record<string, Json> = {};
  const put = (key: string, value: Json | undefined): void => {
    if (value !== undefined) flags[key] = value;
  };
  const many = (name: string): string[] | undefined => {
    const items = list(options, name);
    return options[name] === undefined ? undefined : items;
  };
  put('system', text(options, 'system'));
  put('bugs', many('bug'));
  put('workload', workloadFlag(options));
  const nemesis = many('nemesis');
  put('nemesis', nemesis?.length === 1 && nemesis[0] === 'none' ? [] : nemesis);
  put('nodes', nodesFlag(text(options, 'nodes')));
  put('concurrency', text(options, 'concurrency'));
  put('rate', rateFlag(text(options, 'rate')));
  for (const key of ['timeLimit', 'opTimeout', 'interval', 'duration', 'settle', 'backend'])
    put(key, text(options, key));
  put('docker', dockerFlag(options));
  put('ssh', sshFlag(options) as Json | undefined);
  put('seed', seedFlag(text(options, 'seed')));
  put('set', pairs(options, 'set', '--set'));
  put('client', many('client'));
  const profile = text(options, 'netProfile');
  if (profile !== undefined) {
    lookup('network (--net-profile)', NET_PROFILES, profile);
    put('network', { profile });
  }
  put('gates', pairs(options, 'gate', '--gate'));
  put('checkers', many('checker'));
  if (flag(options, 'virtualTime')) put('virtualTime', true);
  if (flag(options, 'capture')) put('capture', true);
  if (flag(options, 'liveCheck')) put('liveCheck', true);
  if (flag(options, 'stopOnFail')) put('stopOnFail', true);
  put('allow', many('allow'));
  return flags as ConfigFlags;
}

function dockerFlag(options: OptionValues): Json | undefined {
  const [image, build] = [text(options, 'image'), text(options, 'build')];
  if (image !== undefined && build !== undefined) {
    throw new UsageError('--image and --build are both given', {
      hint: 'keep one: nodes run from one image',
    });
  }
  if (image !== undefined) return { image };
  return build === undefined ? undefined : { build: resolve(build) };
}

/** What the options of backend ssh say, as a section of the configuration; undefined: nothing. Throws `UsageError`. */
export function sshFlag(options: OptionValues): SshConfig | undefined {
  const said = text(options, 'hosts');
  const [user, key, known] = [text(options, 'sshUser'), text(options, 'sshKey'), text(options, 'knownHosts')];
  const section = {
    ...(said === undefined ? {} : { hosts: hostsOf(said) }),
    ...(user === undefined ? {} : { user }),
    ...(key === undefined ? {} : { key: resolve(key) }),
    ...(known === undefined ? {} : { knownHosts: resolve(known) }),
    ...(flag(options, 'acceptNewHostKeys') ? { acceptNewHostKeys: true } : {}),
  };
  return Object.keys(section).length === 0 ? undefined : section;
}

/** A list with commas, or the name of a file. */
function hostsOf(said: string): string[] {
  const isFile = !said.includes(',') && (/[/\\]|\.(txt|list|hosts)$/.test(said) || existsSync(resolve(said)));
  if (isFile) return readHosts(resolve(said));
  const hosts = said.split(',');
  for (const host of hosts) parseHost(host);
  return hosts;
}

/** `--seed` as a number; throws `UsageError` for anything else. */
export function seedFlag(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const seed = Number(value);
  if (value.trim() === '' || !Number.isSafeInteger(seed) || seed < 0) {
    throw new UsageError(`--seed must be a whole number from 0 to 2^53 - 1, not "${value}"`);
  }
  return seed;
}

/** A bare number is operations per second. */
function rateFlag(value: string | undefined): Json | undefined {
  return value !== undefined && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}

function workloadFlag(options: OptionValues): Json | undefined {
  const name = text(options, 'workload');
  const given = pairs(options, 'option', '--option');
  if (given === undefined) return name;
  if (name === undefined) {
    throw new UsageError('--option needs --workload <name> beside it', {
      hint: 'or put the options into a config',
    });
  }
  return { name, ...given };
}

function nodesFlag(value: string | undefined): Config['nodes'] {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  return value.split(',').map((name) => name.trim());
}

/** `key=value` items; a value that is JSON is taken as JSON, anything else as text. */
export function pairs(options: OptionValues, name: string, shown: string): Record<string, Json> | undefined {
  const items = options[name];
  if (!Array.isArray(items)) return undefined;
  return Object.fromEntries(
    items.map((item) => {
      const at = item.indexOf('=');
      if (at < 1) throw new UsageError(`${shown} takes key=value, not "${item}"`);
      return [item.slice(0, at), jsonOrText(item.slice(at + 1))];
    }),
  );
}

function jsonOrText(value: string): Json {
  try {
    return JSON.parse(value) as Json;
  } catch {
    return value;
  }
}

/** True when the results go to stdout as JSON. */
export function wantsJson(options: OptionValues): boolean {
  return flag(options, 'json');
}
