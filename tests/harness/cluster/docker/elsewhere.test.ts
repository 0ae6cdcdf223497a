/**
 * An engine on another machine, as DOCKER_HOST names one: reached over TCP alone, its processes not among ours. Here it
 * is an engine of the test's own in a process namespace of its own, at an address of loopback that is not this machine's
 * usual one.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { USAGE_FILE } from '../../../../harness/cluster/docker/container-usage.ts';
import { Engine, RUN_LABEL } from '../../../../harness/cluster/docker/engine.ts';
import { CHATTY, cleanUp, failure, until, upBench } from '../../../kits/backend.ts';
import {
  CHATTY_IMAGE,
  freePort,
  nodeTarball,
  startEngine,
  type TestEngine,
  whyNoEngine,
} from '../../../kits/docker.ts';
import { skipping } from '../../../kits/skipping.ts';

const why = whyNoEngine();

const HOST = '127.0.0.2';

describe.skipIf(skipping('engines on other machines', why))('an engine on another machine', () => {
  let own: TestEngine;
  let engine: Engine;

  beforeAll(async () => {
    const address = `tcp://${HOST}:${await freePort(HOST)}`;
    own = await startEngine([address], ['unshare', '--pid', '--fork', '--kill-child=TERM', '--mount-proc']);
    process.env['DOCKER_HOST'] = address;
    engine = new Engine();
    await engine.importImage(nodeTarball(own.folder, [CHATTY]), CHATTY_IMAGE);
  });

  afterAll(async () => {
    delete process.env['DOCKER_HOST'];
    await own?.stop();
  });

  cleanUp();

  it('is told from one on this machine', () => {
    expect(engine.isElsewhere).toBe(true);
    expect(engine.host).toBe(HOST);
    expect(new Engine('tcp://127.0.0.1:2375').isElsewhere).toBe(false);
  });

  it('starts, kills, pauses and restarts nodes, which are reached at its own address', async () => {
    const { cluster, ask, folder } = await upBench('docker');
    expect(cluster.clientAddress('n1').host).toBe(HOST);
    expect(await ask('n1', { type: 'ping-peer', to: 'n2' })).toMatchObject({ type: 'ping-peer_ok' });
    // Their processes are somebody else's: no number of theirs is to be signalled here.
    expect(cluster.pids('n1')).toEqual([]);

    expect(await cluster.pause('n2')).toMatchObject({ state: 'installed', bit: true });
    expect(cluster.state('n2')).toBe('paused');
    expect(await failure(ask('n2', { type: 'echo', echo: 1 }, 300))).toMatchObject({ kind: 'timeout' });
    expect(await cluster.resume('n2')).toMatchObject({ state: 'installed', bit: true });
    expect(await ask('n2', { type: 'echo', echo: 2 })).toMatchObject({ echo: 2 });

    expect(await cluster.kill('n1')).toMatchObject({ state: 'installed' });
    expect(cluster.state('n1')).toBe('stopped');
    expect(await failure(ask('n1', { type: 'echo', echo: 1 }, 500))).toMatchObject({ definite: true });
    expect(await cluster.restart('n1')).toMatchObject({ state: 'installed', bit: true });
    expect(await ask('n1', { type: 'echo', echo: 3 })).toMatchObject({ echo: 3 });

    const usage = join(folder, 'logs', 'n2', USAGE_FILE);
    await until('a sample', () => existsSync(usage) && readFileSync(usage, 'utf8').includes('\n'));
    const [sample] = readFileSync(usage, 'utf8').split('\n');
    const { cpuMs, memoryBytes, processes } = JSON.parse(sample!) as Record<string, number>;
    expect(cpuMs).toBeGreaterThan(0);
    expect(memoryBytes).toBeGreaterThan(1e6);
    expect(processes).toBeGreaterThan(0);

    expect(await cluster.down()).toEqual([]);
    for (const kind of ['container', 'network', 'volume'] as const)
      expect(await engine.marked(kind, RUN_LABEL)).toEqual([]);
  });

  it('says which faults need an engine on this machine', async () => {
    const { cluster } = await upBench('docker', { nodes: ['n1'] });
    expect(cluster.offers.has('process.kill')).toBe(true);
    const missing = cluster.missing.filter(({ reason }) => reason.includes('is on another machine'));
    const named = missing.map(({ capability }) => capability);
    expect(named).toEqual(expect.arrayContaining(['link.cut', 'link.latency', 'clock.skew']));
    for (const capability of named) expect(cluster.offers.has(capability)).toBe(false);
  });

  it('asks in the container whether a node is ready', async () => {
    // Only there is it true.
    const test = `test -e ${CHATTY} && test "$(cat /proc/1/comm)" != systemd && test "$HOSTNAME" = n1`;
    const { cluster } = await upBench('docker', {
      nodes: ['n1'],
      ready: { kind: 'command', file: 'sh', args: ['-c', test] },
    });
    expect(cluster.state('n1')).toBe('running');
  });
});
