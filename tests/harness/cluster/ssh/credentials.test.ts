/** With what a user logs in, and what is said of what cannot be used. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { credentialsOf, type KeyKind } from '../../../../harness/cluster/ssh/credentials.ts';
import type { Endpoint } from '../../../../harness/cluster/ssh/ssh-options.ts';

describe('credentialsOf', () => {
  let home: string;
  const at = (name: string): string => join(home, '.ssh', name);
  const endpoint = (key: string | null): Endpoint => ({
    ...{ host: 'h', port: 22, user: 'u', key, knownHosts: '/none', acceptNewHostKeys: false },
    ...{ passphraseEnv: 'PHRASE', passwordEnv: 'WORD' },
  });
  const asSaid = (text: Buffer): KeyKind => text.toString() as KeyKind;
  const told = (key: string | null, environment: Record<string, string> = {}) =>
    credentialsOf(endpoint(key), asSaid, { HOME: home, ...environment });

  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'faultline-home-'));
    mkdirSync(at('.'), { recursive: true });
    for (const kind of ['private', 'public', 'locked', 'none']) writeFileSync(at(kind), kind);
  });
  afterAll(() => rmSync(home, { recursive: true }));

  it('tries the agent, then the usual keys, then the password', () => {
    expect(() => told(null)).toThrow('no key to reach h with: no agent, and no key in ~/.ssh');
    writeFileSync(at('id_rsa'), 'locked');
    writeFileSync(at('id_ed25519'), 'private');
    const { methods, words } = told(null, { SSH_AUTH_SOCK: '/agent', WORD: 'secret' });
    expect(methods.map(({ type }) => type)).toEqual(['agent', 'publickey', 'password']);
    expect(words).toBe(`the agent, nor by key ${at('id_ed25519')}, nor by the password in WORD`);
    expect(words).not.toContain('secret');
  });

  it('tries a key that is named alone, and the password', () => {
    const { methods } = told(at('private'), { SSH_AUTH_SOCK: '/agent', PHRASE: 'p' });
    expect(methods).toEqual([
      { type: 'publickey', username: 'u', key: Buffer.from('private'), passphrase: 'p' },
    ]);
    expect(told(at('private'), { WORD: 'w' }).methods).toHaveLength(2);
  });

  it.each([
    ['missing', {}, /cannot be read: there is no such file/],
    ['.', {}, /cannot be read: it is a folder/],
    ['public', {}, /cannot be used: it is a public key/],
    ['none', {}, /cannot be used: it is no private key/],
    ['locked', {}, /cannot be used: it is encrypted, and PHRASE is not set/],
    ['locked', { PHRASE: 'x' }, /the passphrase in PHRASE does not open it/],
  ])('says why key %s with %o is of no use', (name, environment, sentence) => {
    expect(() => told(at(name), environment)).toThrow(sentence);
  });
});
