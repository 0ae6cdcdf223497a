/**
 * `faultline serve`: the runs of this folder in the browser, those that go on included. For this machine alone.
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runCommand } from '../../harness/cluster/processes.ts';
import { UsageError } from '../../harness/registry.ts';
import { reportServer } from '../../reports/serve/server.ts';
import { type Command, flag, text } from '../command.ts';
import { line } from '../io.ts';
import { listen } from '../signals.ts';

const HOST = '127.0.0.1';
const PORT = '7171';
/** Shorter ones can be guessed by who shares the machine. */
const LEAST_TOKEN = 8;

/** The command. */
export const serve: Command = {
  name: 'serve',
  summary: 'list the runs of this folder in the browser, and watch those that go on',
  options: [
    { flags: '--port <port>', summary: `port on ${HOST}; 0 takes a free one; default ${PORT}` },
    {
      flags: '--token <text>',
      summary: 'ask readers for this token, as others on this machine can connect too; or FAULTLINE_TOKEN',
    },
    { flags: '--open', summary: 'open it in the browser' },
  ],
  examples: ['faultline serve', 'faultline serve --port 0 --open', 'FAULTLINE_TOKEN=... faultline serve'],
  async run(io, _args, options) {
    const port = portOf(text(options, 'port') ?? PORT);
    const token = tokenOf(text(options, 'token') ?? io.env['FAULTLINE_TOKEN']);
    const server = reportServer(io.cwd, token);
    await listening(server, port);
    const { port: taken } = server.address() as AddressInfo;
    const address = `http://${HOST}:${taken}/${token === null ? '' : `?token=${encodeURIComponent(token)}`}`;
    line(io.out, address);
    line(io.err, 'ctrl-c ends it');
    const interrupts = listen(io, ['closing', 'closing']);
    if (flag(options, 'open')) {
      const opener = process.platform === 'darwin' ? 'open' : 'xdg-open';
      const { exit, notStarted, stderr } = await runCommand(opener, [address], { timeoutMs: 10_000 });
      if (exit.code !== 0)
        line(io.err, `faultline: ${opener} could not open it: ${notStarted ?? stderr.trim()}`);
    }
    await new Promise<void>((resolve) => {
      if (interrupts.stop.aborted) resolve();
      interrupts.stop.addEventListener('abort', () => resolve(), { once: true });
    });
    interrupts.release();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    return 0;
  },
};

function portOf(given: string): number {
  const port = Number(given);
  if (/^\d+$/.test(given) && port <= 65_535) return port;
  throw new UsageError(`--port ${given} is no port`, { hint: 'a whole number from 0 to 65535' });
}

function tokenOf(given: string | undefined): string | null {
  if (given === undefined || given === '') return null;
  if (given.length >= LEAST_TOKEN) return given;
  throw new UsageError(`the token has ${given.length} characters`, {
    hint: `at least ${LEAST_TOKEN}: --token "$(openssl rand -hex 16)"`,
  });
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') return reject(error);
      const why = error.code === 'EADDRINUSE' ? 'is taken' : 'is not allowed to this user';
      reject(new UsageError(`port ${port} ${why}`, { hint: 'another one: --port 0 takes any that is free' }));
    });
    server.listen(port, HOST, resolve);
  });
}
