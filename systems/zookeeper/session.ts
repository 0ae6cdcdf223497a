/**
 * A session with one ZooKeeper server: one connection, requests answered in order, pings that keep it alive. It ends
 * with its connection and is not resumed: what was under way is unknown then, and the next operation opens another.
 */
import { connect, type Socket } from 'node:net';
import { OpFailure } from '../../harness/contracts.ts';
import { every, type Timer } from '../../harness/time.ts';
import { FrameCutter, JuteReader, JuteWriter } from './jute.ts';

/** Requests by number. */
export const OP = {
  create: 1,
  delete: 2,
  getData: 4,
  setData: 5,
  getChildren: 8,
  sync: 9,
  ping: 11,
  closeSession: -11,
} as const;

/** Errors by number: what ZooKeeper decided, hence had no effect. */
const REFUSED: Readonly<Record<number, string>> = {
  [-6]: 'unimplemented',
  [-8]: 'bad-arguments',
  [-101]: 'no-node',
  [-102]: 'no-auth',
  [-103]: 'bad-version',
  [-108]: 'no-children-for-ephemerals',
  [-110]: 'node-exists',
  [-111]: 'not-empty',
  [-112]: 'session-expired',
  [-118]: 'session-moved',
};

/** An answer: the transaction it was given after, and what it holds. */
export interface Answer {
  zxid: bigint;
  body: JuteReader;
}

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: OpFailure): void;
}

/** Marks of events and pings among the answers. */
const EVENT_XID = -1;
const PING_XID = -2;

/** An open session. */
export class ZooKeeperSession {
  readonly #socket: Socket;
  readonly #waiting: Waiting[] = [];
  #xid = 0;
  #pings: Timer | null = null;
  #ended: OpFailure | null = null;
  /** How long the server keeps the session without hearing of it, ms. */
  timeoutMs = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /**
   * Opens a session. Rejects with a definite `OpFailure`: nothing was asked yet. With `pings` it lasts until it is
   * closed, without until nothing was asked for its timeout.
   */
  static open(
    at: { host: string; port: number },
    options: { timeoutMs: number; pings: boolean; signal: AbortSignal },
  ): Promise<ZooKeeperSession> {
    const { timeoutMs, pings, signal } = options;
    const socket = connect({ ...at, noDelay: true });
    const session = new ZooKeeperSession(socket);
    return new Promise((resolve, reject) => {
      const opened = (frame: Buffer): void => {
        signal.removeEventListener('abort', giveUp);
        session.#greeted(frame, pings);
        resolve(session);
      };
      const failed = (kind: string, message: string): void => {
        signal.removeEventListener('abort', giveUp);
        socket.destroy();
        reject(new OpFailure({ definite: true, kind, message }));
      };
      const giveUp = (): void => failed('connection-failed', 'no session in time');
      if (signal.aborted) return giveUp();
      signal.addEventListener('abort', giveUp, { once: true });
      const cutter = new FrameCutter();
      let greeted = false;
      socket.on('data', (bytes: Buffer) => {
        for (const frame of cutter.add(bytes)) {
          if (greeted) session.#heard(frame);
          else opened(frame);
          greeted = true;
        }
      });
      socket.once('connect', () => socket.write(greeting(timeoutMs)));
      socket.once('error', (error: NodeJS.ErrnoException) => {
        const refused = error.code === 'ECONNREFUSED';
        failed(refused ? 'connection-refused' : 'connection-failed', error.message);
        session.#end(error.message);
      });
      // A server that has no quorum hangs up instead of answering.
      socket.once('close', () => {
        failed('not-serving', 'the server hung up');
        session.#end('the connection was closed');
      });
    });
  }

  /** True while requests can be sent. */
  get alive(): boolean {
    return this.#ended === null;
  }

  /** Asks; rejects with an `OpFailure` that is definite where ZooKeeper refused. */
  request(op: number, write: (record: JuteWriter) => void, signal?: AbortSignal): Promise<Answer> {
    if (this.#ended !== null) {
      return Promise.reject(new OpFailure({ ...this.#ended.error, definite: true }));
    }
    const record = new JuteWriter().int(++this.#xid).int(op);
    write(record);
    const answer = new Promise<Answer>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    // Answers come in order, so whoever gives up on one gives up on the session.
    const giveUp = (): void => this.drop('no answer in time');
    signal?.addEventListener('abort', giveUp, { once: true });
    this.#socket.write(record.frame());
    return answer.finally(() => signal?.removeEventListener('abort', giveUp));
  }

  /** Ends the session at the server, which removes what it held. */
  async close(signal?: AbortSignal): Promise<void> {
    await this.request(OP.closeSession, () => undefined, signal);
    this.drop('closed');
  }

  /** Ends the connection; the server keeps the session for its timeout. */
  drop(why = 'dropped'): void {
    this.#end(why);
    this.#socket.destroy();
  }

  #greeted(frame: Buffer, pings: boolean): void {
    const record = new JuteReader(frame);
    record.int();
    this.timeoutMs = record.int();
    if (!pings) return;
    const ping = new JuteWriter().int(PING_XID).int(OP.ping).frame();
    this.#pings = every(Math.max(100, this.timeoutMs / 3), () => this.#socket.write(ping), true);
  }

  #heard(frame: Buffer): void {
    const record = new JuteReader(frame);
    const xid = record.int();
    if (xid === EVENT_XID || xid === PING_XID) return;
    const zxid = record.long();
    const error = record.int();
    const waiting = this.#waiting.shift();
    if (error === 0) waiting?.resolve({ zxid, body: record });
    else {
      const kind = REFUSED[error];
      const message = `ZooKeeper error ${error}`;
      waiting?.reject(
        new OpFailure({ definite: kind !== undefined, kind: kind ?? `error${error}`, message }),
      );
    }
  }

  #end(message: string): void {
    if (this.#ended !== null) return;
    const failure = new OpFailure({ definite: false, kind: 'connection-lost', message });
    this.#ended = failure;
    this.#pings?.cancel();
    for (const { reject } of this.#waiting.splice(0)) reject(failure);
  }
}

function greeting(timeoutMs: number): Buffer {
  // Version, last zxid seen, timeout, no session yet, no password.
  return new JuteWriter().int(0).long(0n).int(timeoutMs).long(0n).buffer(Buffer.alloc(16)).frame();
}
