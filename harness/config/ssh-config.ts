/**
 * The `ssh` section: on which machines nodes run, and how those are reached. The same words hold on the command line, where
 * hosts take the place of the section's.
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { SshHostSpec, SshOptions } from '../cluster/ssh/ssh-options.ts';
import { UsageError } from '../registry.ts';
import { type Duration, parseDuration } from './units.ts';

/** The section as it is written: times as words, hosts as words or as objects that say more. */
export interface SshConfig extends Omit<SshOptions, 'hosts' | 'watchdogMs' | 'reconnectMs'> {
  /** `host`, `user@host`, `host:port`, or an object; or a file of hosts. */
  hosts?: (string | SshHostSpec)[] | string;
  /** A host that hears nothing from here for so long undoes its faults; default 10s. */
  watchdog?: Duration;
  /** A host that does not answer for so long is lost; default 30s. */
  reconnect?: Duration;
}

/** The section with nothing left open. */
export type SshSpec = SshOptions;

/** What the file says, unless a flag names others. Paths count from `directory`; those of flags are absolute. */
export function resolveSsh(
  file: SshConfig | undefined,
  flags: SshConfig | undefined,
  directory: string,
): SshSpec | null {
  if (file === undefined && flags === undefined) return null;
  const { hosts: said = [], watchdog, reconnect, ...rest } = { ...file, ...flags };
  const hosts = typeof said === 'string' ? readHosts(fromHome(said, directory)) : said;
  if (hosts.length === 0) {
    throw new UsageError('the ssh section names no hosts', { hint: 'add ssh.hosts, or give --hosts a,b,c' });
  }
  const spec: SshSpec = {
    ...rest,
    hosts: hosts.map((host) => (typeof host === 'string' ? parseHost(host) : host)),
    ...(watchdog === undefined ? {} : { watchdogMs: parseDuration(watchdog) }),
    ...(reconnect === undefined ? {} : { reconnectMs: parseDuration(reconnect) }),
  };
  return withSshPaths(spec, (path) => fromHome(path, directory));
}

/** `user@host:port`, as it may be written wherever a host is named. Throws `UsageError`. */
export function parseHost(text: string): SshHostSpec {
  const match = /^(?:([^@\s]+)@)?([A-Za-z0-9._-]+)(?::(\d{1,5}))?$/.exec(text.trim());
  const port = match?.[3] === undefined ? undefined : Number(match[3]);
  if (match === null || (port !== undefined && (port < 1 || port > 65_535))) {
    throw new UsageError(`"${text}" names no host`, { hint: 'write host, user@host or user@host:port' });
  }
  const [, user, host] = match;
  return { host: host!, ...(user === undefined ? {} : { user }), ...(port === undefined ? {} : { port }) };
}

/** Hosts of a file, one a line; empty lines and what follows a # are passed over. Throws `UsageError`. */
export function readHosts(path: string): string[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`file ${path} of hosts cannot be read: ${(error as NodeJS.ErrnoException).code}`, {
      hint: 'give --hosts a,b,c, or a file with one host a line',
    });
  }
  const hosts = text.split('\n').flatMap((line, i) => {
    const host = line.replace(/#.*/, '').trim();
    if (host === '') return [];
    try {
      parseHost(host);
    } catch (error) {
      throw new UsageError(`${path} line ${i + 1}: ${(error as Error).message}`, {
        hint: 'one host a line: host, user@host or user@host:port',
      });
    }
    return [host];
  });
  if (hosts.length > 0) return hosts;
  throw new UsageError(`${path} names no hosts`, {
    hint: 'one host a line: host, user@host or user@host:port',
  });
}

/** With every path of this machine passed through `change`: a plan holds no absolute ones. */
export function withSshPaths(spec: SshSpec, change: (path: string) => string): SshSpec {
  const { key, knownHosts, upload, unpack, hosts, ...rest } = spec;
  return {
    ...rest,
    hosts: hosts.map(({ key: own, ...host }) => (own === undefined ? host : { ...host, key: change(own) })),
    ...(key === undefined ? {} : { key: change(key) }),
    ...(knownHosts === undefined ? {} : { knownHosts: change(knownHosts) }),
    ...(upload === undefined ? {} : { upload: upload.map(change) }),
    ...(unpack === undefined ? {} : { unpack: unpack.map(change) }),
  };
}

function fromHome(path: string, directory: string): string {
  return path.startsWith('~/') ? join(homedir(), path.slice(2)) : resolve(directory, path);
}

const text = (description: string) => ({ type: 'string', minLength: 1, description }) as const;
const port = { type: 'integer', minimum: 1, maximum: 65_535 } as const;

/** The section in the JSON Schema of configurations. */
export const SSH_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  description: 'the machines of backend ssh, one node on each, and how they are reached',
  properties: {
    hosts: {
      description:
        'a list of host, user@host, user@host:port, or objects that say more; or a file with one host a line',
      anyOf: [
        text('a file with one host a line'),
        {
          type: 'array',
          minItems: 1,
          description: 'host, user@host, user@host:port, or an object that says more',
          items: {
            oneOf: [
              { type: 'string', minLength: 1 },
              {
                type: 'object',
                additionalProperties: false,
                required: ['host'],
                properties: {
                  host: { type: 'string', pattern: '^[A-Za-z0-9._-]+$', description: 'name or IPv4 address' },
                  port,
                  user: text('who logs in'),
                  key: text('a private key for this host'),
                  address: text('the IPv4 address its node listens at, where that is another one'),
                },
              },
            ],
          },
        },
      ],
    },
    user: text('who logs in; default: the user that runs faultline'),
    port,
    key: text('a private key; default: those of the agent, then those of ~/.ssh'),
    passphraseEnv: text('the environment variable with the passphrase of the key'),
    passwordEnv: text('the environment variable with a password, tried after keys'),
    sudo: {
      type: 'boolean',
      description: 'faults of links use sudo; default: where it is needed and asks no password',
    },
    knownHosts: text('keys of hosts; default ~/.ssh/known_hosts'),
    acceptNewHostKeys: {
      type: 'boolean',
      description: 'keys of hosts nobody knows yet are taken; default false',
    },
    dedicated: {
      type: 'boolean',
      description: 'the clocks of the machines themselves may be set; default false',
    },
    folder: {
      type: 'string',
      pattern: '^/[A-Za-z0-9._/-]+$',
      description: 'where a run is on a host; default /var/tmp',
    },
    upload: {
      type: 'array',
      items: text('a file or folder of this machine'),
      description: 'into the working directory of nodes',
    },
    unpack: {
      type: 'array',
      items: text('a tar archive of this machine'),
      description: 'into the working directory of nodes',
    },
    cache: {
      type: 'boolean',
      description: 'uploaded files stay on hosts for later runs, up to a week unused; default false',
    },
    watchdog: { $ref: '#/$defs/duration' },
    reconnect: { $ref: '#/$defs/duration' },
  },
} as const;
