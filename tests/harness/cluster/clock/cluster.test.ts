/**
 * Clocks in a whole cluster, on every backend whose nodes are processes: asked for their time through the cluster.
 * Those of simulated nodes need no patching, see tests/harness/sim.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { BACKENDS } from '../../../../harness/cluster/backends.ts';
import { detectClockSupport } from '../../../../harness/cluster/clock/clock-support.ts';
import { createClocks } from '../../../../harness/cluster/clock/clocks.ts';
import type { ClocksFactory } from '../../../../harness/cluster/options.ts';
import { sleep } from '../../../../harness/time.ts';
import { type Bench, cleanUp, makeBench, upBench } from '../../../kits/backend.ts';
import { canPatch } from './clock-child.ts';

let clocks: ClocksFactory;
beforeAll(async () => {
  clocks = createClocks(await detectClockSupport());
});

async function offsetsMs({ cluster, ask }: Bench): Promise<Record<string, number>> {
  const entries = cluster.nodes.map(async (node) => {
    const { ms } = await ask(node, { type: 'clock' });
    // Adding 0 turns -0 into 0.
    return [node, Math.round((Number(ms) - Date.now()) / 1000) * 1000 + 0] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

const ELSEWHERE = ['sim', 'netns', 'docker', 'ssh'];
const REAL = BACKENDS.map(({ name }) => name).filter((name) => !ELSEWHERE.includes(name));

describe.skipIf(!canPatch).each(REAL)('clocks on %s', (backend) => {
  cleanUp();

  it('jumps one node, keeps it over restarts, and resets it', async () => {
    const bench = await upBench(backend, { clocks });
    const { cluster, ask } = bench;
    expect(cluster.offers.has('clock.skew')).toBe(true);
    expect(await offsetsMs(bench)).toEqual({ n1: 0, n2: 0, n3: 0 });
    expect(await cluster.clocks.set('n2', { offsetNs: 100e9 })).toMatchObject({
      state: 'installed',
      bit: true,
      measures: { offsetNs: 100e9 },
    });
    expect(await offsetsMs(bench)).toEqual({ n1: 0, n2: 100_000, n3: 0 });

    await cluster.kill('n2');
    expect(await cluster.clocks.read('n2')).toBeNull();
    expect((await cluster.restart('n2')).state).toBe('installed');
    expect(await offsetsMs(bench)).toEqual({ n1: 0, n2: 100_000, n3: 0 });
    const { startedMs } = await ask('n2', { type: 'clock' });
    expect(Number(startedMs) - Date.now()).toBeGreaterThan(90_000);

    await cluster.clocks.reset('n2');
    expect(await offsetsMs(bench)).toEqual({ n1: 0, n2: 0, n3: 0 });
    await cluster.kill('n2');
    await cluster.restart('n2');
    expect(await offsetsMs(bench)).toEqual({ n1: 0, n2: 0, n3: 0 });
  });

  it('has attached to a node before its first change, at set-up and after a restart', async () => {
    const { cluster } = await upBench(backend, { clocks });
    const plain = { bit: true, measures: { attachingMs: 0, attachedAheadMs: expect.any(Number) } };
    expect(await cluster.clocks.set('n1', { offsetNs: 100e9 })).toMatchObject(plain);
    await cluster.kill('n3');
    await cluster.restart('n3');
    expect(await cluster.clocks.set('n3', { offsetNs: 100e9 })).toMatchObject(plain);
  });

  it('gives a node its skew again that was restarted after it ended by itself', async () => {
    const bench = await upBench(backend, { clocks, restart: { policy: 'on-crash', delayMs: 10, max: 3 } });
    const { cluster, ask, events } = bench;
    await cluster.clocks.set('n1', { offsetNs: -100e9 });
    await ask('n1', { type: 'die', code: 3 }).catch(() => undefined);
    for (let i = 0; i < 500 && !events.some(({ kind }) => kind === 'restarted'); i++) await sleep(10);
    expect(await offsetsMs(bench)).toEqual({ n1: -100_000, n2: 0, n3: 0 });
  });

  it('skews a paused node without waking it', async () => {
    const bench = await upBench(backend, { clocks });
    const { cluster } = bench;
    await cluster.pause('n3');
    expect((await cluster.clocks.set('n3', { offsetNs: 100e9 })).bit).toBe(true);
    await sleep(100);
    expect(cluster.state('n3')).toBe('paused');
    expect((await cluster.resume('n3')).measures).toMatchObject({ reached: true });
    expect(await offsetsMs(bench)).toEqual({ n1: 0, n2: 0, n3: 100_000 });
  });

  it('survives pauses that come while it attaches', async () => {
    const bench = await upBench(backend, { clocks });
    const { cluster } = bench;
    for (let i = 1; i <= 5; i++) {
      await cluster.kill('n1');
      await cluster.restart('n1');
      const [, paused] = await Promise.all([
        cluster.clocks.set('n1', { offsetNs: i * 100e9 }),
        cluster.pause('n1'),
      ]);
      expect(paused).toMatchObject({ state: 'installed', bit: true });
      await sleep(30);
      await cluster.resume('n1');
      expect(await offsetsMs(bench)).toEqual({ n1: i * 100_000, n2: 0, n3: 0 });
    }
  });

  it('does not offer what it cannot do', () => {
    const none = createClocks({ mechanism: 'none', reason: 'a Tuesday' });
    const { cluster } = makeBench(backend, { clocks: none });
    expect(cluster.offers.has('clock.skew')).toBe(false);
    expect(cluster.missing).toContainEqual({ capability: 'clock.skew', reason: 'a Tuesday' });
  });
});
