/**
 * An engine that is reached by ssh, as `DOCKER_HOST=ssh://user@host`: an sshd of the test's own at an address of loopback
 * that is not this machine's usual one, behind which Docker's client finds an engine of the test's own.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine, RUN_LABEL } from '../../../../harness/cluster/docker/engine.ts';
import { CHATTY, cleanUp, until, upBench } from '../../../kits/backend.ts';
import {
  CHATTY_IMAGE,
  freePort,
  nodeTarball,
  startEngine,
  type TestEngine,
  whyNoEngine,
} from '../../../kits/docker.ts';
import { notInstalled, skipping } from '../../../kits/skipping.ts';

const why =
  whyNoEngine() ??
  (existsSync('/usr/sbin/sshd') ? null : 'not installed: apt-get install openssh-server') ??
  notInstalled('docker', 'docker.io');
const HOST = '127.0.0.2';

describe.skipIf(skipping('engines by ssh', why))('an engine by ssh', () => {
  const home = mkdtempSync(join(tmpdir(), 'faultline-docker-ssh-'));
  const at = (name: string): string => join(home, name);
  const before = { HOME: process.env['HOME'], SSH_AUTH_SOCK: process.env['SSH_AUTH_SOCK'] };
  let own: TestEngine;
  let sshd: ChildProcess | undefined;
  let port: number;

  async function end(): Promise<void> {
    if (sshd === undefined || sshd.signalCode !== null) return;
    const ended = once(sshd, 'exit');
    sshd.kill('SIGKILL');
    await ended;
  }

  /** An sshd whose users have this environment; resolves when it listens. */
  async function serve(...environment: string[]): Promise<void> {
    await end();
    mkdirSync('/run/sshd', { recursive: true });
    const lines = [
      ...[`Port ${port}`, `ListenAddress ${HOST}`, `HostKey ${at('hostkey')}`, 'StrictModes no', 'UsePAM no'],
      ...[`AuthorizedKeysFile ${at('authorized')}`, 'PidFile none', 'LogLevel ERROR'],
      `SetEnv ${environment.join(' ')}`,
    ];
    writeFileSync(at('sshd_config'), lines.join('\n'));
    sshd = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', at('sshd_config')], { stdio: 'ignore' });
    await until(
      'sshd',
      () => spawnSync('ssh-keyscan', ['-T5', '-p', `${port}`, HOST]).stdout.length > 0,
      20_000,
    );
  }

  beforeAll(async () => {
    port = await freePort(HOST);
    mkdirSync(at('.ssh'));
    for (const key of ['hostkey', '.ssh/id_ed25519'])
      spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(key)]);
    copyFileSync(at('.ssh/id_ed25519.pub'), at('authorized'));
    process.env['HOME'] = home;
    delete process.env['SSH_AUTH_SOCK'];
    process.env['DOCKER_HOST'] = `ssh://root@${HOST}:${port}`;
    own = await startEngine();
    await serve(`DOCKER_HOST=${own.address}`);
  });

  afterAll(async () => {
    delete process.env['DOCKER_HOST'];
    for (const [name, value] of Object.entries(before)) if (value !== undefined) process.env[name] = value;
    await end();
    await own?.stop();
    rmSync(home, { recursive: true });
  });

  cleanUp();

  it('is refused when nobody knows its host key', async () => {
    await expect(new Engine().version()).rejects.toThrow(
      /shows host key SHA256:\S+, and \S+ does not know it/,
    );
    const [type, key] = readFileSync(at('hostkey.pub'), 'utf8').split(' ');
    writeFileSync(at('.ssh/known_hosts'), `[${HOST}]:${port} ${type} ${key}\n`);
    expect(await new Engine().version()).toMatchObject({ version: expect.stringMatching(/^\d+\./) });
  });

  it('runs nodes, which are killed, paused and restarted, and leaves nothing', async () => {
    const engine = new Engine();
    expect(engine.isElsewhere).toBe(true);
    // By its socket: a hundred megabytes.
    await new Engine(own.address).importImage(nodeTarball(own.folder, [CHATTY]), CHATTY_IMAGE);
    const { cluster, ask } = await upBench('docker');
    expect(cluster.clientAddress('n1').host).toBe(HOST);
    expect(await ask('n1', { type: 'ping-peer', to: 'n2' })).toMatchObject({ type: 'ping-peer_ok' });
    expect(await cluster.pause('n2')).toMatchObject({ state: 'installed', bit: true });
    expect(await cluster.resume('n2')).toMatchObject({ state: 'installed', bit: true });
    expect(await cluster.kill('n1')).toMatchObject({ state: 'installed' });
    expect(await cluster.restart('n1')).toMatchObject({ state: 'installed', bit: true });
    expect(await ask('n1', { type: 'echo', echo: 3 })).toMatchObject({ echo: 3 });
    expect(await cluster.down()).toEqual([]);
    for (const kind of ['container', 'network', 'volume'] as const)
      expect(await engine.marked(kind, RUN_LABEL)).toEqual([]);
  });

  it('says in one sentence why it cannot be asked', async () => {
    await serve('DOCKER_HOST=unix:///no/such/socket');
    await expect(new Engine().version()).rejects.toThrow(
      new RegExp(`^Docker at ssh://root@${HOST}:${port} does not answer: .*/no/such/socket.*$`),
    );
    await serve('PATH=/no/such/folder');
    await expect(new Engine().version()).rejects.toThrow(
      /has no docker on the PATH of those who come by ssh$/,
    );
    await end();
    await expect(new Engine().version()).rejects.toThrow(/does not answer: .*nobody listens at port \d+$/);
  });
});
