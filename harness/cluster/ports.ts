/**
 * Free ports on loopback, chosen below the range the kernel takes for outgoing connections, so that a port
 * given back while a node is down is not taken by a passing connection.
 */
import { createServer } from 'node:net';
import { Seed } from '../random.ts';

const LOW = 20_000;
const HIGH = 32_000;

const given = new Set<number>();
const draws = Seed.of(process.pid).fork('ports').rng();

/** True when nothing listens on the port of this host and it can be bound now. */
export function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * A port that is free now and is not given out twice by this process until `release`. Throws when 200 tries
 * in a row meet used ports.
 */
export async function choosePort(): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    const port = draws.int(LOW, HIGH - 1);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
    given.delete(port);
  }
  throw new Error(`no free port found between ${LOW} and ${HIGH} on 127.0.0.1`);
}

/** Gives ports back. */
export function releasePorts(ports: Iterable<number>): void {
  for (const port of ports) given.delete(port);
}
