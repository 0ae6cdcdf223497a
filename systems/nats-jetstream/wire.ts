/**
 * NATS's text protocol over one connection: requests with an inbox for the answer, and messages that come to an inbox.
 * Reconnecting to other servers by itself is what a client library is for, and what a client bound to one node must not
 * do: that is why this is no dependency.
 */
import { connect, type Socket } from 'node:net';
import { OpFailure } from '../../harness/contracts.ts';

/** A message; `status` is the number of an answer without content, such as 503 where nobody listens. */
export interface NatsMessage {
  /** Its own subject, which need not be the one it was delivered to. */
  subject: string;
  /** The number of the subscription it comes by. */
  subscription: string;
  reply: string;
  status: number | null;
  text: string;
}

const NOBODY = 503;
/** The subscription of answers; others have numbers. */
const REPLIES = 'replies';
const OPTIONS = { verbose: false, pedantic: false, lang: 'faultline', version: '1', protocol: 1 };

/** One connection. What was under way when it is lost is unknown. */
export class NatsConnection {
  readonly #socket: Socket;
  readonly #parser = new NatsParser();
  readonly #name: string;
  readonly #waiting = new Map<string, { resolve(message: NatsMessage): void; reject(e: OpFailure): void }>();
  readonly #listeners = new Map<string, (message: NatsMessage) => void>();
  readonly #open: Promise<void>;
  #opened: () => void = () => undefined;
  #refused: (error: OpFailure) => void = () => undefined;
  #connected = false;
  #ended: OpFailure | null = null;
  #count = 0;

