/** Can processes of this user talk over the loopback interface? */
import { once } from 'node:events';
import net from 'node:net';
import type { Probe } from './probe.ts';

/** One byte through a listener on 127.0.0.1. */
export const loopbackProbe: Probe = {
  name: 'tcp backend',
  costs: 'the tcp backend, and with it every system that listens on a port',
  timeoutMs: 4000,
  run: async () => {
    const server = net.createServer((socket) => {
      // The client leaves as soon as it has its byte; how it leaves does not matter.
      socket.on('error', () => undefined);
      socket.end('!');
    });
    let client: net.Socket | undefined;
    try {
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const { port } = server.address() as net.AddressInfo;
      client = net.connect(port, '127.0.0.1');
      await once(client, 'data');
      return { ok: true, detail: `127.0.0.1:${port} answered` };
    } finally {
      client?.destroy();
      server.close();
    }
  },
};
