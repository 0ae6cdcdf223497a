/**
 * What a node of Patroni is told before it starts.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { NodeAddress } from '../../../harness/contracts.ts';
import { patroni } from '../../../systems/patroni/patroni.ts';
import { missingFor } from '../../kits/missing.ts';
import { skipping } from '../../kits/skipping.ts';

const ports = { main: 7000, api: 7001, client: 7002, peer: 7003 };
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Whether commits of the first of so many nodes wait for a standby, and whether it waits for one before it is ready. */
function waiting(count: number, options: Record<string, string> = {}): { commits: unknown; ready: boolean } {
  const dataDir = mkdtempSync(join(tmpdir(), 'faultline-patroni-'));
  folders.push(dataDir);
  const nodes = Array.from({ length: count }, (_, i) => `n${i + 1}`);
  const [, ...others] = nodes.map((id, i) => ({ id, host: `10.99.0.${i + 1}`, ports }));
  const address = { id: 'n1', host: '10.99.0.1', ports, dataDir, peers: others } as unknown as NodeAddress;
  const { ready } = patroni.program(address, { nodes, workload: 'set', options, bugs: [] }, 'netns');
  const { bootstrap } = JSON.parse(readFileSync(join(dataDir, 'patroni', 'patroni.yml'), 'utf8'));
  return { commits: bootstrap.dcs.synchronous_mode, ready: JSON.stringify(ready).includes('sync_state') };
}

describe.skipIf(skipping('patroni', missingFor('patroni')))('a node of Patroni', () => {
  it('waits for a standby where it has been told to, and where there can be one', () => {
    expect(waiting(3)).toEqual({ commits: true, ready: true });
    expect(waiting(3, { replication: 'async' })).toEqual({ commits: false, ready: false });
    expect(waiting(1)).toEqual({ commits: false, ready: false });
  });
});
