/**
 * Log in, queries, rows and errors on the wire; an error is definite only where the server did nothing.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { OpFailure } from '../../../harness/contracts.ts';
import { signalAfter } from '../../../harness/time.ts';
import { packet } from '../../../systems/mariadb/packets.ts';
import { literal, MariaConnection } from '../../../systems/mariadb/wire.ts';

let server: Server | null = null;
let connection: MariaConnection | null = null;
const sockets: Socket[] = [];

afterEach(() => {
  connection?.close();
  for (const socket of sockets.splice(0)) socket.destroy();
  server?.close();
});

const OK = Buffer.from([0, 3, 0, 2, 0, 0, 0]);
const END = Buffer.from([0xfe, 0, 0, 2, 0]);
const SWITCH = Buffer.from('\xfemysql_native_password\0abcdefghijklmnopqrst\0', 'latin1');

function refusal(number: number): Buffer {
  const code = Buffer.alloc(3, 0xff);
  code.writeUInt16LE(number, 1);
  return Buffer.concat([code, Buffer.from('#HY000words')]);
}

function text(value: string | null): Buffer {
  if (value === null) return Buffer.from([0xfb]);
  const bytes = Buffer.from(value);
  if (bytes.length < 251) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const size = Buffer.from([0xfc, 0, 0]);
  size.writeUInt16LE(bytes.length, 1);
  return Buffer.concat([size, bytes]);
}

/** An answer with rows, as packets. */
function rows(...values: readonly (string | null)[][]): Buffer {
  const bodies = [
    Buffer.from([1]),
    text('a column'),
    END,
    ...values.map((row) => Buffer.concat(row.map(text))),
    END,
  ];
  return Buffer.concat(bodies.map((body, i) => packet(i + 1, body)));
}

/** A server that lets everybody in, then does as told with every query. */
async function against(
  answer: (sql: string, socket: Socket) => void,
  login: readonly Buffer[] = [OK],
): Promise<{ made: MariaConnection; logins: string[] }> {
  const logins: string[] = [];
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.write(packet(0, Buffer.from('\x0a10.11\0 and so on', 'latin1')));
    const left = [...login];
    socket.on('data', (bytes: Buffer) => {
      const next = left.shift();
      if (next === undefined) answer(bytes.toString('utf8', 5), socket);
      else {
        logins.push(bytes.toString('latin1', 4));
        socket.write(packet(bytes[3]! + 1, next));
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  connection = new MariaConnection({ host: '127.0.0.1', port }, 'me', 'mine');
  return { made: connection, logins };
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
  it('has rows, in order, one after the other', async () => {
    const asked: string[] = [];
    const long = 'ü'.repeat(300);
    const { made } = await against((sql, socket) => {
      asked.push(sql);
      // In two pieces, cut where it hurts.
      const all = rows(['ü', null], ['', sql], [long, 'x']);
      socket.write(all.subarray(0, 6));
      setImmediate(() => socket.write(all.subarray(6)));
    });
    const [first, second] = await Promise.all([made.query('one'), made.query('two')]);
    expect(first.rows).toEqual([
      ['ü', null],
      ['', 'one'],
      [long, 'x'],
    ]);
    expect(second.rows[1]).toEqual(['', 'two']);
    expect(asked).toEqual(['one', 'two']);
  });

  it('has a count', async () => {
    const { made } = await against((_, socket) => socket.write(packet(1, OK)));
    expect(await made.query('x')).toEqual({ rows: [], count: 3 });
  });

  it('comes after a log in by name, and says again that there is no password', async () => {
    const { made, logins } = await against((_, socket) => socket.write(packet(1, OK)), [SWITCH, OK]);
    await made.query('x');
    expect(logins[0]).toMatch(/me\0\0mine\0mysql_native_password\0$/);
    expect(logins[1]).toBe('');
  });

  it.each([
    [1213, true, 'deadlock'],
    [1020, true, 'changed-since-snapshot'],
    [1205, true, 'lock-timeout'],
    [1047, true, 'not-serving'],
    [1180, false, 'sql-1180'],
    [1317, false, 'sql-1317'],
    [1053, false, 'sql-1053'],
  ])('error %s: definite %s, %s', async (number, definite, kind) => {
    const { made } = await against((_, socket) => socket.write(packet(1, refusal(number))));
    expect(await failureOf(made.query('x'))).toMatchObject({ definite, kind, message: 'words' });
    expect(made.alive).toBe(true);
  });

  it('is certain to have done nothing where the log in was refused', async () => {
    const { made } = await against(() => undefined, [refusal(1040)]);
    expect(await failureOf(made.query('x'))).toMatchObject({ definite: true, kind: 'too-many-connections' });
    expect(made.alive).toBe(false);
  });

  it('is unknown when it was sent and lost, and certain when it never was', async () => {
    const { made } = await against((_, socket) => socket.destroy());
    const [sent, waiting] = await Promise.all([failureOf(made.query('x')), failureOf(made.query('y'))]);
    expect(sent).toMatchObject({ definite: false, kind: 'connection-lost' });
    expect(waiting).toMatchObject({ definite: true });
    expect(await failureOf(made.query('z'))).toMatchObject({ definite: true });
  });

  it('is given up with its connection', async () => {
    const { made } = await against(() => undefined);
    expect(await failureOf(made.query('x', signalAfter(100)))).toMatchObject({ definite: false });
    expect(made.alive).toBe(false);
  });

  it('quotes texts', () => expect(literal("it's \\")).toBe("'it''s \\\\'"));
});
