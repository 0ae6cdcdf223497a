/** Hosts and how they are reached, as they are written. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseHost, readHosts, resolveSsh, withSshPaths } from '../../../harness/config/ssh-config.ts';

describe('hosts', () => {
  let folder: string;
  const file = (text: string): string => {
    const path = join(folder, 'hosts.txt');
    writeFileSync(path, text);
    return path;
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'faultline-hosts-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are names with user and port', () => {
    expect(parseHost('a.test')).toEqual({ host: 'a.test' });
    expect(parseHost(' root@10.0.0.1:2222 ')).toEqual({ user: 'root', host: '10.0.0.1', port: 2222 });
  });

  it.each(['', 'a b', 'root@', 'a:0', 'a:65536', 'a:x', 'a;b', '::1'])('are not "%s"', (text) => {
    expect(() => parseHost(text)).toThrow(/names no host/);
  });

  it('stand one a line in a file, with remarks', () => {
    expect(readHosts(file('# lab\nroot@a:2222  # the first\n\nb\r\n'))).toEqual(['root@a:2222', 'b']);
  });

  it('are refused with the line, and so are files without any and files that cannot be read', () => {
    expect(() => readHosts(file('a\nb c\n'))).toThrow(/hosts\.txt line 2: "b c" names no host/);
    expect(() => readHosts(file('# nobody\n'))).toThrow(/names no hosts/);
    expect(() => readHosts(join(folder, 'none'))).toThrow(/none of hosts cannot be read: ENOENT/);
  });

  it('of the command line take the place of those of the file, the rest of which holds', () => {
    const section = { hosts: ['a', 'b'], user: 'u', key: 'k', reconnect: '5s' as const };
    const spec = resolveSsh(section, { hosts: ['c:1'] }, '/here');
    expect(spec).toEqual({ hosts: [{ host: 'c', port: 1 }], user: 'u', key: '/here/k', reconnectMs: 5_000 });
    expect(resolveSsh(undefined, undefined, '/here')).toBeNull();
    expect(() => resolveSsh({ user: 'u' }, undefined, '/here')).toThrow(/names no hosts/);
  });

  it('may stand in a file that the section names, by a path from its folder', () => {
    file('root@a:2222\nb\n');
    expect(resolveSsh({ hosts: 'hosts.txt' }, undefined, folder)!.hosts).toEqual([
      { user: 'root', host: 'a', port: 2222 },
      { host: 'b' },
    ]);
    expect(() => resolveSsh({ hosts: 'none' }, undefined, folder)).toThrow(/cannot be read: ENOENT/);
  });

  it('have paths from the folder of the file, or from home', () => {
    const spec = resolveSsh({ hosts: [{ host: 'a', key: '~/k' }], upload: ['x'] }, undefined, '/here')!;
    expect(spec.hosts[0]!.key).toBe(join(homedir(), 'k'));
    expect(spec.upload).toEqual(['/here/x']);
    const moved = withSshPaths(spec, (path) => `[${path}]`);
    expect([moved.hosts[0]!.key, moved.upload]).toEqual([`[${join(homedir(), 'k')}]`, ['[/here/x]']]);
  });
});
