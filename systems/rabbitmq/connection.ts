/**
 * One connection to a broker with one channel on it that confirms what is published: queues are declared, messages go in
 * and come out, one request at a time. What a client library adds (consumers, many channels, flow control) is of no use
 * here, and what has been sent when something breaks is our own question: that is why this is no dependency.
 */
import { connect, type Socket } from 'node:net';
import { OpFailure } from '../../harness/contracts.ts';
import {
  contentFrames,
  contentLength,
  encodeFrame,
  FieldReader,
  Fields,
  FRAME,
  type Frame,
  FrameCutter,
  METHOD,
  PROTOCOL,
} from './codec.ts';

/** A message that was handed out. It is the queue's until it is acknowledged. */
export interface Delivery {
  tag: bigint;
  text: string;
}

/** A method that came, and what came with it. */
interface Answer {
  method: number;
  fields: FieldReader;
  content: Buffer;
}

interface Waiting {
  /** It changes nothing and publishes nothing: what goes wrong is certain. */
  harmless: boolean;
  /** Methods that answer it. */
  answers: readonly number[];
  resolve(answer: Answer): void;
  reject(error: OpFailure): void;
}

/** A method whose content is still on its way. */
interface Incoming {
  method: number;
  fields: FieldReader;
  missing: number;
  parts: Buffer[];
}

/**
 * With what a broker refuses a request: no access, no such queue, a queue of another kind. It says "not found" too where
 * a queue did not answer in time, which may have done what it was asked.
 */
const REFUSED = /^ACCESS_REFUSED|^PRECONDITION_FAILED|^NOT_FOUND - no /;

const CHANNEL = 1;
const MANDATORY = 1;
const DURABLE = 2;

/** One connection. */
export class AmqpConnection {
  readonly #socket: Socket;
  readonly #cutter = new FrameCutter();
  #waiting: Waiting | null = null;
  #incoming: Incoming | null = null;
  /** Why the message under way came back. */
  #returned: string | null = null;
  #ended: OpFailure | null = null;

