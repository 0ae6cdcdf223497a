/**
 * A real MariaDB server: compare-and-set, and what a snapshot keeps from being overwritten.
 */
import { describe, expect, it } from 'vitest';
import { ClusterError } from '../../../harness/cluster/cluster-error.ts';
import { findProgram } from '../../../systems/installed.ts';
import { mariadb } from '../../../systems/mariadb/mariadb.ts';
import { invoke, startCluster } from '../real-cluster.ts';

const installed = findProgram('mariadbd') !== null;
const missing = installed ? '' : ' (skipped: apt-get install mariadb-server)';

describe('mariadb', () => {
  it('is one server', () => {
    const start = startCluster(mariadb, 'set', { count: 2 });
    return expect(start).rejects.toThrow(ClusterError);
  });
});

describe.skipIf(!installed)(`mariadb${missing}`, { timeout: 120_000 }, () => {
  it('refuses a compare-and-set of another value, and keeps what it has when it is killed', async () => {
    const running = await startCluster(mariadb, 'register', { count: 1 });
    try {
      const client = await running.client('n1');
      const key = `it's a "key" \\`;
      expect(await invoke(client, { f: 'read', key, value: null })).toBeNull();
      await invoke(client, { f: 'write', key, value: 1 });
      // A write of what is there already is found, too.
      await invoke(client, { f: 'cas', key, value: [1, 1] });
      await invoke(client, { f: 'cas', key, value: [1, 2] });
      const late = invoke(client, { f: 'cas', key, value: [1, 3] });
      await expect(late).rejects.toMatchObject({ error: { definite: true, kind: 'precondition-failed' } });
      await running.cluster.kill('n1');
      expect(await running.cluster.restart('n1')).toMatchObject({ state: 'installed' });
      expect(await invoke(client, { f: 'read', key, value: null })).toBe(2);
    } finally {
      await running.close();
    }
  });
});
