/** Several faults at the disk of one node at once. Skipped, with the reason, where nothing can be mounted. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { detectDiskSupport } from '../../../../harness/cluster/disk/disk-program.ts';
import { NodeDisks } from '../../../../harness/cluster/disk/node-disks.ts';
import { runCommand } from '../../../../harness/cluster/processes.ts';
import { skipping } from '../../../kits/skipping.ts';

const support = await detectDiskSupport();

it.skipIf(skipping('disks of nodes', 'reason' in support ? support.reason : null))(
  'has whoever undoes a fault wait for a power cut that goes on',
  async () => {
    if (!('program' in support)) throw new Error('skipped otherwise');
    const dataDir = mkdtempSync(join(tmpdir(), 'faultline-node-disks-'));
    mkdirSync(join(dataDir, 'n1'));
    const disks = new NodeDisks({ runId: dataDir, dataDir, nodes: ['n1'] }, support);
    try {
      // Much that is unsynced, so that putting it back takes a while.
      const script = 'for i in $(seq 300); do echo x >file$i; done';
      const [file, ...args] = await disks.wordsOn('n1', ['sh', '-c', script]);
      const { exit } = await runCommand(file, args, { timeoutMs: 20_000, cwd: join(dataDir, 'n1') });
      expect(exit.code).toBe(0);
      let isOver = false;
      const cut = disks.cutPower('n1', { torn: false, seed: 1 }).finally(() => {
        isOver = true;
      });
      while (!isOver) await Promise.all([disks.set('n1', null), disks.hits('n1')]);
      expect(await cut).toMatchObject({ names: 300, problems: 0 });
    } finally {
      expect(await disks.close()).toEqual([]);
      rmSync(dataDir, { recursive: true, force: true });
    }
  },
);
