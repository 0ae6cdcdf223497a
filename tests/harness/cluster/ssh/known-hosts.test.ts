/** The file of host keys, as OpenSSH writes it. */
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addKnownHost,
  fileName,
  fingerprint,
  KnownHosts,
} from '../../../../harness/cluster/ssh/known-hosts.ts';

/** A key as it is on the wire: its type, then anything. */
function key(type: string, rest: string): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(type.length);
  return Buffer.concat([head, Buffer.from(type), Buffer.from(rest)]);
}

const ONE = key('ssh-ed25519', 'one');
const TWO = key('ssh-ed25519', 'two');

describe('KnownHosts', () => {
  let folder: string;
  let path: string;
  const of = (...lines: string[]): KnownHosts => {
    writeFileSync(path, lines.join('\n'));
    return new KnownHosts(path);
  };
  const line = (names: string, bytes: Buffer): string => `${names} ssh-ed25519 ${bytes.toString('base64')}`;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'faultline-known-'));
    path = join(folder, 'known_hosts');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('knows nobody where there is no file', () => {
    expect(new KnownHosts(join(folder, 'none')).judge('a', 22, ONE)).toBe('unknown');
  });

  it('tells known, unknown and changed keys apart, and says in which line the others stand', () => {
    const known = of('# of the lab', '', line('a.test,10.0.0.1', ONE), line('[a.test]:2222', TWO));
    expect(known.judge('A.test', 22, ONE)).toBe('known');
    expect(known.judge('10.0.0.1', 22, ONE)).toBe('known');
    expect(known.judge('a.test', 22, TWO)).toBe('changed');
    expect(known.where('a.test', 22)).toBe(`${path} line 3`);
    expect(known.judge('a.test', 2222, TWO)).toBe('known');
    expect(known.where('a.test', 2222)).toBe(`${path} line 4`);
    expect(known.judge('b.test', 22, ONE)).toBe('unknown');
    expect(known.types('a.test', 22)).toEqual(['ssh-ed25519']);
  });

  it('reads hashed names, patterns and negations', () => {
    const salt = Buffer.from('0123456789abcdefghij');
    const hash = createHmac('sha1', salt).update('[a.test]:2222').digest('base64');
    const known = of(line(`|1|${salt.toString('base64')}|${hash}`, ONE), line('*.lab,!bad.lab,n?.test', TWO));
    expect(known.judge('a.test', 2222, ONE)).toBe('known');
    expect(known.judge('a.test', 22, ONE)).toBe('unknown');
    expect(known.judge('x.lab', 22, TWO)).toBe('known');
    expect(known.judge('bad.lab', 22, TWO)).toBe('unknown');
    expect(known.judge('n1.test', 22, ONE)).toBe('changed');
    expect(known.judge('n12.test', 22, ONE)).toBe('unknown');
  });

  it('takes no revoked key, whoever shows it, and passes over certificates and half lines', () => {
    const known = of(
      `@revoked ${line('*', ONE)}`,
      line('a', ONE),
      `@cert-authority ${line('c', TWO)}`,
      'torn ssh-',
    );
    expect(known.judge('a', 22, ONE)).toBe('revoked');
    expect(known.judge('z', 22, ONE)).toBe('revoked');
    expect(known.judge('c', 22, TWO)).toBe('unknown');
  });

  it('writes keys down so that they are known, after a file without a last newline too', () => {
    writeFileSync(path, line('a', ONE));
    addKnownHost(path, 'B', 2222, TWO);
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(3);
    const known = new KnownHosts(path);
    expect([known.judge('a', 22, ONE), known.judge('b', 2222, TWO)]).toEqual(['known', 'known']);
    addKnownHost(join(folder, 'new', 'file'), 'c', 22, ONE);
    expect(new KnownHosts(join(folder, 'new', 'file')).judge('c', 22, ONE)).toBe('known');
  });

  it('says that a file cannot be read', () => {
    expect(() => new KnownHosts(folder)).toThrow(`keys of hosts in ${folder} cannot be read: EISDIR`);
  });

  it('names hosts and keys as OpenSSH does', () => {
    expect([fileName('A', 22), fileName('A', 2222)]).toEqual(['a', '[a]:2222']);
    expect(fingerprint(Buffer.from('abc'))).toBe('SHA256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0');
  });
});
