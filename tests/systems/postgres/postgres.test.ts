/**
 * Real PostgreSQL servers: isolation levels as transactions meet them, and a standby that takes over.
 */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { postgres } from '../../../systems/postgres/postgres.ts';
import { eventually, invoke, startCluster } from '../real-cluster.ts';

const installed = existsSync('/usr/lib/postgresql');
const missing = installed ? '' : ' (skipped: apt-get install postgresql)';

describe.skipIf(!installed)(`postgres${missing}`, { timeout: 120_000 }, () => {
  it('refuses a compare-and-set of another value, and reads nothing where nothing is', async () => {
    const running = await startCluster(postgres, 'register', { count: 1 });
    try {
      const client = await running.client('n1');
      expect(await invoke(client, { f: 'read', key: "it's", value: null })).toBeNull();
      await invoke(client, { f: 'write', key: "it's", value: 1 });
      await invoke(client, { f: 'cas', key: "it's", value: [1, 2] });
      const late = invoke(client, { f: 'cas', key: "it's", value: [1, 3] });
      await expect(late).rejects.toMatchObject({ error: { definite: true, kind: 'precondition-failed' } });
      expect(await invoke(client, { f: 'read', key: "it's", value: null })).toBe(2);
    } finally {
      await running.close();
    }
  });

  it('has a standby that takes over from a primary that was killed, and clients that follow it', async () => {
    const running = await startCluster(postgres, 'set', { count: 2, set: { failoverMs: 1000 } });
    try {
      const client = await running.client('n1');
      await invoke(client, { f: 'add', value: 1 });
      await running.cluster.kill('n1');
      await eventually(
        () => invoke(client, { f: 'add', value: 2 }),
        () => true,
      );
      expect(await invoke(client, { f: 'read', value: null })).toEqual([1, 2]);
      // The old primary is back, on its old timeline: nobody follows it.
      expect(await running.cluster.restart('n1')).toMatchObject({ state: 'installed' });
      const other = await running.client('n1');
      expect(
        await eventually(
          () => invoke(other, { f: 'read', value: null }),
          () => true,
        ),
      ).toEqual([1, 2]);
    } finally {
      await running.close();
    }
  });
});
