/**
 * Answers are read however the stream was cut, and errors are definite only where Redis did nothing.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { OpFailure } from '../../../harness/contracts.ts';
import { signalAfter } from '../../../harness/time.ts';
import { encode, RespConnection, RespParser, type RespValue } from '../../../systems/redis-sentinel/resp.ts';

/** An answer as a server writes it. */
function written(value: RespValue): string {
  if (value === null) return '$-1\r\n';
  if (typeof value === 'number') return `:${value}\r\n`;
  if (typeof value === 'string') return `$${Buffer.byteLength(value)}\r\n${value}\r\n`;
  return `*${value.length}\r\n${value.map(written).join('')}`;
}

const { value } = fc.letrec<{ value: RespValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.integer(),
    fc.string({ unit: 'grapheme' }),
    fc.array(tie('value'), { maxLength: 4 }),
  ),
}));

describe('answers', () => {
  it('are read in pieces of any size', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 5 }), fc.integer({ min: 1, max: 9 }), (values, size) => {
        const stream = Buffer.from(values.map(written).join(''));
        const parser = new RespParser();
        const found: unknown[] = [];
        for (let at = 0; at < stream.length; at += size)
          found.push(...parser.add(stream.subarray(at, at + size)));
        expect(found).toEqual(values);
      }),
    );
  });

  it('may be words, and nothing may be a list', () => {
    expect(new RespParser().add(Buffer.from('+OK\r\n*-1\r\n'))).toEqual(['OK', null]);
  });

  it('answer commands that are lists of texts', () => {
    expect(new RespParser().add(Buffer.from(encode(['SET', 'ü', ''])))).toEqual([['SET', 'ü', '']]);
  });
});

let server: Server | null = null;
let connection: RespConnection | null = null;
const sockets: Socket[] = [];

afterEach(() => {
  connection?.close();
  for (const socket of sockets.splice(0)) socket.destroy();
  server?.close();
});

async function against(answer: (socket: Socket) => void): Promise<RespConnection> {
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', () => answer(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  connection = new RespConnection({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  return connection;
}

async function failureOf(work: Promise<unknown>): Promise<OpFailure['error']> {
  const error = await work.then(
    () => null,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(OpFailure);
  return (error as OpFailure).error;
}

describe('a connection', () => {
  it.each([
    ['-READONLY You can not write against a read only replica.', true, 'not-leader'],
    ['-LOADING Redis is loading the dataset in memory', true, 'loading'],
    ['-NOREPLICAS Not enough good replicas to write.', true, 'too-few-replicas'],
    ['-ERR something', false, 'redis-error'],
    ['-toString', false, 'redis-error'],
  ])('%s: definite %s, %s', async (line, definite, kind) => {
    const made = await against((socket) => socket.write(`${line}\r\n`));
    expect(await failureOf(made.command(['SET', 'a', '1']))).toMatchObject({ definite, kind });
    expect(made.alive).toBe(true);
  });

  it('leaves open what was under way when it is lost, and takes nothing after', async () => {
    const made = await against((socket) => socket.destroy());
    expect(await failureOf(made.command(['SET', 'a', '1']))).toMatchObject({ definite: false });
    expect(await failureOf(made.command(['SET', 'a', '1']))).toMatchObject({ definite: true });
  });

  it('is given up with the command that was given up', async () => {
    const made = await against(() => undefined);
    expect(await failureOf(made.command(['SET', 'a', '1'], signalAfter(100)))).toMatchObject({
      definite: false,
    });
    expect(made.alive).toBe(false);
  });

  it('has sent nothing where nobody listens', async () => {
    const made = await against(() => undefined);
    made.close();
    const { port } = server!.address() as AddressInfo;
    server!.close();
    connection = new RespConnection({ host: '127.0.0.1', port });
    const failure = await failureOf(connection.command(['SET', 'a', '1']));
    expect(failure).toMatchObject({ definite: true, kind: 'connection-refused' });
  });
});
