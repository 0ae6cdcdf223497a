/** The docker backend against the contract of backends, on an engine of the test's own. */
import { afterAll, beforeAll, describe } from 'vitest';
import { Engine } from '../../../../harness/cluster/docker/engine.ts';
import { backendContract, CHATTY } from '../../../kits/backend.ts';
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
});
