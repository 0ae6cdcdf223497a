/**
 * Requests and deliveries on the wire; an error is definite only where nobody heard the request.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { OpFailure } from '../../../harness/contracts.ts';
import { signalAfter } from '../../../harness/time.ts';
import { leaderIn } from '../../../systems/nats-jetstream/nats-jetstream.ts';
import { encodePublish, NatsConnection, type NatsMessage } from '../../../systems/nats-jetstream/wire.ts';

let server: Server | null = null;
let connection: NatsConnection | null = null;
const sockets: Socket[] = [];

afterEach(() => {
  connection?.close();
  for (const socket of sockets.splice(0)) socket.destroy();
  server?.close();
});

/** A server that lets everybody in, then does as told with every line. */
async function against(answer: (line: string, socket: Socket) => void): Promise<NatsConnection> {
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.write('INFO {"server_id":"x"} \r\n');
    socket.on('data', (bytes: Buffer) => {
      for (const line of bytes.toString('utf8').split('\r\n')) {
        if (line === 'PING') socket.write('PONG\r\nPING\r\n');
        else if (line !== '') answer(line, socket);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  connection = new NatsConnection({ host: '127.0.0.1', port }, 'me');
  return connection;
}

async function failureOf(work: Promise<unknown>): Promise<OpFailure['error']> {
  const failure = await work.then(
    () => null,
    (e: unknown) => e,
  );
  expect(failure).toBeInstanceOf(OpFailure);
  return (failure as OpFailure).error;
}

const soon = (): AbortSignal => signalAfter(5_000);
const inboxOf = (line: string): string => line.split(' ')[2]!;

describe('a request', () => {
  it('is answered at its own inbox, in pieces too', async () => {
    const made = await against((line, socket) => {
      if (!line.startsWith('PUB')) return;
      const all = Buffer.from(`+OK\r\nMSG ${inboxOf(line)} replies 3\r\nü!\r\n`);
      socket.write(all.subarray(0, all.length - 4));
      setImmediate(() => socket.write(all.subarray(all.length - 4)));
    });
    expect(await made.request('a', 'x', soon())).toBe('ü!');
    expect(await made.request('b', 'y', soon())).toBe('ü!');
  });

  it('was certainly not heard where nobody listens', async () => {
    const made = await against((line, socket) => {
      if (!line.startsWith('PUB')) return;
      socket.write(`HMSG ${inboxOf(line)} replies 16 16\r\nNATS/1.0 503\r\n\r\n\r\n`);
    });
    expect(await failureOf(made.request('a', 'x', soon()))).toMatchObject({
      definite: true,
      kind: 'no-responders',
    });
    expect(made.alive).toBe(true);
  });

  it('is unknown when it was sent and not answered, and certain when it never was', async () => {
    const made = await against(() => undefined);
    expect(await failureOf(made.request('a', 'x', signalAfter(100)))).toMatchObject({ definite: false });
    expect(made.alive).toBe(false);
    expect(await failureOf(made.request('a', 'x', soon()))).toMatchObject({ definite: true });
  });

  it('is unknown when the server ends the connection with an error', async () => {
    const made = await against((line, socket) => {
      if (line.startsWith('PUB')) socket.write("-ERR 'Stale Connection'\r\n");
    });
    const failure = await failureOf(made.request('a', 'x', soon()));
    expect(failure).toMatchObject({ definite: false, message: "-ERR 'Stale Connection'" });
  });

  it('has its headers before its text', () => {
    expect(encodePublish('a', 'b', 'ü', { Name: '1' })).toBe(
      'HPUB a b 21 23\r\nNATS/1.0\r\nName: 1\r\n\r\nü\r\n',
    );
    expect(encodePublish('a', 'b', 'ü')).toBe('PUB a b 2\r\nü\r\n');
  });
});

it('hears what is delivered to it, whatever its subject', async () => {
  const made = await against((line, socket) => {
    if (!line.startsWith('SUB _DELIVER')) return;
    const subscription = line.split(' ')[2]!;
    socket.write(`MSG elements ${subscription} $JS.ACK.s.c.1.1.1.9.0 2\r\n42\r\n`);
  });
  const heard = await new Promise<NatsMessage>((resolve, reject) => {
    made.listen(resolve, soon()).catch(reject);
  });
  expect(heard).toMatchObject({ subject: 'elements', reply: '$JS.ACK.s.c.1.1.1.9.0', text: '42' });
});

describe('the leader of a stream', () => {
  const page = (cluster: object): string =>
    JSON.stringify({ account_details: [{ stream_detail: [{ name: 'elements', cluster }] }] });

  it('is named by the page of a server', () =>
    expect(leaderIn(page({ leader: 'n2' }), 'elements')).toBe('n2'));

  it.each([page({}), page({ leader: '' }), '{}', 'not JSON', ''])('is not named by %j', (text) => {
    expect(() => leaderIn(text, 'elements')).toThrow(OpFailure);
  });
});
