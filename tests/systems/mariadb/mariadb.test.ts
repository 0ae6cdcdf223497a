/**
 * A real MariaDB server: compare-and-set, and what a snapshot keeps from being overwritten.
 */
import { describe, expect, it } from 'vitest';
import { startSystem } from '../../../plugins/kit/running-system.ts';
import { mariadb } from '../../../systems/mariadb/mariadb.ts';
import { missingFor } from '../../kits/missing.ts';
import { skipping } from '../../kits/skipping.ts';
import { invoke } from '../asked.ts';

describe.skipIf(skipping('mariadb', missingFor('mariadb')))('mariadb', () => {
  it('refuses a compare-and-set of another value, and keeps what it has when it is killed', async () => {
    const running = await startSystem(mariadb, 'register');
    try {
      expect(running.context.nodes).toEqual(['n1']);
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
      expect(await running.close()).toEqual([]);
    }
  });
});
