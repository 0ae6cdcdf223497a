/** The userspace links without nodes: bytes, ends and resets through cuts, delays and limits. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TcpLinks } from '../../../../harness/cluster/tcp/tcp-links.ts';
import type { LinkRule } from '../../../../harness/contracts.ts';
import { Seed } from '../../../../harness/random.ts';
import { monotonicNs, sleep } from '../../../../harness/time.ts';
import { until } from '../../../kits/backend.ts';

let links: TcpLinks;
let server: Server;
let accepted: Socket[];
const opened: Socket[] = [];

beforeEach(async () => {
  links = new TcpLinks({ nodes: ['a', 'b'], ports: ['main'], fixedPorts: {}, seed: Seed.of(1) });
  await links.open();
  accepted = [];
  server = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.push(socket);
    socket.on('error', () => undefined);
  });
  await listen();
  links.setUp('b', true);
  await links.settled();
});

afterEach(async () => {
  for (const socket of [...opened.splice(0), ...accepted]) socket.destroy();
  server.close();
  expect(await links.close()).toEqual([]);
});

async function listen(): Promise<void> {
  server.listen(links.nodePorts('b')['main'], '127.0.0.1');
  await once(server, 'listening');
}

/** A connection from a to b, both ends. */
async function dial(): Promise<{ near: Socket; far: Socket }> {
  const count = accepted.length;
  const near = await dialOnly();
  await until('the connection', () => accepted.length > count);
  return { near, far: accepted.at(-1)! };
}

async function dialOnly(): Promise<Socket> {
  const near = connect({ port: links.linkPort('a', 'b', 'main'), host: '127.0.0.1', allowHalfOpen: true });
  opened.push(near);
  near.on('error', () => undefined);
  await once(near, 'connect');
  return near;
}

const there = (rule: LinkRule) => links.set('there', [{ from: 'a', to: 'b', rule }]);
const back = (rule: LinkRule) => links.set('back', [{ from: 'b', to: 'a', rule }]);
const counters = () => links.counters().find((c) => c.from === 'a' && c.to === 'b')!;

async function received(socket: Socket, text: string): Promise<void> {
  let all = '';
  socket.on('data', (chunk) => {
    all += chunk;
  });
  await until(`"${text}"`, () => all === text);
  socket.removeAllListeners('data');
}

describe('bytes', () => {
  it('carries megabytes unchanged while the link is cut, slowed and healed', async () => {
    const { near, far } = await dial();
    const [sentHash, seenHash] = [createHash('sha1'), createHash('sha1')];
    let seen = 0;
    far.on('data', (chunk) => {
      seenHash.update(chunk);
      seen += chunk.length;
    });
    const size = 24 * 1024 * 1024;
    const rng = Seed.of(3).rng();
    const writing = (async () => {
      for (let sent = 0; sent < size; ) {
        const chunk = Buffer.alloc(Math.min(size - sent, rng.int(1, 200_000)), rng.int(0, 255));
        sentHash.update(chunk);
        sent += chunk.length;
        if (!near.write(chunk)) await once(near, 'drain');
      }
      near.end();
    })();
    for (let round = 0; round < 5; round++) {
      there({ cut: true });
      await sleep(20);
      there({ delay: { ms: 5, jitterMs: 5 } });
      await sleep(20);
      links.clear('there');
      await sleep(5);
    }
    await writing;
    await until('the end', () => far.readableEnded);
    expect(seen).toBe(size);
    expect(seenHash.digest('hex')).toBe(sentHash.digest('hex'));
    expect(counters()).toMatchObject({ bytes: size, dropped: 0 });
    expect(counters().held).toBeGreaterThan(0);
    expect(counters().delayed).toBeGreaterThan(0);
  });

  it('does not swallow without end what a cut or a slow reader holds up', async () => {
    const { near, far } = await dial();
    there({ cut: true });
    for (let i = 0; i < 200; i++) near.write(Buffer.alloc(100_000));
    await sleep(150);
    // The hold-back buffer is 64 KiB; a read may overshoot it by one chunk of the socket.
    expect(counters().bytes).toBeLessThan(256 * 1024);
    links.clear('there');
    far.pause();
    await sleep(150);
    expect(counters().bytes).toBeLessThan(16_000_000);
    let seen = 0;
    far.on('data', (chunk) => {
      seen += chunk.length;
    });
    far.resume();
    await until('everything', () => seen === 20_000_000);
  });

  it('stalls one direction and not the other', async () => {
    const { near, far } = await dial();
    there({ cut: true });
    near.write('ping');
    far.write('pong');
    await received(near, 'pong');
    let early = '';
    far.on('data', (chunk) => {
      early += chunk;
    });
    await sleep(100);
    expect(early).toBe('');
    expect(await links.probe('a', 'b')).toBe('cut');
    expect(await links.probe('b', 'a')).toBe('open');
    links.clear('there');
    await until('the held bytes', () => early === 'ping');
    expect(await links.probe('a', 'b')).toBe('open');
  });

  it('delays each direction by its own rule', async () => {
    const { near, far } = await dial();
    far.on('data', (chunk) => far.write(chunk));
    const roundTripMs = async (): Promise<number> => {
      const began = monotonicNs();
      near.write('x');
      await once(near, 'data');
      return (monotonicNs() - began) / 1e6;
    };
    there({ delay: { ms: 30 } });
    back({ delay: { ms: 50 } });
    const slow = await roundTripMs();
    expect(slow).toBeGreaterThanOrEqual(79);
    expect(slow).toBeLessThan(250);
    expect(await links.probe('a', 'b')).toBe('open');
  });
});

