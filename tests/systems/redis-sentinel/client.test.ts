/**
 * What a client that waits for replicas makes of a write that was made and a wait that went wrong.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Cluster, OpFailure } from '../../../harness/contracts.ts';
import { signalAfter } from '../../../harness/time.ts';
import { SentinelClient } from '../../../systems/redis-sentinel/client.ts';
import { RespParser } from '../../../systems/redis-sentinel/resp.ts';

let server: Server | null = null;
let client: SentinelClient | null = null;
const sockets: Socket[] = [];

afterEach(() => {
  client?.close();
  for (const socket of sockets.splice(0)) socket.destroy();
  server?.close();
});

/** A client of a server that is Sentinel and primary at once, takes writes, and answers WAIT so. */
async function waitingFor(wait: string): Promise<SentinelClient> {
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    const parser = new RespParser();
    const { port } = server!.address() as AddressInfo;
    socket.on('data', (bytes: Buffer) => {
      for (const words of parser.add(bytes) as unknown as string[][]) {
        if (words[0] === 'SENTINEL')
          socket.write(`*2\r\n$9\r\n127.0.0.1\r\n$${`${port}`.length}\r\n${port}\r\n`);
        else socket.write(words[0] === 'WAIT' ? wait : '+OK\r\n');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const at = { host: '127.0.0.1', port };
  const cluster = {
    nodes: ['n1'],
    state: () => 'running',
    address: () => ({ ...at, ports: { redis: port } }),
    clientAddress: () => at,
  };
  client = new SentinelClient(cluster as unknown as Cluster, 'n1', 1);
  return client;
}

describe('a write that waits for replicas', () => {
  it('is done once they have it', async () => {
    const made = await waitingFor(':1\r\n');
    expect(await made.write(['SET', 'a', '1'], signalAfter(5_000))).toBe('OK');
  });

  it.each([
    ['too few have it', ':0\r\n', 'not-replicated'],
    // With any other command this word says that nothing was done.
    ['the wait is refused', '-LOADING Redis is loading the dataset in memory\r\n', 'loading'],
  ])('is unknown when %s', async (_, answer, kind) => {
    const made = await waitingFor(answer);
    const failure = await made.write(['SET', 'a', '1'], signalAfter(5_000)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(OpFailure);
    expect((failure as OpFailure).error).toMatchObject({ definite: false, kind });
  });
});
