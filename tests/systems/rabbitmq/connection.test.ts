/**
 * AMQP on the wire: confirms, messages in pieces, refusals; what was sent and not answered is unknown.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { OpFailure } from '../../../harness/contracts.ts';
import { signalAfter } from '../../../harness/time.ts';
import {
  contentFrames,
  encodeFrame,
  FieldReader,
  Fields,
  FRAME,
  FrameCutter,
  METHOD,
} from '../../../systems/rabbitmq/codec.ts';
import { AmqpConnection } from '../../../systems/rabbitmq/connection.ts';
import { afterLine, NOTHING_SAID } from '../../../systems/rabbitmq/lead.ts';

let server: Server | null = null;
let connection: AmqpConnection | null = null;
const sockets: Socket[] = [];

afterEach(() => {
  connection?.close();
  for (const socket of sockets.splice(0)) socket.destroy();
  server?.close();
});

const method = (channel: number, fields: Fields): Buffer =>
  encodeFrame({ type: FRAME.method, channel, payload: fields.payload() });

/** How a broker answers until its channel is open. */
const OPENING: Readonly<Record<number, Buffer>> = {
  [METHOD.connectionStartOk]: method(0, Fields.of(METHOD.connectionTune).short(2047).long(131_072).short(60)),
  [METHOD.connectionOpen]: method(0, Fields.of(METHOD.connectionOpenOk).word('')),
  [METHOD.channelOpen]: method(1, Fields.of(METHOD.channelOpenOk).long(0)),
  [METHOD.confirmSelect]: method(1, Fields.of(METHOD.confirmSelectOk)),
};

const ACK = method(1, Fields.of(METHOD.basicAck).longlong(1n).octet(0));
const closing = (code: number, text: string): Buffer =>
  method(1, Fields.of(METHOD.channelClose).short(code).word(text).short(60).short(40));

/** A broker that opens channels, then does as told with every method. */
async function against(answer: (method: number, socket: Socket) => void): Promise<AmqpConnection> {
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    const cutter = new FrameCutter();
    socket.once('data', () => {
      socket.write(method(0, Fields.of(METHOD.connectionStart).octet(0).octet(9)));
      socket.on('data', (bytes: Buffer) => {
        for (const frame of cutter.add(bytes)) {
          if (frame.type !== FRAME.method) continue;
          const name = new FieldReader(frame.payload).method();
          if (name === METHOD.connectionTuneOk) continue;
          const opening = OPENING[name];
          if (opening === undefined) answer(name, socket);
          else socket.write(opening);
        }
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  connection = await AmqpConnection.open({ host: '127.0.0.1', port }, 'me', signalAfter(5_000));
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

describe('publishing', () => {
  it('ends with the confirm', async () => {
    const made = await against((_, socket) => socket.write(ACK));
    await made.publish('q', 'ü', soon());
    expect(made.alive).toBe(true);
  });

  it('is unknown without one, and with a negative one', async () => {
    const made = await against((_, socket) =>
      socket.write(method(1, Fields.of(METHOD.basicNack).longlong(1n).octet(0))),
    );
    expect(await failureOf(made.publish('q', 'x', soon()))).toMatchObject({
      definite: false,
      kind: 'nacked',
    });
    const silent = await against(() => undefined);
    expect(await failureOf(silent.publish('q', 'x', signalAfter(50)))).toMatchObject({ definite: false });
    expect(silent.alive).toBe(false);
    // The connection is over: this one was not sent.
    expect(await failureOf(silent.publish('q', 'x', soon()))).toMatchObject({ definite: true });
  });

  it('has certainly done nothing when the message comes back', async () => {
    const back = Fields.of(METHOD.basicReturn).short(312).word('NO_ROUTE').word('').word('q');
    const made = await against((_, socket) =>
      socket.write(Buffer.concat([method(1, back), contentFrames(1, Buffer.from('x')), ACK])),
    );
    const failure = await failureOf(made.publish('q', 'x', soon()));
    expect(failure).toMatchObject({ definite: true, kind: 'unroutable', message: '312 NO_ROUTE' });
    expect(made.alive).toBe(true);
  });
});

describe('taking', () => {
  it('hands out a message that comes in pieces', async () => {
    const got = Fields.of(METHOD.basicGetOk).longlong(7n).octet(0).word('').word('q').long(0);
    const text = 'ü'.repeat(100);
    const made = await against((_, socket) => {
      const all = Buffer.concat([method(1, got), contentFrames(1, Buffer.from(text))]);
      socket.write(all.subarray(0, 9));
      setImmediate(() => socket.write(all.subarray(9)));
    });
    expect(await made.get('q', soon())).toEqual({ tag: 7n, text });
  });

  it('tells an empty queue', async () => {
    const made = await against((_, socket) =>
      socket.write(method(1, Fields.of(METHOD.basicGetEmpty).word(''))),
    );
    expect(await made.get('q', soon())).toBeNull();
  });

  it.each([
    [404, "NOT_FOUND - no queue 'q' in vhost '/'", true],
    [404, "NOT_FOUND - failed to perform operation on queue 'q' in vhost '/' due to timeout", false],
    [541, 'INTERNAL_ERROR', false],
  ])('refused with %s %s: definite %s', async (code, text, definite) => {
    const made = await against((_, socket) => socket.write(closing(code, text)));
    const failure = await failureOf(made.get('q', soon()));
    expect(failure).toMatchObject({ definite, kind: `amqp-${code}`, message: text });
    expect(made.alive).toBe(false);
  });

  it('ends on bytes that are no frame', async () => {
    const made = await against((_, socket) => socket.write(Buffer.alloc(16)));
    expect(await failureOf(made.get('q', soon()))).toMatchObject({ definite: false });
  });
});

describe('what a log says of the lead', () => {
  const said = (text: string): string => `2026-11-23 [notice] <0.1.0> queue 'messages' in vhost '/': ${text}`;

  it('follows terms and lives', () => {
    const lines = [
      'something else',
      said('candidate -> leader in term: 3 machine version: 2'),
      said("detected a new leader {'%2F_messages','rabbit@10.99.0.2'} in term 4"),
      said('follower -> candidate in term: 5 machine version: 2'),
      '--- faultline: life 2 ---',
    ];
    let lead = NOTHING_SAID;
    const leads = lines.map((line) => {
      lead = afterLine(lead, line);
      return lead;
    });
    expect(leads).toEqual([
      NOTHING_SAID,
      { leading: true, leader: null, term: 3 },
      { leading: false, leader: '10.99.0.2', term: 4 },
      { leading: false, leader: null, term: 5 },
      { leading: false, leader: null, term: 5 },
    ]);
  });
});
