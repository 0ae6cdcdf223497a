/**
 * What a client makes of a stream that is delivered to it.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Cluster, OpFailure } from '../../../harness/contracts.ts';
import { signalAfter } from '../../../harness/time.ts';
import { JetStreamClient } from '../../../systems/nats-jetstream/client.ts';

let server: Server | null = null;
let client: JetStreamClient | null = null;
const sockets: Socket[] = [];

afterEach(() => {
  client?.close();
  for (const socket of sockets.splice(0)) socket.destroy();
  server?.close();
});

/** A server whose consumers deliver messages of these numbers, out of so many, before it says that there is a consumer. */
async function delivering(numbers: readonly number[], of: number): Promise<JetStreamClient> {
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
        for (const number of subject!.includes('CONSUMER.CREATE') ? numbers : []) {
          const [to, subscription] = delivery.split(' ');
          const ack = `$JS.ACK.elements.c.1.${number}.${number}.1700000000000000000.${of - number}`;
          const text = String(number * 10);
          socket.write(`MSG ${to} ${subscription} ${ack} ${text.length}\r\n${text}\r\n`);
        }
        const answer = JSON.stringify({ name: 'c', num_pending: of });
        socket.write(`MSG ${reply} replies ${answer.length}\r\n${answer}\r\n`);
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
    ['in the middle', [1, 3]],
    ['at the beginning', [2, 3]],
  ])('is not read when a message %s did not come', async (_, numbers) => {
    const made = await delivering(numbers, 3);
    const failure = await made.all('elements', signalAfter(5_000)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(OpFailure);
    expect((failure as OpFailure).error).toMatchObject({ definite: true, kind: 'incomplete' });
  });
});
