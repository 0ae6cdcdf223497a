/**
 * A Redis of the test's own: Debian's server on a free port of this machine, with a folder of its own, killed at the
 * end. It can be killed and started again in between, with or without what it held.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { notInstalled } from './skipping.ts';

/** Why tests of workers cannot run here; null when they can. */
export function noRedis(): string | null {
  const missing = notInstalled('redis-server', 'redis-server');
  if (missing !== null) return missing;
  for (const name of ['bullmq', 'ioredis']) {
    try {
      createRequire(import.meta.url).resolve(name);
    } catch {
      return `not installed: npm install ${name}`;
    }
  }
  return null;
}

/** One server. */
export class RedisServer {
  readonly folder = mkdtempSync(join(tmpdir(), 'faultline-redis-'));
  port = 0;
  #child: ChildProcess | null = null;
  readonly #options: readonly string[];

  constructor(options: { keeps?: boolean; password?: string; cluster?: boolean } = {}) {
    this.#options = [
      ...(options.keeps === true ? ['--appendonly', 'yes', '--appendfsync', 'always'] : []),
      ...(options.cluster === true ? ['--cluster-enabled', 'yes'] : []),
      ...(options.password === undefined ? [] : ['--requirepass', options.password]),
    ];
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it, on the port it had before where it had one. */
  async start(): Promise<this> {
    if (this.port === 0) this.port = await freePort();
    const log = join(this.folder, 'log');
    this.#child = spawn(
      'redis-server',
      [
        ...['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.folder],
        ...['--save', '', '--logfile', log, ...this.#options],
      ],
      { stdio: 'ignore' },
    );
    for (let waited = 0; waited < 60_000; waited += 50) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (this.#said(log).endsWith('Ready to accept connections')) return this;
      if (/Ready to accept connections( tcp)?\n?$/.test(this.#said(log))) return this;
    }
    throw new Error(`redis-server did not start: ${this.#said(log)}`);
  }

  /** kill -9. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  /** Kills it for good. */
  async end(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #said(log: string): string {
    try {
      return readFileSync(log, 'utf8').trimEnd();
    } catch {
      return '';
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
