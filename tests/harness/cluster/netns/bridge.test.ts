/** Nodes joined by the kernel's own bridge: what its packet filter does to their links. Runs itself in a sandbox. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { BRIDGED_NETNS } from '../../../../harness/cluster/backends.ts';
import { insideSandbox } from '../../../../harness/sandbox/command.ts';
import { type Bench, cleanUp, failure, until, upBench } from '../../../kits/backend.ts';
import { againInSandbox } from '../../../kits/sandboxed.ts';
import { notInstalled, skipping } from '../../../kits/skipping.ts';

const missing = notInstalled('nft', 'nftables');

describe.skipIf(insideSandbox() || skipping('nodes on a bridge', missing))('nodes on a bridge', () => {
  it('lose packets as told', async (context) => {
    const { skipped, code, output } = await againInSandbox(fileURLToPath(import.meta.url));
    if (skipped !== null) return context.skip(skipped);
    expect(code, output).toBe(0);
  });
});

describe.skipIf(!insideSandbox())('links of a bridge', () => {
  cleanUp();
  const up = (): Promise<Bench> => upBench('netns', {}, BRIDGED_NETNS);
  const link = ({ cluster }: Bench, from: string, to: string) =>
    cluster.links.counters().find((each) => each.from === from && each.to === to)!;

  it('are cut one way and heal, and only those', async () => {
    const bench = await up();
    const { cluster, ask } = bench;
    await ask('n1', { type: 'ping-peer', to: 'n2' });
    const before = link(bench, 'n1', 'n2');
    expect(before).toMatchObject({ dropped: 0 });
    expect(before.sent).toBeGreaterThan(0);
    cluster.links.set('f', [{ from: 'n1', to: 'n2', rule: { cut: true } }]);
    expect(await cluster.links.probe('n1', 'n2')).toBe('cut');
    expect(await cluster.links.probe('n2', 'n1')).toBe('open');
    expect(await cluster.links.probe('n1', 'n3')).toBe('open');
    // Probes are not traffic.
    expect(link(bench, 'n1', 'n2').dropped).toBe(0);
    expect(await failure(ask('n1', { type: 'ping-peer', to: 'n2' }, 300))).toMatchObject({ definite: false });
    expect(link(bench, 'n1', 'n2').dropped).toBeGreaterThan(0);
    expect(link(bench, 'n1', 'n3').dropped).toBe(0);
    cluster.links.clear('f');
    expect(await cluster.links.probe('n1', 'n2')).toBe('open');
    expect(await ask('n1', { type: 'ping-peer', to: 'n2' })).toMatchObject({ type: 'ping-peer_ok' });
  });

  it('cut clients off, not the harness that asks whether nodes live', async () => {
    const { cluster, ask } = await up();
    cluster.links.set('f', [{ from: 'clients', to: 'n1', rule: { cut: true } }]);
    expect(await failure(ask('n1', { type: 'echo', echo: 1 }, 300))).toMatchObject({ kind: 'timeout' });
    await cluster.kill('n1');
    expect(await cluster.restart('n1')).toMatchObject({ state: 'installed', bit: true });
    expect(await ask('n2', { type: 'echo', echo: 2 })).toMatchObject({ echo: 2 });
  });

  it('lose some, and everything that is too long', async () => {
    const bench = await up();
    const { cluster, ask } = bench;
    cluster.links.set('f', [{ from: 'n1', to: 'n2', rule: { loss: 0.5 } }]);
    for (let i = 0; i < 20; i++) await ask('n1', { type: 'tell', to: 'n2', value: i });
    expect(link(bench, 'n1', 'n2').dropped).toBeGreaterThan(0);
    cluster.links.set('f', [{ from: 'n1', to: 'n2', rule: { mtu: 576 } }]);
    const { dropped } = link(bench, 'n1', 'n2');
    await ask('n1', { type: 'tell', to: 'n2', value: 'x'.repeat(1_000) });
    expect(await failure(ask('n1', { type: 'ping-peer', to: 'n2' }, 500))).toMatchObject({ kind: 'timeout' });
    await until('something too long to be lost', () => link(bench, 'n1', 'n2').dropped > dropped);
  });

  it('are asked only for what they can', async () => {
    const { cluster, ask } = await up();
    const delay = [{ from: 'n1', to: 'n2', rule: { delay: { ms: 5 } } }];
    expect(() => cluster.links.set('f', delay)).toThrow(/bridge cannot do delay/);
    expect(cluster.offers.has('link.latency')).toBe(false);
    await ask('n1', { type: 'ping-peer', to: 'n2' });
    expect(cluster.links.reset([{ from: 'n1', to: 'n2' }])).toBeGreaterThan(0);
  });
});
