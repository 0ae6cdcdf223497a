import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { listenersOf, loopbackOnly } from '../../../harness/cluster/loopback-only.ts';
import { hasProc } from '../../../harness/cluster/proc.ts';

const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue';
const row = (local: string, state: string): string =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000`;

describe('the table of sockets', () => {
  it('tells who listens, and who of them on loopback', () => {
    const six = '0'.repeat(24);
    const table = [
      HEAD,
      row('0100007F:1F90', '0A'),
      row('00000000:1F91', '0A'),
      row('0101007F:1F92', '0A'),
      row('0100007F:1F93', '01'),
      row(`${six}01000000:1F94`, '0A'),
      row(`${six}00000000:1F95`, '0A'),
      row('0000000000000000FFFF00000100007F:1F96', '0A'),
      '',
    ].join('\n');
    expect(listenersOf(table)).toEqual([
      { loopback: true, port: 8080 },
      { loopback: false, port: 8081 },
      { loopback: true, port: 8082 },
      { loopback: true, port: 8084 },
      { loopback: false, port: 8085 },
      { loopback: true, port: 8086 },
    ]);
  });
});

describe.runIf(hasProc)('a node that nobody hears', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function listen(host: string): Promise<number> {
    const server = createServer();
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    return (server.address() as { port: number }).port;
  }

  it('is told to listen on its own address where it listens on loopback alone', async () => {
    const port = await listen('127.0.0.1');
    expect(loopbackOnly([process.pid], '10.0.0.1', port)).toBe(
      `it listens on 127.0.0.1:${port} only; let it listen on {{node.host}}, which is 10.0.0.1`,
    );
  });

  it('is told nothing where that is not why', async () => {
    const [wide, narrow] = [await listen('0.0.0.0'), await listen('127.0.0.1')];
    expect(loopbackOnly([process.pid], '10.0.0.1', wide)).toBeNull();
    expect(loopbackOnly([process.pid], '10.0.0.1', 1)).toBeNull();
    expect(loopbackOnly([process.pid], '127.0.0.1', narrow)).toBeNull();
    expect(loopbackOnly([], '10.0.0.1', narrow)).toBeNull();
  });
});