  private constructor(at: { host: string; port: number }) {
    this.#socket = connect({ ...at, noDelay: true });
    this.#socket.once('connect', () => this.#socket.write(PROTOCOL));
    this.#socket.on('data', (bytes: Buffer) => this.#heard(bytes));
    this.#socket.once('error', (error: NodeJS.ErrnoException) => {
      this.#end(error.code === 'ECONNREFUSED' ? 'connection-refused' : 'connection-lost', error.message);
    });
    this.#socket.once('close', () => this.#end('connection-lost', 'the connection was closed'));
  }

  /** Connects, logs in, opens the channel. Rejects with a definite `OpFailure`. */
  static async open(
    at: { host: string; port: number },
    user: string,
    signal: AbortSignal,
  ): Promise<AmqpConnection> {
    const made = new AmqpConnection(at);
    try {
      await made.#answered([METHOD.connectionStart], signal, true);
      const login = Fields.of(METHOD.connectionStartOk).table({}).word('PLAIN');
      const tune = await made.#call(0, login.text(`\0${user}\0${user}`).word('en_US'), signal, [
        METHOD.connectionTune,
      ]);
      const [channels, frameBytes] = [tune.fields.short(), tune.fields.long()];
      const tuned = Fields.of(METHOD.connectionTuneOk).short(channels).long(frameBytes).short(0);
      made.#send(0, tuned);
      await made.#call(0, Fields.of(METHOD.connectionOpen).word('/').word('').octet(0), signal, [
        METHOD.connectionOpenOk,
      ]);
      await made.#call(CHANNEL, Fields.of(METHOD.channelOpen).word(''), signal, [METHOD.channelOpenOk]);
      await made.#call(CHANNEL, Fields.of(METHOD.confirmSelect).octet(0), signal, [METHOD.confirmSelectOk]);
      return made;
    } catch (error) {
      made.close();
      throw error;
    }
  }

  /** True while requests can be made. */
  get alive(): boolean {
    return this.#ended === null;
  }

  /** Makes a durable queue where there is none. Rejects with a definite `OpFailure`: no message is touched. */
  async declare(queue: string, args: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void> {
    const fields = Fields.of(METHOD.queueDeclare).short(0).word(queue).octet(DURABLE).table(args);
    await this.#call(CHANNEL, fields, signal, [METHOD.queueDeclareOk]);
  }

  /** Publishes and waits for the confirm. Rejects with an `OpFailure`. */
  async publish(queue: string, text: string, signal: AbortSignal): Promise<void> {
    const fields = Fields.of(METHOD.basicPublish).short(0).word('').word(queue).octet(MANDATORY);
    this.#returned = null;
    const content = contentFrames(CHANNEL, Buffer.from(text, 'utf8'));
    const answers = [METHOD.basicAck, METHOD.basicNack];
    const { method } = await this.#call(CHANNEL, fields, signal, answers, { harmless: false, content });
    if (this.#returned !== null) {
      throw new OpFailure({ definite: true, kind: 'unroutable', message: this.#returned });
    }
    if (method === METHOD.basicAck) return;
    // The broker does not take responsibility; that is not to say that no copy is anywhere.
    throw new OpFailure({ definite: false, kind: 'nacked', message: 'the broker did not confirm' });
  }

  /** Takes a message out; null where the queue is empty. Rejects with an `OpFailure`. */
  async get(queue: string, signal: AbortSignal): Promise<Delivery | null> {
    const fields = Fields.of(METHOD.basicGet).short(0).word(queue).octet(0);
    const answers = [METHOD.basicGetOk, METHOD.basicGetEmpty];
    const answer = await this.#call(CHANNEL, fields, signal, answers, { harmless: false });
    if (answer.method === METHOD.basicGetEmpty) return null;
    return { tag: answer.fields.longlong(), text: answer.content.toString('utf8') };
  }

  /** Tells the broker that a message has arrived; it does not answer. */
  acknowledge({ tag }: Delivery): void {
    if (this.alive) this.#send(CHANNEL, Fields.of(METHOD.basicAck).longlong(tag).octet(0));
  }

  close(why = 'closed'): void {
    this.#end('connection-lost', why);
    this.#socket.destroy();
  }

  #send(channel: number, fields: Fields, content: Buffer = Buffer.alloc(0)): void {
    const method = encodeFrame({ type: FRAME.method, channel, payload: fields.payload() });
    this.#socket.write(Buffer.concat([method, content]));
  }

  #call(
    channel: number,
    fields: Fields,
    signal: AbortSignal,
    answers: readonly number[],
    how: { harmless?: boolean; content?: Buffer } = {},
  ): Promise<Answer> {
    if (this.#ended !== null) return Promise.reject(new OpFailure({ ...this.#ended.error, definite: true }));
    const answer = this.#answered(answers, signal, how.harmless ?? true);
    this.#send(channel, fields, how.content);
    return answer;
  }

  /** Who gives up on an answer gives up on the connection. */
  #answered(answers: readonly number[], signal: AbortSignal, harmless: boolean): Promise<Answer> {
    const answer = new Promise<Answer>((resolve, reject) => {
      this.#waiting = { harmless, answers, resolve, reject };
    });
    const giveUp = (): void => this.close('no answer in time');
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    return answer.finally(() => signal.removeEventListener('abort', giveUp));
  }

  #heard(bytes: Buffer): void {
    try {
      for (const frame of this.#cutter.add(bytes)) this.#take(frame);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.close(`the broker sent what is no AMQP: ${error.message}`);
    }
  }

  #take({ type, payload }: Frame): void {
    if (type === FRAME.method) {
      const fields = new FieldReader(payload);
      const method = fields.method();
      if (method === METHOD.basicReturn || method === METHOD.basicGetOk) {
        this.#incoming = { method, fields, missing: 0, parts: [] };
      } else this.#arrived({ method, fields, content: Buffer.alloc(0) });
      return;
    }
    const incoming = this.#incoming;
    if (incoming === null) return;
    if (type === FRAME.header) incoming.missing = contentLength(payload);
    if (type === FRAME.body) {
      incoming.parts.push(payload);
      incoming.missing -= payload.length;
    }
    if (incoming.missing > 0) return;
    this.#incoming = null;
    this.#arrived({ ...incoming, content: Buffer.concat(incoming.parts) });
  }

  #arrived(answer: Answer): void {
    const { method, fields } = answer;
    if (method === METHOD.basicReturn) this.#returned = `${fields.short()} ${fields.word()}`;
    else if (method === METHOD.connectionClose || method === METHOD.channelClose) {
      const [code, why] = [fields.short(), fields.word()];
      this.#end(`amqp-${code}`, why, REFUSED.test(why));
      this.#socket.end();
    } else if (this.#waiting?.answers.includes(method) === true) {
      const { resolve } = this.#waiting;
      this.#waiting = null;
      resolve(answer);
    }
  }

  #end(kind: string, message: string, refused = false): void {
    if (this.#ended !== null) return;
    const definite = refused || (this.#waiting?.harmless ?? true);
    this.#ended = new OpFailure({ definite, kind, message });
    this.#waiting?.reject(this.#ended);
    this.#waiting = null;
  }
}
