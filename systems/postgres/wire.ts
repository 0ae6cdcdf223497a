/**
 * PostgreSQL's wire protocol as far as plain queries need it: start, query, rows, errors with their SQLSTATE.
 */
import { connect, type Socket } from 'node:net';
import { OpFailure } from '../../harness/contracts.ts';

/** Rows of a query; values are texts, null for NULL. */
export type Rows = readonly (readonly (string | null)[])[];

interface Waiting {
  rows: (string | null)[][];
  error: OpFailure | null;
  /** Rows affected, from the tag of the last command. */
  count: number;
  resolve(result: { rows: Rows; count: number }): void;
  reject(error: OpFailure): void;
}

const PROTOCOL = 196_608;

/**
 * Classes of SQLSTATE with which a statement has no effect: data and integrity, transaction state, authorization,
 * rollback, syntax, resources, limits, objects not in the right state; and a server that does not take connections.
 */
const REFUSED = /^(22|23|25|28|40|42|53|54|55)|^57P03$/;
/** A rollback that may be none. */
const COMPLETION_UNKNOWN = '40003';

const NAMES: Readonly<Record<string, string>> = {
  '40001': 'serialization-failure',
  '40P01': 'deadlock',
  '25006': 'read-only',
  '57P03': 'not-serving',
};

/** One connection: queries one after the other. */
export class PostgresConnection {
  readonly #socket: Socket;
  readonly #waiting: Waiting[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #sent = false;
  #ended: OpFailure | null = null;
  #ready = false;
  #queued: string[] = [];

  constructor(at: { host: string; port: number }, user: string) {
    this.#socket = connect({ ...at, noDelay: true });
    this.#socket.once('connect', () => this.#socket.write(startup(user)));
    this.#socket.on('data', (bytes: Buffer) => this.#heard(bytes));
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
  query(sql: string, signal?: AbortSignal): Promise<{ rows: Rows; count: number }> {
    if (this.#ended !== null) return Promise.reject(new OpFailure({ ...this.#ended.error, definite: true }));
    const answer = new Promise<{ rows: Rows; count: number }>((resolve, reject) =>
      this.#waiting.push({ rows: [], error: null, count: 0, resolve, reject }),
    );
    const giveUp = (): void => this.close('no answer in time');
    if (signal?.aborted) giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
    this.#queued.push(sql);
    this.#send();
    return answer.finally(() => signal?.removeEventListener('abort', giveUp));
  }

  close(why = 'closed'): void {
    this.#end('connection-lost', why);
    this.#socket.destroy();
  }

  #send(): void {
    const sql = this.#ready ? this.#queued.shift() : undefined;
    if (sql === undefined) return;
    this.#ready = false;
    this.#sent = true;
    this.#socket.write(message('Q', Buffer.from(`${sql}\0`, 'utf8')));
  }

  #heard(bytes: Buffer): void {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    while (this.#rest.length >= 5) {
      const length = this.#rest.readInt32BE(1);
      if (this.#rest.length < 1 + length) return;
      this.#take(String.fromCharCode(this.#rest[0]!), this.#rest.subarray(5, 1 + length));
      this.#rest = this.#rest.subarray(1 + length);
    }
  }

  #take(type: string, body: Buffer): void {
    const current = this.#sent ? this.#waiting[0] : undefined;
    if (type === 'D') current?.rows.push(row(body));
    if (type === 'C' && current !== undefined) current.count = affected(body);
    if (type === 'E') {
      const failure = errorOf(body);
      // Before the first query it is the connection that was refused.
      if (current === undefined) this.#end(failure.error.kind, failure.message);
      else current.error ??= failure;
    }
    if (type !== 'Z') return;
    if (this.#sent) this.#finish();
    this.#ready = true;
    this.#send();
  }

  #finish(): void {
    const { error, rows, count, resolve, reject } = this.#waiting.shift()!;
    this.#sent = false;
    if (error === null) resolve({ rows, count });
    else reject(error);
  }

  #end(kind: string, message: string): void {
    if (this.#ended !== null) return;
    this.#ended = new OpFailure({ definite: false, kind, message });
    for (const [i, waiting] of this.#waiting.splice(0).entries()) {
      // Only the first one was sent; a query that was told its error has that.
      const open = i === 0 && this.#sent;
      waiting.reject(
        waiting.error ?? (open ? this.#ended : new OpFailure({ definite: true, kind, message })),
      );
    }
  }
}

/** A text as a literal of SQL. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function startup(user: string): Buffer {
  const words = Buffer.from(`user\0${user}\0database\0postgres\0\0`, 'utf8');
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + words.length, 0);
  head.writeInt32BE(PROTOCOL, 4);
  return Buffer.concat([head, words]);
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}

function row(body: Buffer): (string | null)[] {
  let at = 2;
  return Array.from({ length: body.readInt16BE(0) }, () => {
    const length = body.readInt32BE(at);
    at += 4;
    if (length < 0) return null;
    at += length;
    return body.toString('utf8', at - length, at);
  });
}

/** `INSERT 0 1` and `UPDATE 1` end in the number of rows. */
function affected(body: Buffer): number {
  return (
    Number(
      body
        .toString('utf8', 0, body.length - 1)
        .split(' ')
        .at(-1),
    ) || 0
  );
}

function errorOf(body: Buffer): OpFailure {
  const fields = new Map(
    body
      .toString('utf8')
      .split('\0')
      .filter((field) => field !== '')
      .map((field): [string, string] => [field[0]!, field.slice(1)]),
  );
  const state = fields.get('C') ?? '';
  const definite = REFUSED.test(state) && state !== COMPLETION_UNKNOWN;
  return new OpFailure({ definite, kind: NAMES[state] ?? `sql-${state}`, message: fields.get('M') ?? '' });
}
