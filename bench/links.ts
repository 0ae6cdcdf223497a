/**
 * What the userspace TCP links cost: round trips of one byte and bytes per second, straight and through a
 * link, in one process.
 * `npm run bench -- links`
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { TcpLinks } from '../harness/cluster/tcp/tcp-links.ts';
import { Seed } from '../harness/random.ts';
import { monotonicNs } from '../harness/time.ts';

const TRIPS = 5_000;
const BYTES = 512 * 1024 * 1024;

const links = new TcpLinks({ nodes: ['a', 'b'], ports: ['main'], fixedPorts: {}, seed: Seed.of(1) });
await links.open();
const server = createServer({ noDelay: true }, (socket) => {
  let mode = '';
  socket.on('data', (chunk) => {
    if (mode === '') mode = String.fromCharCode(chunk[0]!);
    if (mode === 'e') socket.write(chunk);
  });
  socket.on('end', () => socket.end());
});
server.listen(links.nodePorts('b')['main'], '127.0.0.1');
await once(server, 'listening');
links.setUp('b', true);
await links.settled();

async function measure(name: string, port: number): Promise<void> {
  const echo = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(echo, 'connect');
  const trips: number[] = [];
  for (let i = 0; i < TRIPS; i++) {
    const began = monotonicNs();
    echo.write('e');
    await once(echo, 'data');
    trips.push((monotonicNs() - began) / 1e3);
  }
  echo.destroy();
  trips.sort((x, y) => x - y);
  const bulk = connect({ port, host: '127.0.0.1' });
  await once(bulk, 'connect');
  const chunk = Buffer.alloc(256 * 1024, 's');
  const began = monotonicNs();
  for (let sent = 0; sent < BYTES; sent += chunk.length) if (!bulk.write(chunk)) await once(bulk, 'drain');
  bulk.end();
  bulk.resume();
  await once(bulk, 'close');
  const rate = BYTES / ((monotonicNs() - began) / 1e9) / 1e6;
  const [p50, p99] = [trips[TRIPS / 2]!, trips[Math.floor(TRIPS * 0.99)]!];
  process.stdout.write(
    `${name}: round trip p50 ${p50.toFixed(0)} us, p99 ${p99.toFixed(0)} us; ${rate.toFixed(0)} MB/s\n`,
  );
}

await measure('straight', links.nodePorts('b')['main']!);
await measure('one link', links.linkPort('a', 'b', 'main'));
server.close();
await links.close();
