/** What there is to log in with, as the doctor tells it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { credentialsHere, hostProbe } from '../../../harness/doctor/ssh.ts';

describe('credentialsHere', () => {
  let home: string;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'faultline-home-'));
  });
  afterAll(() => rmSync(home, { recursive: true }));

  it('names what there is, and what makes a key where there is none', () => {
    expect(credentialsHere({ HOME: home })).toMatchObject({ ok: false, fix: 'ssh-keygen' });
    mkdirSync(join(home, '.ssh'));
    writeFileSync(join(home, '.ssh', 'id_ecdsa'), '');
    expect(credentialsHere({ HOME: home, SSH_AUTH_SOCK: '/agent' })).toEqual({
      ok: true,
      detail:
        'an agent, key ~/.ssh/id_ecdsa; no host is known yet (ssh-keyscan); ask hosts by doctor --hosts a,b,c',
    });
  });

  it('has a probe of the name of each host', () => {
    expect(hostProbe({ hosts: [], user: 'u' }, { host: 'a', port: 2222 }).name).toBe('u@a:2222');
  });
});
