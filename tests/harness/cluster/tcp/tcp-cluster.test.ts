/** The tcp backend against the contract of backends, and what only it does. */
import { describe, expect, it } from 'vitest';
import {
  backendContract,
  chattyProgram,
  failure,
  holdPort,
  makeBench,
  until,
  upBench,
} from '../../../kits/backend.ts';

describe('tcp', () => {
  backendContract('tcp');

  it('names a fixed port that is taken', async () => {
    const held = await holdPort();
    const { cluster, started } = makeBench('tcp', { fixedPorts: { n2: { main: held.port } } });
    await expect(cluster.up(new AbortController().signal)).rejects.toThrow(
      `port ${held.port} (main of n2) is already in use`,
    );
    expect(started).toEqual([]);
    await held.close();
  });

  it('initialises nodes over JSON lines when asked to', async () => {
    const { ask } = await upBench('tcp', { ready: { kind: 'init' } });
    expect(await ask('n1', { type: 'echo', echo: 5 })).toMatchObject({ echo: 5 });
  });

  it('waits for a line in the log and for a command', async () => {
    await upBench('tcp', { ready: { kind: 'log', pattern: '^listening$' }, nodes: ['a'] });
    await upBench('tcp', { ready: { kind: 'command', file: 'true', args: [] }, nodes: ['a'] });
    await upBench('tcp', { ready: { kind: 'none' }, nodes: ['a'] });
  });

  it('resets live connections', async () => {
    const { cluster, ask } = await upBench('tcp');
    await ask('n1', { type: 'ping-peer', to: 'n2' });
    expect(cluster.links.reset([{ from: 'n2', to: 'n1' }])).toBe(2);
    await cluster.pause('n3');
    const hung = failure(ask('n1', { type: 'ping-peer', to: 'n3' }));
    await until('the ping', () => cluster.links.counters().some((c) => c.to === 'n3' && c.delivered > 0));
    expect(cluster.links.reset([{ from: 'clients', to: 'n1' }])).toBe(1);
    expect(await hung).toMatchObject({ definite: false, kind: 'connection-reset' });
    expect(await ask('n1', { type: 'echo', echo: 1 })).toMatchObject({ echo: 1 });
  });

  it('limits the rate of a link', async () => {
    const { cluster, ask } = await upBench('tcp');
    await ask('n1', { type: 'echo', echo: 'warm' });
    cluster.links.set('slow', [{ from: 'clients', to: 'n1', rule: { rate: 50_000 } }]);
    const began = performance.now();
    await ask('n1', { type: 'echo', echo: 'x'.repeat(20_000) });
    const took = performance.now() - began;
    expect(took).toBeGreaterThan(390);
    expect(took).toBeLessThan(2_000);
  });

  it('does not deliver what a client wrote on a connection it gave up across a cut', async () => {
    const { cluster, ask } = await upBench('tcp');
    cluster.links.set('cut', [{ from: 'n1', to: 'clients', rule: { cut: true } }]);
    expect(await failure(ask('n1', { type: 'keep', value: 'late' }, 200))).toMatchObject({ kind: 'timeout' });
    expect(cluster.links.counters().find((c) => c.from === 'clients' && c.to === 'n1')!.held).toBeGreaterThan(
      0,
    );
    cluster.links.clear('cut');
    await until(
      'the held request',
      async () => (await ask('n1', { type: 'kept' }))['value']?.toString() === 'late',
    );
  });

  it('refuses packet faults', async () => {
    const { cluster } = makeBench('tcp');
    expect(() => cluster.links.set('f', [{ from: 'n1', to: 'n2', rule: { loss: 0.5 } }])).toThrow(
      /cannot do loss/,
    );
  });

  it('gives nodes one address per peer and port', async () => {
    const { cluster } = await upBench('tcp', {
      nodes: ['a', 'b'],
      ports: ['main', 'admin'],
      program: chattyProgram,
    });
    const [a, b] = [cluster.address('a'), cluster.address('b')];
    const peer = a.peers[0]!;
    expect(peer.id).toBe('b');
    const all = [a, b].flatMap((n) => [
      ...Object.values(n.ports),
      ...n.peers.flatMap((p) => Object.values(p.ports)),
    ]);
    expect(new Set(all).size).toBe(8);
    expect(cluster.clientAddress('a', 'admin').port).not.toBe(a.ports['admin']);
  });
});
