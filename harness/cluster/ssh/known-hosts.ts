/**
 * The file of host keys that ssh keeps: whether a host is who it was. Names in it may be hashed, hold patterns, and
 * carry a port; keys may be revoked. Reads OpenSSH's format.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ClusterError } from '../cluster-error.ts';

/** What the file says of a key a host has shown. */
export type KeyVerdict = 'known' | 'unknown' | 'changed' | 'revoked';

interface Entry {
  /** Where it stands in the file, from 1. */
  line: number;
  marker: string | null;
  names: string;
  type: string;
  key: Buffer;
}

/** Entries of a file; none when it does not exist. Certificates' authorities (`@cert-authority`) are passed over. */
export class KnownHosts {
  readonly path: string;
  readonly #entries: readonly Entry[];

  /** Throws `ClusterError` for a file that is there and cannot be read. */
  constructor(path: string) {
    this.path = path;
    this.#entries = existsSync(path) ? textOf(path).split('\n').flatMap(parseLine) : [];
  }

  /** Types of keys that are known of a host, such as `ssh-ed25519`. */
  types(host: string, port: number): string[] {
    const own = this.#of(host, port).filter(({ marker }) => marker === null);
    return [...new Set(own.map(({ type }) => type))];
  }

  /** `changed`: the host is known by other keys only. */
  judge(host: string, port: number, key: Buffer): KeyVerdict {
    const same = (entry: Entry): boolean => entry.key.equals(key);
    if (this.#entries.some((entry) => entry.marker === '@revoked' && same(entry))) return 'revoked';
    const own = this.#of(host, port).filter(({ marker }) => marker === null);
    if (own.some(same)) return 'known';
    return own.length > 0 ? 'changed' : 'unknown';
  }

  /** Where the keys of a host stand, as messages say it: `~/.ssh/known_hosts line 3`. */
  where(host: string, port: number): string {
    const lines = this.#of(host, port).map(({ line }) => line);
    if (lines.length === 0) return this.path;
    return `${this.path} line${lines.length > 1 ? 's' : ''} ${lines.join(', ')}`;
  }

  #of(host: string, port: number): Entry[] {
    const name = fileName(host, port);
    return this.#entries.filter(({ names }) => matches(names, name));
  }
}

/** Writes down the key of a host; creates the file, for this user alone. */
export function addKnownHost(path: string, host: string, port: number, key: Buffer): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const start = before === '' || before.endsWith('\n') ? '' : '\n';
  const line = `${fileName(host, port)} ${typeOf(key)} ${key.toString('base64')}\n`;
  appendFileSync(path, `${start}${line}`, { mode: 0o600 });
}

/** `SHA256:...`, as ssh-keygen -l prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The name a host has in the file. */
export function fileName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ClusterError(
      `keys of hosts in ${path} cannot be read: ${(error as NodeJS.ErrnoException).code} (say ssh.knownHosts)`,
    );
  }
}

function parseLine(text: string, index: number): Entry[] {
  const words = text.trim().split(/\s+/);
  if (words[0] === '' || words[0]!.startsWith('#')) return [];
  const marker = words[0]!.startsWith('@') ? words.shift()! : null;
  const [names, type, encoded] = words;
  if (names === undefined || type === undefined || encoded === undefined) return [];
  if (marker === '@cert-authority') return [];
  return [{ line: index + 1, marker, names, type, key: Buffer.from(encoded, 'base64') }];
}

function matches(names: string, name: string): boolean {
  if (names.startsWith('|1|')) {
    const [, , salt = '', hash = ''] = names.split('|');
    const wanted = Buffer.from(hash, 'base64');
    const own = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
    return wanted.length === own.length && timingSafeEqual(wanted, own);
  }
  let found = false;
  for (const pattern of names.toLowerCase().split(',')) {
    const negated = pattern.startsWith('!');
    if (!wildcard(negated ? pattern.slice(1) : pattern).test(name)) continue;
    if (negated) return false;
    found = true;
  }
  return found;
}

function wildcard(pattern: string): RegExp {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}

/** The first field of a key's own encoding. */
function typeOf(key: Buffer): string {
  return key.toString('latin1', 4, 4 + key.readUInt32BE(0));
}
