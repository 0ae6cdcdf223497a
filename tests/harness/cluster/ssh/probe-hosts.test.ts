/** Reaching hosts and asking what they can do, against real sshd: each thing that may be wrong is one clear sentence. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { SshConnection } from '../../../../harness/cluster/ssh/connection.ts';
import { endpointOf, probeHosts } from '../../../../harness/cluster/ssh/probe-hosts.ts';
import { missingOnSsh } from '../../../../harness/cluster/ssh/ssh-capabilities.ts';
import type { SshOptions } from '../../../../harness/cluster/ssh/ssh-options.ts';
import { sleep } from '../../../../harness/time.ts';
import { skipping } from '../../../kits/skipping.ts';
import { type Machine, Machines, ORDINARY, PASSWORD, whyNoMachines } from '../../../kits/ssh.ts';

const why = whyNoMachines();
skipping('hosts reached by ssh', why);

describe.skipIf(why !== null)(`hosts reached by ssh${why === null ? '' : `: ${why}`}`, () => {
  let machines: Machines;
  let plain: Machine;
  let sudo: Machine;
  let poor: Machine;

  beforeAll(async () => {
    machines = await Machines.start(3, (machine, i) => {
      if (i === 1) return { setup: [machine.ordinary(true)], config: ['PasswordAuthentication yes'] };
      if (i === 2) return { setup: [machine.ordinary(false), machine.hide('nft', 'iptables')] };
      return {};
    });
    [plain, sudo, poor] = machines.all as [Machine, Machine, Machine];
  });

  afterAll(() => machines?.stop(), 60_000);
  afterEach(() => vi.unstubAllEnvs());

  const on = (machine: Machine, changes: Partial<SshOptions> = {}): SshOptions => ({
    ...machines.options(changes),
    hosts: [{ host: machine.ip, port: machine.port }],
  });

  /** The sentence of an attempt to connect that must fail. */
  async function refusal(options: SshOptions, timeoutMs?: number): Promise<string> {
    try {
      const connection = await SshConnection.connect(endpointOf(options, options.hosts[0]!), timeoutMs);
      connection.destroy();
    } catch (error) {
      const { name, message } = error as Error;
      expect(name).toBe('ClusterError');
      expect(message).not.toContain('\n');
      return message;
    }
    throw new Error('was let in');
  }

  async function userOf(options: SshOptions): Promise<string> {
    const connection = await SshConnection.connect(endpointOf(options, options.hosts[0]!));
    const { stdout } = await connection.run('id -un');
    connection.close();
    return stdout.trim();
  }

  describe('connecting', () => {
    it('tells a port where nobody listens, a host that is off, and a name without an address', async () => {
      const port1 = { ...on(plain), hosts: [{ host: plain.ip, port: 1 }] };
      expect(await refusal(port1)).toBe(`root@${plain.ip}:1 does not answer: nobody listens at port 1`);
      plain.plug(false);
      try {
        expect(await refusal(on(plain), 1_000)).toMatch(
          /does not answer( within 1000 ms|: no way leads there)/,
        );
      } finally {
        plain.plug(true);
      }
      const nameless = { ...on(plain), hosts: [{ host: 'no-such-host.invalid' }] };
      expect(await refusal(nameless)).toBe(
        'root@no-such-host.invalid does not answer: no address for its name',
      );
      await vi.waitUntil(() => plain.answers(), 60_000);
    });

    it('takes no key it does not know, and says how to make it known', async () => {
      const knownHosts = join(machines.folder, 'nobody');
      const sentence = await refusal(on(plain, { knownHosts }));
      expect(sentence).toMatch(/shows host key SHA256:\S+, and \S+nobody does not know it/);
      expect(sentence).toContain(
        `ssh-keyscan -p 2222 ${plain.ip} >> ${knownHosts}; or --accept-new-host-keys`,
      );
      expect(existsSync(knownHosts)).toBe(false);
      expect(await userOf(on(plain, { knownHosts, acceptNewHostKeys: true }))).toBe('root');
      expect(readFileSync(knownHosts, 'utf8')).toBe(plain.hostKey());
      expect(await userOf(on(plain, { knownHosts }))).toBe('root');
    });

    it('takes no changed key, accepted or not, and names the line', async () => {
      const knownHosts = join(machines.folder, 'changed');
      const [, , key] = sudo.hostKey().split(' ');
      writeFileSync(knownHosts, `# lab\n[${plain.ip}]:2222 ssh-ed25519 ${key}`);
      const sentence = await refusal(on(plain, { knownHosts, acceptNewHostKeys: true }));
      expect(sentence).toContain(`which is not the one in ${knownHosts} line 2: another host may answer`);
      expect(sentence).toContain(`ssh-keygen -R '[${plain.ip}]:2222' -f ${knownHosts}`);
      // What the sentence says helps.
      spawnSync('ssh-keygen', ['-R', `[${plain.ip}]:2222`, '-f', knownHosts]);
      expect(await refusal(on(plain, { knownHosts }))).toContain('does not know it');
    });

    it('tells a key that is not let in, and keys that cannot be used', async () => {
      const other = join(machines.folder, 'other');
      spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'phrase', '-f', other]);
      expect(await refusal(on(plain, { key: other }))).toContain(
        'it is encrypted, and FAULTLINE_SSH_PASSPHRASE is not set',
      );
      vi.stubEnv('FAULTLINE_SSH_PASSPHRASE', 'wrong');
      expect(await refusal(on(plain, { key: other }))).toContain('does not open it');
      vi.stubEnv('FAULTLINE_SSH_PASSPHRASE', 'phrase');
      expect(await refusal(on(plain, { key: other }))).toBe(
        `root@${plain.ip}:2222 lets nobody in by key ${other} (is the public key in its authorized_keys?)`,
      );
      expect(await refusal(on(plain, { key: `${other}.pub` }))).toContain(
        `it is a public key, and the private one is asked for (${other}?)`,
      );
      expect(await refusal(on(plain, { key: '/none' }))).toContain('there is no such file');
    });

    it('lets in by password, and says that a wrong one is', async () => {
      const other = join(machines.folder, 'nokey');
      spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', other]);
      vi.stubEnv('FAULTLINE_SSH_PASSWORD', PASSWORD);
      expect(await userOf(on(sudo, { user: ORDINARY, key: other }))).toBe(ORDINARY);
      vi.stubEnv('FAULTLINE_SSH_PASSWORD', 'battery staple');
      const sentence = await refusal(on(sudo, { user: ORDINARY, key: other }));
      expect(sentence).toContain(
        `lets nobody in by key ${other}, nor by the password in FAULTLINE_SSH_PASSWORD`,
      );
      expect(sentence).not.toContain('battery');
    });

    it('asks the agent, and says that one does not work', async () => {
      mkdirSync(join(machines.folder, 'bare'), { recursive: true });
      vi.stubEnv('HOME', join(machines.folder, 'bare'));
      const socket = join(machines.folder, 'agent');
      vi.stubEnv('SSH_AUTH_SOCK', socket);
      const { key: _, ...keyless } = on(plain);
      expect(await refusal(keyless)).toMatch(
        /lets nobody in by the agent .*; the agent does not work: Failed to connect to agent/,
      );
      const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
      try {
        await vi.waitUntil(() => existsSync(socket), 60_000);
        expect(await refusal(keyless)).toMatch(/lets nobody in by the agent/);
        spawnSync('ssh-add', ['-q', machines.key], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
        expect(await userOf(keyless)).toBe('root');
      } finally {
        agent.kill('SIGKILL');
      }
    });

    it('hears that a connection is gone', async () => {
      const connection = await SshConnection.connect(endpointOf(on(plain), on(plain).hosts[0]!));
      const channel = await connection.start('sleep 60');
      connection.destroy();
      await connection.gone;
      expect(await Promise.race([channel.closed, sleep(2_000)])).toBeNull();
      await expect(connection.run('true')).rejects.toThrow(/starts no command/);
    });
  });

  describe('asking', () => {
    it('hears what each can do: as root, by sudo, and not at all', async () => {
      const { facts } = await probeHosts(machines.options(), 3);
      expect(facts.map(({ power }) => power)).toEqual(['root', 'root', 'root']);
      expect(facts[0]!.has).toContain('filter');
      const ordinary = await probeHosts(on(sudo, { user: ORDINARY }), 1);
      expect(ordinary.facts[0]).toMatchObject({ user: ORDINARY, power: 'sudo', address: sudo.ip });
      expect(ordinary.facts[0]!.has).toContain('filter');
      const reasons = missingOnSsh(ordinary).map(({ capability }) => capability);
      expect(reasons).not.toContain('link.cut');
    });

    it('says what is lost without sudo, and that it is needed where that is said', async () => {
      const weak = await probeHosts(on(poor, { user: ORDINARY }), 1);
      expect(weak.facts[0]!.power).toBe('none');
      expect(missingOnSsh(weak).find(({ capability }) => capability === 'link.cut')).toMatchObject({
        reason: expect.stringContaining(`${ORDINARY}@${poor.ip}:2222 lets nobody set rules who is not root`),
        fix: expect.stringContaining('NOPASSWD'),
      });
      await expect(probeHosts(on(poor, { user: ORDINARY, sudo: true }), 1)).rejects.toThrow(
        `does not let ${ORDINARY} use sudo without a password, and ssh.sudo is true`,
      );
      const never = await probeHosts(on(sudo, { user: ORDINARY, sudo: false }), 1);
      expect(never.facts[0]!.power).toBe('none');
    });

    it('says what is lost without nft and iptables', async () => {
      const missing = missingOnSsh(await probeHosts(on(poor), 1));
      expect(missing.find(({ capability }) => capability === 'link.cut')).toEqual({
        capability: 'link.cut',
        reason: `root@${poor.ip}:2222 has neither nftables nor iptables that works`,
        fix: 'apt-get install nftables there',
      });
      expect(missing.map(({ capability }) => capability)).not.toContain('link.rate');
    });

    it('refuses one machine under two names, an address it has not, too few hosts, and rules of somebody else', async () => {
      const twice = {
        ...on(plain),
        hosts: [on(plain).hosts[0]!, { ...on(plain).hosts[0]!, user: 'root' }],
      };
      await expect(probeHosts(twice, 2)).rejects.toThrow(/are the same machine/);
      const elsewhere = { ...on(plain), hosts: [{ ...on(plain).hosts[0]!, address: '192.0.2.7' }] };
      await expect(probeHosts(elsewhere, 1)).rejects.toThrow(
        `has no address 192.0.2.7 (it has 127.0.0.1, ${plain.ip}): say ssh.hosts[].address`,
      );
      await expect(probeHosts(on(plain), 2)).rejects.toThrow('2 nodes need 2 hosts, and there are 1');
      plain.inside('nft add table ip faultline_0123');
      await expect(probeHosts(on(plain), 1)).rejects.toThrow(
        /still has rules of another run in force, table faultline_0123/,
      );
      plain.inside('nft delete table ip faultline_0123');
    });

    it('names every host that cannot be used, not the first alone', async () => {
      const hosts = machines.all.map(({ ip }) => ({ host: ip, port: 1 }));
      const said = probeHosts({ ...machines.options(), hosts }, 3);
      await expect(said).rejects.toThrow(
        new RegExp(machines.all.map(({ ip }) => `${ip}:1 does not`).join('.*')),
      );
    });
  });
});