describe('rate', () => {
  it('limits all connections of a link together, and lets go at once when it is lifted', async () => {
    const [one, two] = [await dial(), await dial()];
    const seen = [0, 0];
    for (const [i, { far }] of [one, two].entries()) {
      far.on('data', (chunk) => {
        seen[i]! += chunk.length;
      });
    }
    there({ rate: 20_000 });
    one.near.write(Buffer.alloc(400_000));
    two.near.write(Buffer.alloc(400_000));
    await sleep(500);
    expect(seen[0]! + seen[1]!).toBeGreaterThan(5_000);
    expect(seen[0]! + seen[1]!).toBeLessThan(15_000);
    links.clear('there');
    await until('the rest', () => seen[0] === 400_000 && seen[1] === 400_000, 10_000);
    const began = monotonicNs();
    one.near.write('x');
    await until('the next byte', () => seen[0] === 400_001);
    expect((monotonicNs() - began) / 1e6).toBeLessThan(200);
  });
});

describe('ends', () => {
  it('passes on a half close behind the last byte, and lets the other side go on', async () => {
    const { near, far } = await dial();
    there({ delay: { ms: 40 } });
    let text = '';
    far.on('data', (chunk) => {
      text += chunk;
    });
    near.end('last words');
    await once(far, 'end');
    expect(text).toBe('last words');
    far.end('answer');
    await received(near, 'answer');
    await until('the close', () => near.closed);
  });

  it('passes on a reset', async () => {
    const { near, far } = await dial();
    far.resetAndDestroy();
    const [error] = await once(near, 'error');
    expect((error as NodeJS.ErrnoException).code).toBe('ECONNRESET');
  });

  it('keeps the end of a peer from crossing a cut', async () => {
    const { near, far } = await dial();
    back({ cut: true });
    far.destroy();
    await sleep(100);
    expect(near.readableEnded || near.closed).toBe(false);
    near.resume();
    links.clear('back');
    await once(near, 'end');
  });

  it('refuses connections exactly while the target is down and not cut off', async () => {
    server.close();
    links.setUp('b', false);
    await links.settled();
    const refused = connect({ port: links.linkPort('a', 'b', 'main'), host: '127.0.0.1' });
    expect((await once(refused, 'error'))[0]).toMatchObject({ code: 'ECONNREFUSED' });
    there({ cut: true });
    await links.settled();
    const hanging = await dialOnly();
    await sleep(50);
    expect(hanging.closed).toBe(false);
    hanging.resume();
    links.clear('there');
    await until('the news that nobody is there', () => hanging.closed);
    await listen();
    links.setUp('b', true);
    await links.settled();
    const { near, far } = await dial();
    near.write('hello again');
    await received(far, 'hello again');
  });

  it('does not let a connection through that was given up across a cut', async () => {
    back({ cut: true });
    const [given, kept] = [await dialOnly(), await dialOnly()];
    given.write('never mind');
    given.destroy();
    kept.write('still waiting');
    await sleep(50);
    expect(counters().held).toBeGreaterThanOrEqual(2);
    links.clear('back');
    await until('the patient one', () => accepted.length === 1);
    await received(accepted[0]!, 'still waiting');
    await sleep(50);
    expect(accepted).toHaveLength(1);
  });

  it('resets connections in both orientations, held ones too', async () => {
    const { near } = await dial();
    const ended = once(near, 'error');
    expect(links.reset([{ from: 'b', to: 'a' }])).toBe(1);
    expect((await ended)[0]).toMatchObject({ code: 'ECONNRESET' });
    expect(links.counters().find((c) => c.from === 'b' && c.to === 'a')).toMatchObject({ resets: 1 });
    expect(links.reset([{ from: 'clients', to: 'b' }])).toBe(0);
  });
});
