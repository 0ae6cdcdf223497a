/**
 * What a client makes of a stream that is delivered to it.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Cluster, OpFailure } from '../../../harness/contracts.ts';
import { signalAfter, sleep } from '../../../harness/time.ts';
import { JetStreamClient } from '../../../systems/nats-jetstream/client.ts';

let server: Server | null = null;
let client: JetStreamClient | null = null;
const sockets: Socket[] = [];

afterEach(() => {
  client?.close();
  for (const socket of sockets.splice(0)) socket.destroy();
  server?.close();
});

/**
 * A server whose consumers deliver messages of these numbers, out of so many, before it says that there is a consumer;
 * the leader of the stream has as many, or `late` more, which the replica that is read has after the answer only.
 */
async function delivering(numbers: readonly number[], of: number, late = 0): Promise<JetStreamClient> {
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.write('INFO {"server_id":"x"} \r\n');
    let delivery = '';
    socket.on('data', (bytes: Buffer) => {
      for (const line of bytes.toString('utf8').split('\r\n')) {
        const [verb, subject, reply] = line.split(' ');
        if (verb === 'PING') socket.write('PONG\r\n');
        if (verb === 'SUB' && subject!.startsWith('_DELIVER')) delivery = `${subject} ${reply}`;
        if (verb !== 'PUB') continue;
        const deliver = (number: number, pending: number): void => {
          const [to, subscription] = delivery.split(' ');
          const ack = `$JS.ACK.elements.c.1.${number}.${number}.1700000000000000000.${pending}`;
          const text = String(number * 10);
          socket.write(`MSG ${to} ${subscription} ${ack} ${text.length}\r\n${text}\r\n`);
        };
        const created = subject!.includes('CONSUMER.CREATE');
        if (created) for (const number of numbers) deliver(number, of - number);
        const state = { last_seq: of + late };
        const answer = JSON.stringify({ name: 'c', num_pending: of, state });
        socket.write(`MSG ${reply} replies ${answer.length}\r\n${answer}\r\n`);
        const catchUp = (): void => {
          for (let i = 1; i <= late; i++) deliver(of + i, late - i);
        };
        if (created) void sleep(100).then(catchUp);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const cluster = { state: () => 'running', clientAddress: () => ({ host: '127.0.0.1', port }) };
  client = new JetStreamClient(cluster as unknown as Cluster, 'n1');
  return client;
}

describe('a stream that is read', () => {
  it('is all of its messages', async () => {
    const made = await delivering([1, 2, 3], 3);
    expect(await made.all('elements', signalAfter(5_000))).toEqual([10, 20, 30]);
  });

  it.each([
    ['some', [1], 1, [10, 20, 30]],
    ['all', [], 0, [10, 20]],
  ])(
    'is what its leader has, also when the replica that is read misses %s of it',
    async (_, numbers, of, all) => {
      const made = await delivering(numbers, of, 2);
      expect(await made.all('elements', signalAfter(5_000))).toEqual(all);
    },
  );

  it('may be empty', async () => {
    expect(await (await delivering([], 0)).all('elements', signalAfter(5_000))).toEqual([]);
  });

  it.each([
    ['in the middle', [1, 3]],
    ['at the beginning', [2, 3]],
  ])('is not read when a message %s did not come', async (_, numbers) => {
    const made = await delivering(numbers, 3);
    const failure = await made.all('elements', signalAfter(5_000)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(OpFailure);
    expect((failure as OpFailure).error).toMatchObject({ definite: true, kind: 'incomplete' });
  });
});
