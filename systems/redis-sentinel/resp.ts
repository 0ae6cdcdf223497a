/**
 * RESP2, Redis's protocol, over one connection: requests are lists of texts, answers come in order.
 */
import { connect, type Socket } from 'node:net';
import { OpFailure } from '../../harness/contracts.ts';

/** An answer: a text, a number, nothing, or a list of answers. */
export type RespValue = string | number | null | RespValue[];

/** An error among the answers, which may stand inside a list. */
class RespError {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

type Parsed = string | number | null | RespError | Parsed[];

/** Errors with which Redis refuses a command before it does anything. */
const REFUSED: Readonly<Record<string, string>> = {
  READONLY: 'not-leader',
  LOADING: 'loading',
  MASTERDOWN: 'no-leader',
  NOREPLICAS: 'too-few-replicas',
  MISCONF: 'disk-trouble',
  OOM: 'out-of-memory',
  BUSY: 'busy',
  WRONGTYPE: 'wrong-type',
  NOSCRIPT: 'no-script',
};

interface Waiting {
  resolve(value: RespValue): void;
  reject(error: OpFailure): void;
}

/** One connection. What was under way when it is lost is unknown. */
export class RespConnection {
  readonly #socket: Socket;
  readonly #parser = new RespParser();
  readonly #waiting: Waiting[] = [];
  #connected = false;
  #ended: OpFailure | null = null;

  constructor(at: { host: string; port: number }) {
    this.#socket = connect({ ...at, noDelay: true });
    this.#socket.once('connect', () => {
      this.#connected = true;
    });
    this.#socket.on('data', (bytes: Buffer) => this.#heard(bytes));
    this.#socket.once('error', (error: NodeJS.ErrnoException) => {
      const refused = error.code === 'ECONNREFUSED';
      this.#end(refused ? 'connection-refused' : 'connection-lost', error.message);
    });
    this.#socket.once('close', () => this.#end('connection-lost', 'the connection was closed'));
  }

  /** True while commands can be sent. */
  get alive(): boolean {
    return this.#ended === null;
  }

  /** Sends a command; rejects with an `OpFailure`. Who gives up on an answer gives up on the connection. */
  command(words: readonly string[], signal?: AbortSignal): Promise<RespValue> {
    if (this.#ended !== null) return Promise.reject(definitely(this.#ended));
    const answer = new Promise<RespValue>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    const giveUp = (): void => this.close('no answer in time');
    if (signal?.aborted) giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
    this.#socket.write(encode(words));
    return answer.finally(() => signal?.removeEventListener('abort', giveUp));
  }

  close(why = 'closed'): void {
    this.#end('connection-lost', why);
    this.#socket.destroy();
  }

  #heard(bytes: Buffer): void {
    for (const value of this.#parser.add(bytes)) {
      const waiting = this.#waiting.shift();
      if (value instanceof RespError) waiting?.reject(failureOf(value));
      else waiting?.resolve(plain(value));
    }
  }

  #end(kind: string, message: string): void {
    if (this.#ended !== null) return;
    // What never was connected has sent nothing.
    this.#ended = new OpFailure({ definite: !this.#connected, kind, message });
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
  }
}

/** A command as the wire has it. */
export function encode(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

/** Cuts a stream of bytes into answers. */
export class RespParser {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;

  /** The answers that are complete now. */
  add(bytes: Buffer): Parsed[] {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    const values: Parsed[] = [];
    for (;;) {
      this.#at = 0;
      const value = this.#value();
      if (value === undefined) return values;
      values.push(value);
      this.#bytes = this.#bytes.subarray(this.#at);
    }
  }

  /** Undefined when more is needed. */
  #value(): Parsed | undefined {
    const end = this.#bytes.indexOf('\r\n', this.#at);
    if (end < 0) return undefined;
    const type = String.fromCharCode(this.#bytes[this.#at]!);
    const line = this.#bytes.subarray(this.#at + 1, end).toString('utf8');
    this.#at = end + 2;
    if (type === '+') return line;
    if (type === '-') return new RespError(line);
    if (type === ':') return Number(line);
    if (type === '$') return this.#text(Number(line));
    if (type === '*') return this.#list(Number(line));
    return new RespError(`an answer of unknown type ${JSON.stringify(type)}`);
  }

  #text(length: number): string | null | undefined {
    if (length < 0) return null;
    const end = this.#at + length;
    if (this.#bytes.length < end + 2) return undefined;
    const text = this.#bytes.subarray(this.#at, end).toString('utf8');
    this.#at = end + 2;
    return text;
  }

  #list(count: number): Parsed[] | null | undefined {
    if (count < 0) return null;
    const values: Parsed[] = [];
    while (values.length < count) {
      const value = this.#value();
      if (value === undefined) return undefined;
      values.push(value);
    }
    return values;
  }
}

function plain(value: Exclude<Parsed, RespError>): RespValue {
  if (!Array.isArray(value)) return value;
  return value.map((one) => (one instanceof RespError ? one.message : plain(one)));
}

function failureOf({ message }: RespError): OpFailure {
  const word = message.split(' ')[0] ?? '';
  const kind = Object.hasOwn(REFUSED, word) ? REFUSED[word] : undefined;
  return new OpFailure({ definite: kind !== undefined, kind: kind ?? 'redis-error', message });
}

function definitely({ error }: OpFailure): OpFailure {
  return new OpFailure({ ...error, definite: true });
}
