/** The docker backend against the contract of backends, on an engine of the test's own. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDockerCluster } from '../../../../harness/cluster/docker/docker-cluster.ts';
import { Engine } from '../../../../harness/cluster/docker/engine.ts';
import { processesWith } from '../../../../harness/cluster/proc.ts';
import type { ClusterEvent } from '../../../../harness/contracts.ts';
import { Seed } from '../../../../harness/random.ts';
import { backendContract, CHATTY, chattyProgram, until } from '../../../kits/backend.ts';
import {
  CHATTY_IMAGE,
  nodeTarball,
  startEngine,
  type TestEngine,
  whyNoEngine,
} from '../../../kits/docker.ts';

const why = whyNoEngine();
if (why !== null) process.stderr.write(`skipped: the docker backend: ${why}\n`);

describe.skipIf(why !== null)('docker', () => {
  let own: TestEngine;

  beforeAll(async () => {
    own = await startEngine();
    process.env['DOCKER_HOST'] = own.address;
    await new Engine().importImage(nodeTarball(own.folder, [CHATTY]), CHATTY_IMAGE);
  }, 120_000);

  afterAll(async () => {
    delete process.env['DOCKER_HOST'];
    await own?.stop();
  }, 60_000);

  backendContract('docker');

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
    await until('the news', () => events.some(({ kind }) => kind === 'crashed'), 15_000);
    expect((await cluster.down()).join()).toContain(`no Docker engine answers at ${own.address}`);
    expect(processesWith('FAULTLINE_RUN', folder)).toEqual([]);
  }, 60_000);
});
