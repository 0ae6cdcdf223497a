/** The docker backend against the contract of backends, on an engine of the test's own. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FILTERED_DOCKER } from '../../../../harness/cluster/backends.ts';
import { createDockerCluster } from '../../../../harness/cluster/docker/docker-cluster.ts';
import { Engine } from '../../../../harness/cluster/docker/engine.ts';
import { processesWith } from '../../../../harness/cluster/proc.ts';
import type { ClusterEvent } from '../../../../harness/contracts.ts';
import { Seed } from '../../../../harness/random.ts';
import {
  type Bench,
  backendContract,
  CHATTY,
  chattyProgram,
  failure,
  until,
  upBench,
} from '../../../kits/backend.ts';
import {
  CHATTY_IMAGE,
  nodeTarball,
  startEngine,
  type TestEngine,
  whyNoEngine,
} from '../../../kits/docker.ts';
import { skipping } from '../../../kits/skipping.ts';

const why = whyNoEngine();

describe.skipIf(skipping('the docker backend', why))('docker', () => {
  let own: TestEngine;

  beforeAll(async () => {
    own = await startEngine();
    process.env['DOCKER_HOST'] = own.address;
    await new Engine().importImage(nodeTarball(own.folder, [CHATTY]), CHATTY_IMAGE);
  });

  afterAll(async () => {
    delete process.env['DOCKER_HOST'];
    await own?.stop();
  });

  backendContract('docker');

  const link = ({ cluster }: Bench, from: string, to: string) =>
    cluster.links.counters().find((each) => each.from === from && each.to === to)!;

  it('does to packets what the switch does', async () => {
    const bench = await upBench('docker');
    const { cluster, ask } = bench;
    const rule = { duplicate: 0.3, reorder: 0.3, corrupt: 0.1, rate: 200_000 };
    await ask('n1', { type: 'ping-peer', to: 'n2' });
    cluster.links.set('f', [{ from: 'n1', to: 'n2', rule }]);
    for (let i = 0; i < 40; i++) await ask('n1', { type: 'tell', to: 'n2', value: 'x'.repeat(2_000) });
    await until('all of it', () => {
      const { duplicated, reordered, corrupted = 0, delayed } = link(bench, 'n1', 'n2');
      return Math.min(duplicated, reordered, corrupted, delayed) > 0;
    });
    cluster.links.set('f', [{ from: 'n1', to: 'n3', rule: { mtu: 600 } }]);
    await ask('n1', { type: 'tell', to: 'n3', value: 'x'.repeat(1_200) });
    await until('a long one', () => link(bench, 'n1', 'n3').dropped > 0);
  });

  it('cuts what starts again from its first packet on, and asks beside the cut whether it is ready', async () => {
    const bench = await upBench('docker');
    const { cluster, ask } = bench;
    const cut = { rule: { cut: true } };
    cluster.links.set('f', [
      ...['n2', 'n3', 'clients'].map((from) => ({ from, to: 'n1', ...cut })),
      ...['n2', 'n3', 'clients'].map((to) => ({ from: 'n1', to, ...cut })),
    ]);
    await cluster.kill('n1');
    expect(await cluster.restart('n1')).toMatchObject({ state: 'installed', bit: true });
    expect(await cluster.links.probe('n1', 'n2')).toBe('cut');
    expect(await cluster.links.probe('n2', 'n1')).toBe('cut');
    expect(await cluster.links.probe('clients', 'n1')).toBe('cut');
    expect(await cluster.links.probe('n2', 'n3')).toBe('open');
    expect(await failure(ask('n1', { type: 'echo', echo: 1 }, 300))).toMatchObject({ kind: 'timeout' });
    cluster.links.clear('f');
    expect(await cluster.links.probe('n1', 'n2')).toBe('open');
    expect(await cluster.links.probe('n1', 'clients')).toBe('open');
    expect(await ask('n1', { type: 'ping-peer', to: 'n2' })).toMatchObject({ type: 'ping-peer_ok' });
    expect(link(bench, 'n1', 'n2').sent).toBeGreaterThan(0);
  });

  it('drops packets by nftables where there is no switch', async () => {
    const bench = await upBench('docker', {}, FILTERED_DOCKER);
    const { cluster, ask } = bench;
    expect(cluster.offers.has('link.latency')).toBe(false);
    cluster.links.set('f', [{ from: 'n1', to: 'n2', rule: { cut: true } }]);
    expect(await cluster.links.probe('n1', 'n2')).toBe('cut');
    expect(await cluster.links.probe('n2', 'n1')).toBe('open');
    expect(await failure(ask('n1', { type: 'ping-peer', to: 'n2' }, 300))).toMatchObject({ definite: false });
    expect(link(bench, 'n1', 'n2').dropped).toBeGreaterThan(0);
    cluster.links.clear('f');
    expect(await ask('n1', { type: 'ping-peer', to: 'n2' })).toMatchObject({ type: 'ping-peer_ok' });
    expect(cluster.links.reset([{ from: 'n1', to: 'n2' }])).toBeGreaterThan(0);
    await cluster.kill('n1');
    expect(await cluster.restart('n1')).toMatchObject({ state: 'installed', bit: true });
  });

  it('notices that its engine has died, ends its nodes, and says what it could not remove', async () => {
    const folder = mkdtempSync(join(own.folder, 'orphans-'));
    const events: ClusterEvent[] = [];
    const cluster = createDockerCluster({
      ...{ runId: folder, nodes: ['n1'], seed: Seed.of(1), program: chattyProgram, ready: { kind: 'tcp' } },
      ...{ logsDir: join(folder, 'logs'), dataDir: join(folder, 'data'), docker: { image: CHATTY_IMAGE } },
      restart: { policy: 'never', delayMs: 0, max: 0 },
    });
    cluster.onEvent((event) => events.push(event));
    await cluster.up(new AbortController().signal);
    own.kill();
    await until('the news', () => events.some(({ kind }) => kind === 'crashed'));
    expect((await cluster.down()).join()).toContain(`no Docker engine answers at ${own.address}`);
    expect(processesWith('FAULTLINE_RUN', folder)).toEqual([]);
  });
});
