/**
 * The sim backend keeps the contract of all backends, in simulated time, and leaves the files that runs leave.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { virtually } from '../../../../harness/sim/virtual-time.ts';
import { monotonicNs, sleep } from '../../../../harness/time.ts';
import { backendContract, failure, itOn, makeBench, upBench } from '../../../kits/backend.ts';

backendContract('sim');

describe('simulated nodes', () => {
  it('live in simulated time only', () => {
    expect(() => makeBench('sim')).toThrow(/lives in simulated time only/);
  });

  itOn('sim', 'skew their clocks and read them back', async () => {
    const { cluster, ask } = await upBench('sim');
    const ms = async (node: string): Promise<number> => Number((await ask(node, { type: 'clock' }))['ms']);
    await cluster.clocks.set('n1', { offsetNs: 90e9 });
    await cluster.clocks.set('n2', { offsetNs: 0, driftPpm: 100_000 });
    await cluster.clocks.set('n3', { offsetNs: 0, strobe: { deltaNs: 5e9, halfPeriodNs: 1e9 } });
    await sleep(10_500);
    expect(await cluster.clocks.read('n1')).toBe(90e9);
    expect(await cluster.clocks.read('n2')).toBeCloseTo(1.05e9, -7);
    expect(await cluster.clocks.read('n3')).toBe(0);
    const right = Date.UTC(2026, 0) + monotonicNs() / 1e6;
    expect((await ms('n1')) - right).toBeGreaterThan(89_999);
    await sleep(1_000);
    expect(await cluster.clocks.read('n3')).toBe(5e9);
    await cluster.clocks.reset('n1');
    expect(await cluster.clocks.read('n1')).toBe(0);
  });

  itOn('sim', 'lose what they had not synced, and keep what they had', async () => {
    const { cluster, ask } = await upBench('sim');
    await ask('n1', { type: 'keep', value: 'synced' });
    cluster.links.set('f', [{ from: 'n1', to: 'clients', rule: { cut: true } }]);
    const lost = failure(ask('n1', { type: 'keep', value: 'under way' }, 50));
    await cluster.kill('n1');
    await lost;
    cluster.links.clear('f');
    await cluster.restart('n1');
    const { value } = await ask('n1', { type: 'kept' });
    expect((value as string[])[0]).toBe('synced');
  });

  itOn('sim', 'lose their power at once or at a sync to come, and say what that took', async () => {
    const { cluster, ask } = await upBench('sim');
    const disks = cluster.disks!;
    await ask('n1', { type: 'keep', value: 'synced' });
    expect(await disks.cutPower!('n1', { torn: false, seed: 1 })).toMatchObject({ files: 0, bytes: 0 });
    expect(cluster.state('n1')).toBe('stopped');
    await cluster.restart('n1');
    await disks.armPowerCut!('n1', { torn: false, seed: 1, atSync: 2, path: '*' });
    await ask('n1', { type: 'keep', value: 'once more' });
    expect(disks.armedLoss!('n1')).toBeNull();
    await failure(ask('n1', { type: 'keep', value: 'never' }, 50));
    expect(disks.armedLoss!('n1')).toMatchObject({ files: 1, bytes: 7 });
    await cluster.restart('n1');
    const { value } = await ask('n1', { type: 'kept' });
    expect(value).toEqual(['synced', 'once more']);
  });

  itOn('sim', 'end of a disk that is full, and come back once it is not', async () => {
    const { cluster, ask } = await upBench('sim');
    await cluster.disks!.set('n1', { full: true });
    await failure(ask('n1', { type: 'keep', value: 'no room' }, 50));
    expect(cluster.state('n1')).toBe('crashed');
    expect(await cluster.disks!.hits('n1')).toBe(1);
    await cluster.disks!.set('n1', null);
    await cluster.restart('n1');
    await ask('n1', { type: 'keep', value: 'room' });
    expect((await ask('n1', { type: 'kept' }))['value']).toEqual(['room']);
  });

  itOn('sim', 'lose what is on a connection that is reset', async () => {
    const { cluster, ask } = await upBench('sim');
    cluster.links.set('slow', [{ from: 'n1', to: 'n2', rule: { delay: { ms: 50 } } }]);
    await ask('n1', { type: 'tell', to: 'n2', value: 'lost' });
    expect(cluster.links.reset([{ from: 'n1', to: 'n2' }])).toBe(1);
    await ask('n1', { type: 'tell', to: 'n2', value: 'kept' });
    await sleep(200);
    expect(await ask('n2', { type: 'notes' })).toMatchObject({ value: ['kept'] });
    expect(cluster.links.reset([{ from: 'n1', to: 'n3' }])).toBe(0);
  });

  itOn('sim', 'duplicate, reorder, lose, limit and tamper as rules say, and count it', async () => {
    const { cluster, ask } = await upBench('sim');
    const rule = { loss: 0.1, duplicate: 0.3, reorder: 0.5, tamper: 0.2, rate: 20_000 };
    cluster.links.set('f', [{ from: 'n1', to: 'n2', rule }]);
    for (let i = 0; i < 100; i++) await ask('n1', { type: 'tell', to: 'n2', value: i });
    await sleep(5_000);
    const link = cluster.links.counters().find((one) => one.from === 'n1' && one.to === 'n2')!;
    expect(link.sent).toBe(100);
    for (const name of ['dropped', 'duplicated', 'reordered', 'tampered', 'delayed'] as const) {
      expect(link[name], name).toBeGreaterThan(3);
    }
    expect(link.delivered).toBe(100 - link.dropped + link.duplicated);
  });

  it('write logs and a journal of messages as real ones do, the same every time', async () => {
    const texts = [await virtually(journalled), await virtually(journalled)];
    expect(texts[0]).toContain('"echo_ok"');
    expect(texts[1]).toBe(texts[0]);
  });
});

async function journalled(): Promise<string> {
  const bench = makeBench('sim');
  const path = join(bench.folder, 'messages.jsonl');
  const { cluster, folder, ask } = await upBench('sim', { messages: { path } });
  await ask('n1', { type: 'echo', echo: 1 });
  await ask('n1', { type: 'tell', to: 'n2', value: 'x' });
  await failure(ask('n3', { type: 'die' }));
  await cluster.down();
  const log = readFileSync(join(folder, 'logs', 'n3', 'stderr.log'), 'utf8');
  expect(log).toMatch(/^--- faultline: n3 life 1, run time 0 ms ---\n2026-01-01T.* about to die as asked/);
  expect(existsSync(path)).toBe(true);
  return readFileSync(path, 'utf8');
}
