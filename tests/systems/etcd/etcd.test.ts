/**
 * Real etcd members: what they promise when they are cut off, and that a partition of the harness is one for them.
 */
import { describe, expect, it } from 'vitest';
import { OpFailure } from '../../../harness/contracts.ts';
import { signalAfter } from '../../../harness/time.ts';
import { type RunningSystem, startSystem } from '../../../plugins/kit/running-system.ts';
import { etcd } from '../../../systems/etcd/etcd.ts';
import { missingFor } from '../../kits/missing.ts';
import { skipping } from '../../kits/skipping.ts';
import { eventually, invoke } from '../asked.ts';

describe.skipIf(skipping('etcd', missingFor('etcd')))('etcd', () => {
  const leaderOf = async ({ cluster, context }: RunningSystem): Promise<string> => {
    const seen = await Promise.all(
      cluster.nodes.map((node) => etcd.observe!(node, context, signalAfter(2000))),
    );
    const index = seen.findIndex(({ leading }) => leading);
    if (index < 0) throw new Error('nobody leads');
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

  it('elects another leader when the first is cut off, which then neither writes nor reads', async () => {
    const running = await startSystem(etcd, 'register');
    try {
      const old = await eventually(
        () => leaderOf(running),
        () => true,
      );
      const before = await running.client(old);
      await invoke(before, { f: 'write', key: 1, value: 1 });
      isolate(running, old);
      const others = running.cluster.nodes.filter((node) => node !== old);
      const clients = await Promise.all(others.map((node) => running.client(node)));
      const writes = () => invoke(clients[0]!, { f: 'write', key: 1, value: 2 });
      expect(await eventually(writes, () => true)).toBe(2);
      const failed = async (op: Parameters<typeof invoke>[1]): Promise<unknown> =>
        invoke(await running.client(old), op, 1000).catch((error: unknown) => error);
      const [write, read] = await Promise.all([
        failed({ f: 'write', key: 1, value: 3 }),
        failed({ f: 'read', key: 1, value: null }),
      ]);
      expect((write as OpFailure).error).toMatchObject({ definite: false });
      expect((read as OpFailure).error).toMatchObject({ definite: true });
      expect(await invoke(clients[1]!, { f: 'read', key: 1, value: null })).toBe(2);
      running.cluster.links.clear('isolation');
      const after = await running.client(old);
      const read2 = () => invoke(after, { f: 'read', key: 1, value: null });
      expect([2, 3]).toContain(await eventually(read2, () => true));
    } finally {
      expect(await running.close()).toEqual([]);
    }
  });

  it('shows what is over to readers of a member that is cut off, when reads are serializable', async () => {
    const running = await startSystem(etcd, 'register', { set: { serializable: true } });
    try {
      const cut = running.cluster.nodes.find((node) => node !== 'n1')!;
      const [first, there] = [await running.client('n1'), await running.client(cut)];
      await invoke(first, { f: 'write', key: 1, value: 1 });
      const read = () => invoke(there, { f: 'read', key: 1, value: null });
      expect(await eventually(read, (value) => value === 1)).toBe(1);
      isolate(running, cut);
      await eventually(
        () => invoke(first, { f: 'write', key: 1, value: 2 }),
        () => true,
      );
      expect(await read()).toBe(1);
    } finally {
      expect(await running.close()).toEqual([]);
    }
  });

  it('refuses a late holder of a lock by its token, and only with fencing', async () => {
    for (const fencing of [true, false]) {
      const running = await startSystem(etcd, 'lock', { nodes: 1, set: { fencing, electionMs: 200 } });
      try {
        const [a, b] = [await running.client('n1'), await running.client('n1')];
        const acquire = { f: 'acquire', key: 1, value: { ttlMs: 1000 } };
        const first = (await invoke(a, acquire)) as { token: number; ttlMs: number };
        expect(first.ttlMs).toBeGreaterThanOrEqual(1000);
        expect(await invoke(b, acquire)).toBe(false);
        // Its holder says nothing for longer than the lease lasts.
        const second = await eventually(
          () => invoke(b, acquire),
          (grant) => grant !== false,
        );
        const { token } = second as { token: number };
        expect(token).toBeGreaterThan(first.token);
        await invoke(b, { f: 'write', key: 1, value: { token, value: 1 } });
        const late = invoke(a, { f: 'write', key: 1, value: { token: first.token, value: 2 } });
        if (fencing)
          await expect(late).rejects.toMatchObject({ error: { definite: true, kind: 'stale-token' } });
        else expect(await late).toMatchObject({ value: 2 });
        const given = invoke(a, { f: 'release', key: 1, value: { token: first.token } });
        await expect(given).rejects.toThrow(OpFailure);
        await invoke(b, { f: 'release', key: 1, value: { token } });
      } finally {
        expect(await running.close()).toEqual([]);
      }
    }
  });
});
