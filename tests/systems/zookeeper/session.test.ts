/**
 * What a session makes of the answers, and of their absence.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { OpFailure } from '../../../harness/contracts.ts';
import { signalAfter } from '../../../harness/time.ts';
import { FrameCutter, JuteReader, JuteWriter } from '../../../systems/zookeeper/jute.ts';
import { OP, ZooKeeperSession } from '../../../systems/zookeeper/session.ts';

let server: Server | null = null;
const sockets: Socket[] = [];
let session: ZooKeeperSession | null = null;

afterEach(() => {
  session?.drop();
  for (const socket of sockets.splice(0)) socket.destroy();
  server?.close();
});

/** A server that greets, then does as told with every request. */
async function against(
  answer: (xid: number, op: number, socket: Socket) => void,
): Promise<{ host: string; port: number }> {
  server = createServer((socket) => {
    sockets.push(socket);
    const cutter = new FrameCutter();
    let greeted = false;
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      for (const frame of cutter.add(bytes)) {
        const record = new JuteReader(frame);
        if (greeted) answer(record.int(), record.int(), socket);
        else socket.write(new JuteWriter().int(0).int(900).long(7n).buffer(Buffer.alloc(16)).frame());
        greeted = true;
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

const reply = (xid: number, error: number): Buffer =>
  new JuteWriter().int(xid).long(5n).int(error).text('data').frame();
const options = () => ({ timeoutMs: 2000, pings: false, signal: signalAfter(5000) });
const ask = (signal?: AbortSignal) => session!.request(OP.sync, (record) => record.text('/'), signal);

async function failureOf(work: Promise<unknown>): Promise<OpFailure['error']> {
  const error = await work.then(
    () => null,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(OpFailure);
  return (error as OpFailure).error;
}

describe('a session', () => {
  it('knows its timeout, and answers in order', async () => {
    session = await ZooKeeperSession.open(
      await against((xid, _, socket) => socket.write(reply(xid, 0))),
      options(),
    );
    expect(session.timeoutMs).toBe(900);
    const [first, second] = await Promise.all([ask(), ask()]);
    expect([first.zxid, first.body.text(), second.body.text()]).toEqual([5n, 'data', 'data']);
  });

  it('takes events and pings for what they are', async () => {
    const at = await against((xid, _, socket) => {
      for (const mark of [-1, -2]) socket.write(reply(mark, 0));
      socket.write(reply(xid, -101));
    });
    session = await ZooKeeperSession.open(at, options());
    expect(await failureOf(ask())).toMatchObject({ definite: true, kind: 'no-node' });
  });

  it.each([
    [-103, true, 'bad-version'],
    [-110, true, 'node-exists'],
    [-112, true, 'session-expired'],
    [-4, false, 'error-4'],
    [-1, false, 'error-1'],
  ])('error %i: definite %s, %s', async (error, definite, kind) => {
    session = await ZooKeeperSession.open(
      await against((xid, _, socket) => socket.write(reply(xid, error))),
      options(),
    );
    expect(await failureOf(ask())).toMatchObject({ definite, kind });
  });

  it('leaves open what was under way when it is lost, and refuses what comes after', async () => {
    session = await ZooKeeperSession.open(await against((_, __, socket) => socket.destroy()), options());
    expect(await failureOf(ask())).toMatchObject({ definite: false, kind: 'connection-lost' });
    expect(session.alive).toBe(false);
    expect(await failureOf(ask())).toMatchObject({ definite: true });
  });

  it('is given up with the request that was given up', async () => {
    session = await ZooKeeperSession.open(await against(() => undefined), options());
    expect(await failureOf(ask(signalAfter(50)))).toMatchObject({ definite: false });
    expect(session.alive).toBe(false);
  });

  it('is not opened by a server that hangs up, nor by none', async () => {
    const at = await against(() => undefined);
    server!.removeAllListeners('connection').on('connection', (socket: Socket) => socket.destroy());
    expect(await failureOf(ZooKeeperSession.open(at, options()))).toMatchObject({ definite: true });
    server!.close();
    expect(await failureOf(ZooKeeperSession.open(at, options()))).toMatchObject({
      definite: true,
      kind: 'connection-refused',
    });
  });
});
