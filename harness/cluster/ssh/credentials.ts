/**
 * How a user shows a host who they are: with which keys, agent and password, in which order, and what is said of those
 * that cannot be used.
 */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ClusterError } from '../cluster-error.ts';
import type { Endpoint } from './ssh-options.ts';

/** One way to log in. */
export type Credential =
  | { type: 'publickey'; username: string; key: Buffer; passphrase?: string }
  | { type: 'agent'; username: string; agent: string }
  | { type: 'password'; username: string; password: string };

/** What a file with a key turns out to be. */
export type KeyKind = 'private' | 'public' | 'locked' | 'none';

/** Tells what the text of a key is, given the passphrase there is. */
export type KeyReader = (text: Buffer, passphrase: string | undefined) => KeyKind;

/** Ways in the order in which they are tried; `words` names them in messages. */
export interface Credentials {
  methods: Credential[];
  words: string;
}

const USUAL_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/** Throws `ClusterError` for a key that was named and cannot be used, and where there is nothing to log in with. */
export function credentialsOf(
  endpoint: Endpoint,
  kindOf: KeyReader,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Credentials {
  const { user: username, key, host, passwordEnv } = endpoint;
  const found =
    key === null
      ? usual(endpoint, kindOf, environment)
      : { methods: [byKey(key, endpoint, kindOf, environment)], words: [`key ${key}`] };
  const password = environment[passwordEnv];
  if (password !== undefined && password !== '') {
    found.methods.push({ type: 'password', username, password });
    found.words.push(`the password in ${passwordEnv}`);
  }
  if (found.methods.length > 0) return { methods: found.methods, words: found.words.join(', nor by ') };
  throw new ClusterError(
    `no key to reach ${host} with: no agent, and no key in ~/.ssh that can be used (ssh-keygen; or say ssh.key or --ssh-key, or set ${passwordEnv})`,
  );
}

function usual(
  endpoint: Endpoint,
  kindOf: KeyReader,
  environment: Readonly<Record<string, string | undefined>>,
): { methods: Credential[]; words: string[] } {
  const methods: Credential[] = [];
  const words: string[] = [];
  const agent = environment['SSH_AUTH_SOCK'];
  if (agent !== undefined && agent !== '') {
    methods.push({ type: 'agent', username: endpoint.user, agent });
    words.push('the agent');
  }
  for (const name of USUAL_KEYS) {
    const path = join(environment['HOME'] ?? homedir(), '.ssh', name);
    if (!existsSync(path)) continue;
    try {
      methods.push(byKey(path, endpoint, kindOf, environment));
      words.push(`key ${path}`);
    } catch {
      // One of several, which nobody asked for by name: the agent may have it.
    }
  }
  return { methods, words };
}

function byKey(
  path: string,
  { user: username, passphraseEnv, host }: Endpoint,
  kindOf: KeyReader,
  environment: Readonly<Record<string, string | undefined>>,
): Credential {
  const key = readKey(path, host);
  const passphrase = environment[passphraseEnv];
  const why = {
    private: null,
    public: `it is a public key, and the private one is asked for${path.endsWith('.pub') ? ` (${path.slice(0, -'.pub'.length)}?)` : ''}`,
    locked: `it is encrypted, and ${passphrase === undefined ? `${passphraseEnv} is not set` : `the passphrase in ${passphraseEnv} does not open it`}`,
    none: 'it is no private key that can be read',
  }[kindOf(key, passphrase)];
  if (why !== null) throw new ClusterError(`key ${path} for ${host} cannot be used: ${why}`);
  return { type: 'publickey', username, key, ...(passphrase === undefined ? {} : { passphrase }) };
}

function readKey(path: string, host: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const words: Record<string, string> = {
      ENOENT: 'there is no such file',
      EACCES: 'its permissions do not let you',
      EISDIR: 'it is a folder',
    };
    throw new ClusterError(`key ${path} for ${host} cannot be read: ${words[code ?? ''] ?? code}`);
  }
}
