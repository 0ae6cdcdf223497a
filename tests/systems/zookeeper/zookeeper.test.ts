/**
 * Real ZooKeeper servers: what a follower that is cut off says, with and without asking its leader.
 */
import { describe, expect, it } from 'vitest';
import { OpFailure } from '../../../harness/contracts.ts';
import { signalAfter } from '../../../harness/time.ts';
import { type RunningSystem, startSystem } from '../../../plugins/kit/running-system.ts';
import { zookeeper } from '../../../systems/zookeeper/zookeeper.ts';
import { missingFor } from '../../kits/missing.ts';
import { skipping } from '../../kits/skipping.ts';
import { eventually, invoke } from '../asked.ts';

describe.skipIf(skipping('zookeeper', missingFor('zookeeper')))('zookeeper', () => {
  const followerOf = async ({ cluster, context }: RunningSystem): Promise<string> => {
    const seen = await Promise.all(
      cluster.nodes.map((node) => zookeeper.observe!(node, context, signalAfter(2000))),
    );
    const index = seen.findIndex(({ leading }) => !leading);
    if (index < 0 || !seen.some(({ leading }) => leading)) throw new Error('no leader yet');
    return cluster.nodes[index]!;
  };
  const isolate = ({ cluster }: RunningSystem, node: string): void => {
    const others = cluster.nodes.filter((other) => other !== node);
    cluster.links.set(
      'isolation',
      others.flatMap((other) => [
        { from: node, to: other, rule: { cut: true } },
        { from: other, to: node, rule: { cut: true } },
      ]),
    );
  };

  it.each([
    [false, 'says what is over'],
    [true, 'says nothing'],
  ])('sync %s: a follower that is cut off %s', async (sync) => {
    const running = await startSystem(zookeeper, 'register', { set: { sync } });
    try {
      const cut = await eventually(
        () => followerOf(running),
        () => true,
      );
      const open = running.cluster.nodes.find((node) => node !== cut)!;
      const [there, here] = [await running.client(cut), await running.client(open)];
      await invoke(here, { f: 'write', key: 1, value: 1 });
      const read = () => invoke(there, { f: 'read', key: 1, value: null }, 1000);
      expect(await eventually(read, (value) => value === 1)).toBe(1);
      isolate(running, cut);
      expect(await invoke(here, { f: 'write', key: 1, value: 2 })).toBe(2);
      // It serves for four ticks more before it notices.
      const said = await read().catch((error: unknown) => error);
      if (sync) expect((said as OpFailure).error).toMatchObject({ definite: true });
      else expect(said).toBe(1);
      running.cluster.links.clear('isolation');
      expect(await eventually(read, (value) => value === 2)).toBe(2);
    } finally {
      expect(await running.close()).toEqual([]);
    }
  });

  it('refuses a late holder of a lock by its token', async () => {
    const running = await startSystem(zookeeper, 'lock', { nodes: 1 });
    try {
      const [a, b] = [await running.client('n1'), await running.client('n1')];
      const acquire = { f: 'acquire', key: 1, value: { ttlMs: 1000 } };
      const first = (await invoke(a, acquire)) as { token: number };
      expect(await invoke(b, acquire)).toBe(false);
      const second = await eventually(
        () => invoke(b, acquire),
        (grant) => grant !== false,
      );
      const { token } = second as { token: number };
      expect(token).toBeGreaterThan(first.token);
      await invoke(b, { f: 'write', key: 1, value: { token, value: 1 } });
      const late = invoke(a, { f: 'write', key: 1, value: { token: first.token, value: 2 } });
      await expect(late).rejects.toMatchObject({ error: { definite: true, kind: 'stale-token' } });
      const given = invoke(a, { f: 'release', key: 1, value: { token: first.token } });
      await expect(given).rejects.toThrow(OpFailure);
      await invoke(b, { f: 'release', key: 1, value: { token } });
      expect(await invoke(a, acquire)).toMatchObject({ ttlMs: 1000 });
    } finally {
      expect(await running.close()).toEqual([]);
    }
  });
});
