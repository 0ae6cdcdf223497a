/**
 * The one home of undici: HTTP requests of clients and probes. Each client keeps one connection to its node,
 * as a client of the real system would.
 */
import { createRequire } from 'node:module';
import { connect, type Socket } from 'node:net';
import type { Client } from 'undici';
import { onFirstUse } from '../../harness/on-first-use.ts';
import { after } from '../../harness/time.ts';
import type { Answer } from './answer.ts';

const require = createRequire(import.meta.url);
const undici = onFirstUse(() => require('undici') as typeof import('undici'));

/** One request, templates already filled in. */
export interface HttpRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | null;
}

/** A response, or why there is none. `sent` false: certain that nothing reached the server. */
export type HttpOutcome =
  | { kind: 'response'; status: number; answer: Answer }
  | { kind: 'none'; sent: boolean; because: string; message: string };

/** Errors of the connection attempt itself: the request was never written. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND']);
/**
 * How long a connection may take to come about, ms. Who is cut off dials in vain, ever more seldom: after the cut a new
 * attempt finds its way sooner than one that has waited through it.
 */
const DIAL_MS = 5_000;
/** Longest response body that is read, in characters. */
const MAX_BODY = 16 * 1024 * 1024;

/** One connection to one origin, opened when needed and opened again after it broke. */
export class HttpConnection {
  readonly #client: Client;
  #dialling: Socket | null = null;

  constructor(host: string, port: number) {
    this.#client = new (undici().Client)(`http://${host}:${port}`, {
      pipelining: 1,
      // Time limits are the caller's: one per operation, by its signal.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (_, done) => this.#dial(host, port, done),
      keepAliveTimeout: 30_000,
    });
  }

  /** Never rejects; an abort counts as a request whose fate is unknown. */
  async request(request: HttpRequest, signal: AbortSignal): Promise<HttpOutcome> {
    try {
      const response = await this.#client.request({
        method: request.method as 'GET',
        path: request.path,
        headers: request.headers,
        body: request.body,
        signal,
      });
      const text = await readText(response.body);
      return {
        kind: 'response',
        status: response.statusCode,
        answer: { text, headers: flat(response.headers) },
      };
    } catch (error) {
      return noResponse(error as Error & { code?: string });
    }
  }

  /**
   * Hands on the text of a response as it comes, until `heard` returns false. Null when all went well; otherwise what
   * did not, as `request` has it. What `heard` throws is thrown.
   */
  async stream(
    request: HttpRequest,
    signal: AbortSignal,
    heard: (text: string) => boolean,
  ): Promise<HttpOutcome | null> {
    let thrown: { error: unknown } | null = null;
    try {
      const { method, path, headers, body } = request;
      const response = await this.#client.request({ method: method as 'GET', path, headers, body, signal });
      if (response.statusCode < 200 || response.statusCode >= 300) {
        const answer = { text: await readText(response.body), headers: flat(response.headers) };
        return { kind: 'response', status: response.statusCode, answer };
      }
      response.body.setEncoding('utf8');
      for await (const text of response.body) {
        try {
          if (!heard(text as string)) break;
        } catch (error) {
          thrown = { error };
          break;
        }
      }
    } catch (error) {
      if (thrown === null) return noResponse(error as Error & { code?: string });
    }
    if (thrown !== null) throw thrown.error;
    return null;
  }

  /** Drops the connection with whatever is under way. */
  async close(): Promise<void> {
    await this.#client.destroy();
    // One that is still on its way would keep the process alive until the kernel gives it up, which takes minutes.
    this.#dialling?.destroy(new Error('closed'));
  }

  #dial(host: string, port: number, done: (...result: [null, Socket] | [Error, null]) => void): void {
    const socket = connect({ host, port, noDelay: true, keepAlive: true });
    this.#dialling = socket;
    const tooLate = after(DIAL_MS, () => socket.destroy(new Error(`no connection within ${DIAL_MS} ms`)));
    const failed = (error: Error): void => settle(error, null);
    const connected = (): void => settle(null, socket);
    const settle = (...result: [null, Socket] | [Error, null]): void => {
      tooLate.cancel();
      this.#dialling = null;
      socket.off('error', failed).off('connect', connected);
      done(...result);
    };
    socket.once('error', failed).once('connect', connected);
  }
}

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > MAX_BODY) throw new Error(`the response is larger than ${MAX_BODY} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) out[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return out;
}

function noResponse(error: Error & { code?: string }): HttpOutcome {
  if (error.name === 'AbortError' || error.name === 'TimeoutError') {
    return { kind: 'none', sent: true, because: 'timeout', message: 'no response in time' };
  }
  const code = error.code ?? '';
  if (NEVER_SENT.has(code)) {
    return { kind: 'none', sent: false, because: 'connection-refused', message: error.message };
  }
  const because =
    error instanceof undici().errors.SocketError || code === 'ECONNRESET' ? 'connection-lost' : 'http-error';
  return { kind: 'none', sent: true, because, message: error.message };
}
