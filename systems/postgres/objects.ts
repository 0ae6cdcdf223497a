/**
 * Registers, a set and lists in tables. Lists are read and written back whole, as programs do that read, work something
 * out and write: whether that loses updates is up to the isolation level.
 */
import { type Invocation, OpFailure } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import type { PostgresClient } from './client.ts';
import { literal } from './wire.ts';

/** What an operation works with. */
export interface PostgresCall {
  client: PostgresClient;
  signal: AbortSignal;
  /** In the words of SQL. */
  isolation: string;
}

/** Does one operation; resolves with the completed value. */
export type Operation = (op: Invocation, call: PostgresCall) => Promise<Json>;

/** Made by whoever comes first, in one statement each. */
export const TABLES = [
  'CREATE TABLE registers (k text PRIMARY KEY, v text NOT NULL)',
  'CREATE TABLE elements (v text NOT NULL)',
  'CREATE TABLE lists (k text PRIMARY KEY, v text NOT NULL)',
];

const REGISTER: Readonly<Record<string, Operation>> = {
  async read(op, { client, signal }) {
    const rows = await client.read(`SELECT v FROM registers WHERE k = ${keyOf(op)}`, signal);
    return rows.length === 0 ? null : (JSON.parse(rows[0]![0]!) as Json);
  },
  async write(op, { client, signal }) {
    const value = literal(JSON.stringify(op.value));
    await client.query(
      `INSERT INTO registers VALUES (${keyOf(op)}, ${value}) ON CONFLICT (k) DO UPDATE SET v = excluded.v`,
      signal,
    );
    return op.value;
  },
  async cas(op, { client, signal }) {
    const [from, to] = (op.value as Json[]).map((value) => literal(JSON.stringify(value)));
    const sql = `UPDATE registers SET v = ${to} WHERE k = ${keyOf(op)} AND v = ${from}`;
    if ((await client.query(sql, signal)).count === 1) return op.value;
    throw new OpFailure({ definite: true, kind: 'precondition-failed', message: 'another value is there' });
  },
};

const SET: Readonly<Record<string, Operation>> = {
  async add(op, { client, signal }) {
    await client.query(`INSERT INTO elements VALUES (${literal(JSON.stringify(op.value))})`, signal);
    return op.value;
  },
  async read(_op, { client, signal }) {
    const rows = await client.read('SELECT v FROM elements', signal);
    return rows.map(([value]) => JSON.parse(value!) as Json);
  },
};

const LISTS: Readonly<Record<string, Operation>> = {
  async txn(op, { client, signal, isolation }) {
    return client.transaction(
      isolation,
      async (query) => {
        const done: Json[] = [];
        for (const [f, key, value] of op.value as [string, Json, Json][]) {
          const k = literal(JSON.stringify(key));
          const { rows } = await query(`SELECT v FROM lists WHERE k = ${k}`);
          const list = rows.length === 0 ? [] : (JSON.parse(rows[0]![0]!) as Json[]);
          if (f === 'append') {
            const all = literal(JSON.stringify([...list, value]));
            await query(
              `INSERT INTO lists VALUES (${k}, ${all}) ON CONFLICT (k) DO UPDATE SET v = excluded.v`,
            );
          }
          done.push([f, key, f === 'append' ? value : list]);
        }
        return done;
      },
      signal,
    );
  },
};

/** Operations by workload. */
export const OPERATIONS: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  'list-append': LISTS,
  register: REGISTER,
  set: SET,
};

function keyOf(op: Invocation): string {
  return literal(JSON.stringify(op.key ?? null));
}
