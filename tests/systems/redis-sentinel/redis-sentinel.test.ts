/**
 * Real Redis servers and Sentinels: who is followed, and what a restart without a file costs.
 */
import { describe, expect, it } from 'vitest';
import { signalAfter } from '../../../harness/time.ts';
import { startSystem } from '../../../plugins/kit/running-system.ts';
import { redisSentinel } from '../../../systems/redis-sentinel/redis-sentinel.ts';
import { missingFor } from '../../kits/missing.ts';
import { skipping } from '../../kits/skipping.ts';
import { eventually, invoke } from '../asked.ts';

describe.skipIf(skipping('redis-sentinel', missingFor('redis-sentinel')))('redis-sentinel', () => {
  it('keeps two processes in a node, and follows another primary when the first is cut off', async () => {
    const running = await startSystem(redisSentinel, 'set', { set: { downAfterMs: 500 } });
    const { cluster, context } = running;
    try {
      expect(cluster.pids('n1').length).toBe(2);
      const observed = (node: string) => redisSentinel.observe!(node, context, signalAfter(2000));
      expect(await observed('n1')).toEqual({ leading: true, leader: 'n1', term: null });
      expect(await observed('n2')).toEqual({ leading: false, leader: 'n1', term: null });
      const [own, other] = [await running.client('n1'), await running.client('n2')];
      await invoke(own, { f: 'add', value: 1 });
      cluster.links.set(
        'isolation',
        ['n2', 'n3'].flatMap((node) => [
          { from: 'n1', to: node, rule: { cut: true } },
          { from: node, to: 'n1', rule: { cut: true } },
        ]),
      );
      await eventually(
        async () => [await observed('n2'), await observed('n3')],
        (seen) => seen.some(({ leading }) => leading),
      );
      // Both sides take writes, each from the clients of its nodes.
      await invoke(own, { f: 'add', value: 2 });
      const there = () => invoke(other, { f: 'read', value: null });
      expect(await eventually(there, (read) => !(read as number[]).includes(2))).toEqual([1]);
      await invoke(other, { f: 'add', value: 3 });
      expect(await invoke(own, { f: 'read', value: null })).toEqual([1, 2]);
      expect(await there()).toEqual([1, 3]);
    } finally {
      expect(await running.close()).toEqual([]);
    }
  });

  it.each([
    ['none', []],
    ['aof', [1]],
  ])('persistence %s: a primary that is back at once has %j', async (persistence, left) => {
    const running = await startSystem(redisSentinel, 'set', { set: { persistence, downAfterMs: 10_000 } });
    try {
      const client = await running.client('n2');
      await invoke(client, { f: 'add', value: 1 });
      await running.cluster.kill('n1');
      expect(await running.cluster.restart('n1')).toMatchObject({ state: 'installed' });
      const read = async () => invoke(await running.client('n2'), { f: 'read', value: null });
      expect(await eventually(read, () => true)).toEqual(left);
    } finally {
      expect(await running.close()).toEqual([]);
    }
  });
});