  /** `name` must be that of no other connection. */
  constructor(at: { host: string; port: number }, name: string) {
    this.#name = name;
    this.#open = new Promise((resolve, reject) => {
      this.#opened = resolve;
      this.#refused = reject;
    });
    // Whoever asks is told; nobody need ask.
    this.#open.catch(() => undefined);
    this.#socket = connect({ ...at, noDelay: true });
    this.#socket.on('data', (bytes: Buffer) => {
      for (const said of this.#parser.add(bytes)) this.#heard(said);
    });
    this.#socket.once('error', (error: NodeJS.ErrnoException) => {
      this.#end(error.code === 'ECONNREFUSED' ? 'connection-refused' : 'connection-lost', error.message);
    });
    this.#socket.once('close', () => this.#end('connection-lost', 'the connection was closed'));
  }

  /** True while requests can be made. */
  get alive(): boolean {
    return this.#ended === null;
  }

  /** Sends a request and resolves with the answer; rejects with an `OpFailure`, definite where nobody listens. */
  async request(
    subject: string,
    text: string,
    signal: AbortSignal,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    await this.#ready(signal);
    const giveUp = (): void => this.close('no answer in time');
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      const reply = `_INBOX.${this.#name}.${++this.#count}`;
      const answer = new Promise<NatsMessage>((resolve, reject) =>
        this.#waiting.set(reply, { resolve, reject }),
      );
      this.#socket.write(encodePublish(subject, reply, text, headers));
      const { status, text: answered } = await answer.finally(() => this.#waiting.delete(reply));
      if (status === NOBODY) {
        throw new OpFailure({ definite: true, kind: 'no-responders', message: `nobody answers ${subject}` });
      }
      return answered;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  /** Hears the messages delivered to a fresh subject of its own, until told otherwise. */
  async listen(
    heard: (message: NatsMessage) => void,
    signal: AbortSignal,
  ): Promise<{ subject: string; stop(): void }> {
    await this.#ready(signal);
    const subscription = String(++this.#count);
    const subject = `_DELIVER.${this.#name}.${subscription}`;
    this.#listeners.set(subscription, heard);
    this.#socket.write(`SUB ${subject} ${subscription}\r\n`);
    const stop = (): void => {
      this.#listeners.delete(subscription);
      if (this.alive) this.#socket.write(`UNSUB ${subscription}\r\n`);
    };
    return { subject, stop };
  }

  close(why = 'closed'): void {
    this.#end('connection-lost', why);
    this.#socket.destroy();
  }

  /** Nothing was sent before this is done: whatever goes wrong is certain. */
  async #ready(signal: AbortSignal): Promise<void> {
    const giveUp = (): void => this.close('no connection in time');
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      if (this.#ended === null) await this.#open;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
    if (this.#ended !== null) throw new OpFailure({ ...this.#ended.error, definite: true });
  }

  #heard(said: Said): void {
    if (said.kind === 'message') {
      const { subject, subscription } = said.message;
      if (subscription === REPLIES) this.#waiting.get(subject)?.resolve(said.message);
      else this.#listeners.get(subscription)?.(said.message);
    } else if (said.kind === 'info' && !this.#connected) {
      this.#connected = true;
      const options = JSON.stringify({ ...OPTIONS, headers: true, no_responders: true });
      this.#socket.write(`CONNECT ${options}\r\nSUB _INBOX.${this.#name}.* ${REPLIES}\r\nPING\r\n`);
    } else if (said.kind === 'ping') this.#socket.write('PONG\r\n');
    else if (said.kind === 'pong') this.#opened();
    else if (said.kind === 'error') this.close(said.text);
  }

  #end(kind: string, message: string): void {
    if (this.#ended !== null) return;
    this.#ended = new OpFailure({ definite: false, kind, message });
    this.#refused(new OpFailure({ definite: true, kind, message }));
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}

/** A message to a subject as the wire has it. */
export function encodePublish(
  subject: string,
  reply: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): string {
  const size = Buffer.byteLength(text);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  if (lines.length === 0) return `PUB ${subject} ${reply} ${size}\r\n${text}\r\n`;
  const head = `NATS/1.0\r\n${lines.join('')}\r\n`;
  return `HPUB ${subject} ${reply} ${head.length} ${head.length + size}\r\n${head}${text}\r\n`;
}

/** One thing a server says. */
type Said =
  | { kind: 'info' | 'ping' | 'pong' | 'ok' }
  | { kind: 'error'; text: string }
  | { kind: 'message'; message: NatsMessage };

const PLAIN: Readonly<Record<string, 'info' | 'ping' | 'pong' | 'ok'>> = {
  INFO: 'info',
  PING: 'ping',
  PONG: 'pong',
  '+OK': 'ok',
};

/** Cuts a stream of bytes into what is said. */
export class NatsParser {
  #rest: Buffer = Buffer.alloc(0);

  /** What is complete now. */
  add(bytes: Buffer): Said[] {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const all: Said[] = [];
    for (;;) {
      const said = this.#next();
      if (said === null) return all;
      all.push(said);
    }
  }

  /** Null when more is needed. */
  #next(): Said | null {
    const end = this.#rest.indexOf('\r\n');
    if (end < 0) return null;
    const line = this.#rest.toString('utf8', 0, end);
    const [verb, ...words] = line.split(/[ \t]+/);
    if (verb === 'MSG' || verb === 'HMSG') return this.#message(words, verb === 'HMSG', end + 2);
    this.#rest = this.#rest.subarray(end + 2);
    const plain = PLAIN[verb ?? ''];
    return plain === undefined ? { kind: 'error', text: line } : { kind: plain };
  }

  /** `subject sid [reply] [bytes of headers] bytes`. */
  #message(words: readonly string[], headed: boolean, from: number): Said | null {
    const size = Number(words.at(-1));
    if (this.#rest.length < from + size + 2) return null;
    const headSize = headed ? Number(words.at(-2)) : 0;
    const reply = words.length === (headed ? 5 : 4) ? words[2]! : '';
    const head = this.#rest.toString('utf8', from, from + headSize);
    const status = /^NATS\/1\.0 (\d+)/.exec(head)?.[1];
    const text = this.#rest.toString('utf8', from + headSize, from + size);
    this.#rest = this.#rest.subarray(from + size + 2);
    const message = {
      subject: words[0]!,
      subscription: words[1]!,
      reply,
      status: status === undefined ? null : Number(status),
      text,
    };
    return { kind: 'message', message };
  }
}
