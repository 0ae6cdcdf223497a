/**
 * MySQL's wire protocol as far as plain queries need it: log in without a password, query, rows, errors with their
 * number. What a client library adds (pools, prepared statements, TLS) is of no use here, and what an error means is our
 * own question: that is why this is no dependency.
 */
import { connect, type Socket } from 'node:net';
import { OpFailure } from '../../harness/contracts.ts';
import { handshakeResponse, PacketCutter, PacketReader, packet } from './packets.ts';

/** What a statement did. Values of rows are texts, null for NULL. */
export interface Result {
  rows: readonly (readonly (string | null)[])[];
  /** Rows that an update found, whether or not it changed them. */
  count: number;
}

interface Waiting {
  sql: string;
  rows: (string | null)[][];
  resolve(result: Result): void;
  reject(error: OpFailure): void;
}

/**
 * Errors after which a statement has had no effect, by number: refused before it ran, or rolled back. All others
 * are not certain, 1180 (error during commit) and 1317 (interrupted) above all.
 */
const REFUSED: Readonly<Record<number, string>> = {
  1020: 'changed-since-snapshot',
  1040: 'too-many-connections',
  1044: 'access-denied',
  1045: 'access-denied',
  1047: 'not-serving',
  1062: 'duplicate-key',
  1064: 'syntax',
  1146: 'no-such-table',
  1205: 'lock-timeout',
  1213: 'deadlock',
  1290: 'read-only',
};

const COM_QUERY = 3;
const OK = 0x00;
const LOCAL_FILE = 0xfb;
const END = 0xfe;
const ERROR = 0xff;

/** What the next packet is. */
type Expects = 'greeting' | 'login' | 'answer' | 'columns' | 'rows';

/** One connection: queries one after the other. */
export class MariaConnection {
  readonly #socket: Socket;
  readonly #user: string;
  readonly #database: string;
  readonly #cutter = new PacketCutter();
  readonly #waiting: Waiting[] = [];
  #expects: Expects = 'greeting';
  #busy = true;
  #ended: OpFailure | null = null;

  constructor(at: { host: string; port: number }, user: string, database: string) {
    this.#user = user;
    this.#database = database;
    this.#socket = connect({ ...at, noDelay: true });
    this.#socket.on('data', (bytes: Buffer) => {
      for (const { sequence, body } of this.#cutter.add(bytes)) {
        if (this.#ended === null) this.#take(sequence, new PacketReader(body));
      }
    });
    this.#socket.once('error', (error: NodeJS.ErrnoException) => {
      this.#end(error.code === 'ECONNREFUSED' ? 'connection-refused' : 'connection-lost', error.message);
    });
    this.#socket.once('close', () => this.#end('connection-lost', 'the connection was closed'));
  }

  /** True while queries can be sent. */
  get alive(): boolean {
    return this.#ended === null;
  }

  /** Rejects with an `OpFailure`. Who gives up on a query gives up on the connection. */
  query(sql: string, signal?: AbortSignal): Promise<Result> {
    if (this.#ended !== null) return Promise.reject(new OpFailure({ ...this.#ended.error, definite: true }));
    const answer = new Promise<Result>((resolve, reject) =>
      this.#waiting.push({ sql, rows: [], resolve, reject }),
    );
    const giveUp = (): void => this.close('no answer in time');
    if (signal?.aborted) giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
    this.#send();
    return answer.finally(() => signal?.removeEventListener('abort', giveUp));
  }

  close(why = 'closed'): void {
    this.#end('connection-lost', why);
    this.#socket.destroy();
  }

  #send(): void {
    const next = this.#waiting[0];
    if (this.#busy || next === undefined || this.#ended !== null) return;
    this.#busy = true;
    this.#expects = 'answer';
    this.#socket.write(packet(0, Buffer.concat([Buffer.from([COM_QUERY]), Buffer.from(next.sql, 'utf8')])));
  }

  #take(sequence: number, read: PacketReader): void {
    if (read.first === ERROR) this.#refused(read);
    else if (this.#expects === 'greeting') {
      this.#expects = 'login';
      this.#socket.write(packet(sequence + 1, handshakeResponse(this.#user, this.#database)));
    } else if (this.#expects === 'login') {
      // Another way to log in is proposed: no password is no password.
      if (read.first === END) this.#socket.write(packet(sequence + 1, Buffer.alloc(0)));
      else this.#free();
    } else if (this.#expects === 'answer') this.#answered(read);
    else if (this.#expects === 'columns') {
      if (read.isEnd) this.#expects = 'rows';
    } else if (read.isEnd) this.#finish(0);
    else this.#waiting[0]!.rows.push(read.texts());
  }

  #answered(read: PacketReader): void {
    if (read.first === OK) this.#finish(read.skip(1).length());
    else if (read.first === LOCAL_FILE) this.close('the server asked for a file');
    else this.#expects = 'columns';
  }

  #finish(count: number): void {
    const { rows, resolve } = this.#waiting.shift()!;
    resolve({ rows, count });
    this.#free();
  }

  #refused(read: PacketReader): void {
    const number = read.skip(1).short();
    const message = read.rest().replace(/^#...../, '');
    const kind = REFUSED[number];
    const failure = new OpFailure({
      definite: kind !== undefined,
      kind: kind ?? `sql-${number}`,
      message,
    });
    // Before the first query it is the connection that was refused.
    if (this.#expects === 'greeting' || this.#expects === 'login') {
      this.#end(failure.error.kind, message);
      this.#socket.destroy();
      return;
    }
    this.#waiting.shift()!.reject(failure);
    this.#free();
  }

  #free(): void {
    this.#busy = false;
    this.#send();
  }

  #end(kind: string, message: string): void {
    if (this.#ended !== null) return;
    this.#ended = new OpFailure({ definite: false, kind, message });
    const sent = this.#busy && this.#expects !== 'greeting' && this.#expects !== 'login';
    for (const [i, waiting] of this.#waiting.splice(0).entries()) {
      // Only the first one was sent.
      waiting.reject(i === 0 && sent ? this.#ended : new OpFailure({ definite: true, kind, message }));
    }
  }
}

/** A text as a literal of SQL. */
export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
