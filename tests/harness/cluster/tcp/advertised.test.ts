/**
 * Nodes that all use one address for a peer: the link of the right pair carries each connection.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { ClusterOptions } from '../../../../harness/cluster/options.ts';
import { socketOf } from '../../../../harness/cluster/tcp/caller.ts';
import type { Json } from '../../../../harness/op.ts';
import { type Bench, cleanUp, until, upBench } from '../../../kits/backend.ts';

cleanUp();

const ADVERTISED: Partial<ClusterOptions> = { addressing: 'advertised' };

const notesAt = async ({ ask }: Bench, node: string): Promise<Json> =>
  (await ask(node, { type: 'notes' }))['value']!;

describe('one address for all', () => {
  it('is the same from everywhere, and not where the node listens', async () => {
    const { cluster } = await upBench('tcp', ADVERTISED);
    const { advertised, host, ports } = cluster.address('n1');
    expect(advertised).toEqual({ host: '127.0.0.2', ports });
    expect(host).toBe('127.0.0.1');
    for (const node of ['n2', 'n3']) {
      expect(cluster.address(node).peers.find(({ id }) => id === 'n1')).toEqual({ id: 'n1', ...advertised });
    }
  });

  it('leads each caller over its own link: one pair is cut, the others are not', async () => {
    const bench = await upBench('tcp', ADVERTISED);
    const { cluster, ask } = bench;
    cluster.links.set('f', [{ from: 'n1', to: 'n2', rule: { cut: true } }]);
    await ask('n1', { type: 'tell', to: 'n2', value: 'held' });
    await ask('n3', { type: 'tell', to: 'n2', value: 'from n3' });
    await ask('n1', { type: 'tell', to: 'n3', value: 'from n1' });
    await until('the open links', async () => {
      const notes = [await notesAt(bench, 'n2'), await notesAt(bench, 'n3')];
      return JSON.stringify(notes) === '[["from n3"],["from n1"]]';
    });
    const sent = Object.fromEntries(cluster.links.counters().map((c) => [`${c.from}>${c.to}`, c]));
    expect(sent['n3>n2']).toMatchObject({ delivered: 1, held: 0 });
    expect(sent['n1>n3']).toMatchObject({ delivered: 1, held: 0 });
    expect(sent['n1>n2']!.delivered).toBe(0);
    expect(sent['n1>n2']!.held).toBeGreaterThan(0);
    cluster.links.clear('f');
    await until('the healed link', async () => (await notesAt(bench, 'n2'))?.toString() === 'from n3,held');
  });

  it('knows processes that a node has started', async () => {
    const script = `
      const { spawn } = require('node:child_process');
      const [id, peer] = process.argv.slice(1);
      require('node:net').createServer((s) => s.pipe(s)).listen(...process.argv[3].split(':').reverse());
      if (id === 'n1') spawn(process.execPath, ['-e', 'const [p, h] = process.argv[1].split(":").reverse();' +
        'setInterval(() => require("node:net").connect(p, h).on("error", () => {}).end("hello"), 50)', peer]);
    `;
    const bench = await upBench('tcp', {
      ...ADVERTISED,
      nodes: ['n1', 'n2'],
      program: (at) => {
        const peer = at.peers[0]!;
        const own = `${at.host}:${at.ports['main']}`;
        return {
          file: process.execPath,
          args: ['-e', script, at.id, `${peer.host}:${peer.ports['main']}`, own],
        };
      },
    });
    const count = () => bench.cluster.links.counters().find((c) => c.from === 'n1' && c.to === 'n2')!;
    await until('the word of the child', () => count().delivered > 0);
  });

  it('is open to a node itself, and closed to strangers and while the node is down', async () => {
    const { cluster } = await upBench('tcp', ADVERTISED);
    const { host, ports } = cluster.address('n1').advertised!;
    const dial = async (): Promise<string> => {
      const socket = connect({ host, port: ports['main']! });
      const errors: string[] = [];
      socket.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code ?? ''));
      await once(socket, 'close').catch(() => undefined);
      return errors.join();
    };
    expect(await dial()).toBe('ECONNRESET');
    await cluster.kill('n1');
    await until('the refusal', async () => (await dial()) === 'ECONNREFUSED');
  });
});

describe('a host for each link', () => {
  it('differs from node to node, with the ports of the node it leads to', async () => {
    const bench = await upBench('tcp', { addressing: 'own-hosts' });
    const { cluster, ask } = bench;
    const { ports, advertised } = cluster.address('n2');
    expect(advertised).toBeUndefined();
    const hosts = ['n1', 'n3'].map((node) => {
      const peer = cluster.address(node).peers.find(({ id }) => id === 'n2')!;
      expect(peer.ports).toEqual(ports);
      return peer.host;
    });
    expect(hosts).toEqual(['127.1.1.2', '127.1.3.2']);
    cluster.links.set('f', [{ from: 'n1', to: 'n2', rule: { cut: true } }]);
    await ask('n1', { type: 'tell', to: 'n2', value: 'held' });
    await ask('n3', { type: 'tell', to: 'n2', value: 'from n3' });
    await until('the open link', async () => JSON.stringify(await notesAt(bench, 'n2')) === '["from n3"]');
    cluster.links.clear('f');
    await until('the healed link', async () => (await notesAt(bench, 'n2'))?.toString() === 'from n3,held');
  });
});

describe('the table of connections', () => {
  const line = (local: string, remote: string, inode: string): string =>
    `   3: ${local} ${remote} 01 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0 20 4 30 10 -1`;
  const to = { host: '127.0.0.2', port: 8080 };

  it("names the socket at the caller's end, not the other one", () => {
    const table = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      line('0200007F:1F90', '0100007F:C350', '111'),
      line('0100007F:C350', '0300007F:1F90', '222'),
      line('0100007F:C350', '0200007F:1F90', '333'),
    ].join('\n');
    expect(socketOf(50_000, to, [table])).toBe('333');
    expect(socketOf(50_001, to, [table])).toBeNull();
  });

  it('finds IPv4 connections of IPv6 sockets, and takes no socket that is gone for one', () => {
    const v6 = line('0000000000000000FFFF00000100007F:C350', '0000000000000000FFFF00000200007F:1F90', '444');
    const gone = line('0100007F:C350', '0200007F:1F90', '0');
    expect(socketOf(50_000, to, [gone, v6])).toBe('444');
  });
});
