/**
 * Real PostgreSQL servers: isolation levels as transactions meet them, and a standby that takes over.
 */
import { describe, expect, it } from 'vitest';
import { signalAfter } from '../../../harness/time.ts';
import { startSystem } from '../../../plugins/kit/running-system.ts';
import { postgres } from '../../../systems/postgres/postgres.ts';
import { missingFor } from '../../kits/missing.ts';
import { skipping } from '../../kits/skipping.ts';
import { eventually, invoke } from '../asked.ts';

describe.skipIf(skipping('postgres', missingFor('postgres')))('postgres', () => {
  it('refuses a compare-and-set of another value, and reads nothing where nothing is', async () => {
    const running = await startSystem(postgres, 'register', { nodes: 1 });
    try {
      const client = await running.client('n1');
      expect(await invoke(client, { f: 'read', key: "it's", value: null })).toBeNull();
      await invoke(client, { f: 'write', key: "it's", value: 1 });
      await invoke(client, { f: 'cas', key: "it's", value: [1, 2] });
      const late = invoke(client, { f: 'cas', key: "it's", value: [1, 3] });
      await expect(late).rejects.toMatchObject({ error: { definite: true, kind: 'precondition-failed' } });
      expect(await invoke(client, { f: 'read', key: "it's", value: null })).toBe(2);
    } finally {
      expect(await running.close()).toEqual([]);
    }
  });

  it('has a standby that takes over from a primary that was killed, and clients that follow it', async () => {
    const running = await startSystem(postgres, 'set', { nodes: 2, set: { failoverMs: 1000 } });
    try {
      const client = await running.client('n1');
      await invoke(client, { f: 'add', value: 1 });
      const observe = (node: string) => postgres.observe!(node, running.context, signalAfter(5_000));
      expect(await observe('n1')).toEqual({ leading: true, leader: 'n1', term: 1 });
      expect(await observe('n2')).toEqual({ leading: false, leader: 'n1', term: 1 });
      await running.cluster.kill('n1');
      await expect(observe('n1')).rejects.toThrow();
      await eventually(
        () => invoke(client, { f: 'add', value: 2 }),
        () => true,
      );
      expect(await invoke(client, { f: 'read', value: null })).toEqual([1, 2]);
      expect(await observe('n2')).toEqual({ leading: true, leader: 'n2', term: 2 });
      // The old primary is back, on its old timeline: nobody follows it.
      expect(await running.cluster.restart('n1')).toMatchObject({ state: 'installed' });
      expect(await observe('n1')).toEqual({ leading: false, leader: 'n2', term: 2 });
      const other = await running.client('n1');
      expect(
        await eventually(
          () => invoke(other, { f: 'read', value: null }),
          () => true,
        ),
      ).toEqual([1, 2]);
    } finally {
      expect(await running.close()).toEqual([]);
    }
  });

  it('acknowledges nothing that only a standby has which would not take over', async () => {
    const running = await startSystem(postgres, 'set', { nodes: 3 });
    try {
      const client = await running.client('n1');
      await invoke(client, { f: 'add', value: 1 });
      await running.cluster.kill('n2');
      await expect(invoke(client, { f: 'add', value: 2 }, 1_500)).rejects.toMatchObject({
        error: { definite: false },
      });
    } finally {
      expect(await running.close()).toEqual([]);
    }
  });
});
