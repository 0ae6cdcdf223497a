/**
 * Queries, rows and errors on the wire; an error is definite only where the server did nothing.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { OpFailure } from '../../../harness/contracts.ts';
import { signalAfter } from '../../../harness/time.ts';
import { literal, PostgresConnection } from '../../../systems/postgres/wire.ts';

let server: Server | null = null;
let connection: PostgresConnection | null = null;
const sockets: Socket[] = [];

afterEach(() => {
  connection?.close();
  for (const socket of sockets.splice(0)) socket.destroy();
  server?.close();
});

function message(type: string, body: Buffer | string): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(4 + bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

const READY = message('Z', 'I');
const error = (state: string): Buffer => message('E', `SERROR\0C${state}\0Mwords\0\0`);

/** A row of texts; null for NULL. */
function dataRow(values: readonly (string | null)[]): Buffer {
  const count = Buffer.alloc(2);
  count.writeInt16BE(values.length);
  const fields = values.map((value) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(value === null ? -1 : Buffer.byteLength(value));
    return Buffer.concat([length, Buffer.from(value ?? '')]);
  });
  return message('D', Buffer.concat([count, ...fields]));
}

/** A server that lets everybody in, then does as told with every query. */
async function against(answer: (sql: string, socket: Socket) => void): Promise<PostgresConnection> {
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write(Buffer.concat([message('R', Buffer.alloc(4)), message('S', 'a\0b\0'), READY]));
      socket.on('data', (bytes: Buffer) => answer(bytes.toString('utf8', 5, bytes.length - 1), socket));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  connection = new PostgresConnection({ host: '127.0.0.1', port }, 'me');
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

describe('a query', () => {
  it('has rows and a count, in order, one after the other', async () => {
    const asked: string[] = [];
    const made = await against((sql, socket) => {
      asked.push(sql);
      const tag = message('C', 'UPDATE 3\0');
      // In two pieces, cut where it hurts.
      const all = Buffer.concat([dataRow(['ü', null]), dataRow(['', sql]), tag, READY]);
      socket.write(all.subarray(0, 7));
      setImmediate(() => socket.write(all.subarray(7)));
    });
    const [first, second] = await Promise.all([made.query('one'), made.query('two')]);
    expect(first).toEqual({
      rows: [
        ['ü', null],
        ['', 'one'],
      ],
      count: 3,
    });
    expect(second.rows[1]).toEqual(['', 'two']);
    expect(asked).toEqual(['one', 'two']);
  });

  it.each([
    ['40001', true, 'serialization-failure'],
    ['40P01', true, 'deadlock'],
    ['40003', false, 'sql-40003'],
    ['25006', true, 'read-only'],
    ['23505', true, 'sql-23505'],
    ['57P01', false, 'sql-57P01'],
    ['XX000', false, 'sql-XX000'],
  ])('SQLSTATE %s: definite %s, %s', async (state, definite, kind) => {
    const made = await against((_, socket) => socket.write(Buffer.concat([error(state), READY])));
    expect(await failureOf(made.query('x'))).toMatchObject({ definite, kind, message: 'words' });
    expect(made.alive).toBe(true);
  });

  it('keeps its error when the server hangs up after it', async () => {
    const made = await against((_, socket) => socket.end(error('57P01')));
    expect(await failureOf(made.query('x'))).toMatchObject({ definite: false, kind: 'sql-57P01' });
  });

  it('is unknown when it was sent and lost, and certain when it never was', async () => {
    const made = await against((_, socket) => socket.destroy());
    const [sent, waiting] = await Promise.all([failureOf(made.query('x')), failureOf(made.query('y'))]);
    expect(sent).toMatchObject({ definite: false, kind: 'connection-lost' });
    expect(waiting).toMatchObject({ definite: true });
    expect(await failureOf(made.query('z'))).toMatchObject({ definite: true });
  });

  it('is given up with its connection', async () => {
    const made = await against(() => undefined);
    expect(await failureOf(made.query('x', signalAfter(100)))).toMatchObject({ definite: false });
    expect(made.alive).toBe(false);
  });

  it('quotes texts', () => expect(literal("it's")).toBe("'it''s'"));
});
