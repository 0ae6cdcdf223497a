/**
 * What is behind the shared address: on every node a service that takes commands and says who it is. A command goes to
 * the address, and ends up at whoever has it.
 */
import { connect } from 'node:net';
import { type Client, type Invocation, OpFailure } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';

/** The service as a program: port and name are its arguments. */
export const SERVICE = `import { createServer } from 'node:net';
const [port, name] = process.argv.slice(2);
createServer((socket) => {
  socket.on('error', () => undefined);
  socket.once('data', () => socket.end(name));
}).listen(Number(port), '0.0.0.0');
`;

/** Errors with which no connection comes about. */
const UNREACHED = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN']);

/** A client of the address; every command is a connection of its own, which goes where the address is then. */
export function clientOf(at: { host: string; port: number }): Client {
  return {
    async invoke(op, { signal }) {
      if (op.f !== 'command') {
        throw new OpFailure({ definite: true, kind: 'not-supported', message: `keepalived has no ${op.f}` });
      }
      return { command: op.value, by: await taken(at, op, signal) };
    },
    close: async () => undefined,
  };
}

/** Resolves with the name of who took it. */
function taken(at: { host: string; port: number }, op: Invocation, signal: AbortSignal): Promise<Json> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...at, noDelay: true });
    let connected = false;
    let name = '';
    const fail = (kind: string, message: string): void =>
      reject(new OpFailure({ definite: !connected, kind, message }));
    const giveUp = (): void => {
      fail('timeout', 'no answer in time');
      socket.destroy();
    };
    signal.addEventListener('abort', giveUp, { once: true });
    socket.once('connect', () => {
      connected = true;
      socket.write(`${JSON.stringify(op.value)}\n`);
    });
    socket.on('data', (bytes) => {
      name += bytes.toString('utf8');
    });
    socket.once('error', (error: NodeJS.ErrnoException) =>
      fail(UNREACHED.has(error.code ?? '') ? 'connection-refused' : 'connection-lost', error.message),
    );
    socket.once('close', () => {
      signal.removeEventListener('abort', giveUp);
      if (name === '') fail('connection-lost', 'the connection was closed');
      else resolve(name);
    });
  });
}
