/**
 * Registers, a set and lists in tables. Lists are read and written back whole, as programs do that read, work something
 * out and write: whether that loses updates is up to the isolation level and to what a snapshot means.
 */
import { type Client, type Invocation, OpFailure, type SystemContext } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { MariaClient, NAME } from './client.ts';
import { literal } from './wire.ts';

type Operation = (op: Invocation, client: MariaClient, signal: AbortSignal) => Promise<Json>;

/** Makes the user and the tables, in an installation whose rights are not in force yet. */
export const SETUP: readonly string[] = [
  'FLUSH PRIVILEGES',
  `CREATE USER ${NAME}@'%'`,
  `GRANT ALL ON *.* TO ${NAME}@'%'`,
  `CREATE DATABASE ${NAME} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
  `CREATE TABLE ${NAME}.registers (k varchar(190) PRIMARY KEY, v longtext NOT NULL) ENGINE=InnoDB`,
  `CREATE TABLE ${NAME}.elements (v varchar(190) PRIMARY KEY) ENGINE=InnoDB`,
  `CREATE TABLE ${NAME}.lists (k varchar(190) PRIMARY KEY, v longtext NOT NULL) ENGINE=InnoDB`,
];

const REGISTER: Readonly<Record<string, Operation>> = {
  async read(op, client, signal) {
    const rows = await client.read(`SELECT v FROM registers WHERE k = ${keyOf(op)}`, signal);
    return rows.length === 0 ? null : (JSON.parse(rows[0]![0]!) as Json);
  },
  async write(op, client, signal) {
    await client.query(put('registers', keyOf(op), literal(JSON.stringify(op.value))), signal);
    return op.value;
  },
  async cas(op, client, signal) {
    const [from, to] = (op.value as Json[]).map((value) => literal(JSON.stringify(value)));
    const sql = `UPDATE registers SET v = ${to} WHERE k = ${keyOf(op)} AND v = ${from}`;
    if ((await client.query(sql, signal)).count === 1) return op.value;
    throw new OpFailure({ definite: true, kind: 'precondition-failed', message: 'another value is there' });
  },
};

const SET: Readonly<Record<string, Operation>> = {
  async add(op, client, signal) {
    await client.query(`INSERT INTO elements VALUES (${literal(JSON.stringify(op.value))})`, signal);
    return op.value;
  },
  async read(_op, client, signal) {
    const rows = await client.read('SELECT v FROM elements', signal);
    return rows.map(([value]) => JSON.parse(value!) as Json);
  },
};

const LISTS: Readonly<Record<string, Operation>> = {
  async txn(op, client, signal) {
    return client.transaction(async (query) => {
      const done: Json[] = [];
      for (const [f, key, value] of op.value as [string, Json, Json][]) {
        const k = literal(JSON.stringify(key));
        const { rows } = await query(`SELECT v FROM lists WHERE k = ${k}`);
        const list = rows.length === 0 ? [] : (JSON.parse(rows[0]![0]!) as Json[]);
        if (f === 'append') await query(put('lists', k, literal(JSON.stringify([...list, value]))));
        done.push([f, key, f === 'append' ? value : list]);
      }
      return done;
    }, signal);
  },
};

/** Operations by workload. */
export const OPERATIONS: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  'list-append': LISTS,
  register: REGISTER,
  set: SET,
};

/** Names of operations by workload. */
export const WORKLOADS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries(OPERATIONS).map(([workload, operations]) => [workload, Object.keys(operations)]),
);

/** A client of the server of one node. */
export async function open(node: string, { cluster, workload }: SystemContext): Promise<Client> {
  const client = new MariaClient(cluster, node);
  const operations = OPERATIONS[workload] ?? {};
  return {
    async invoke(op, { signal }) {
      const operation = operations[op.f];
      if (operation !== undefined) return operation(op, client, signal);
      throw new OpFailure({ definite: true, kind: 'not-supported', message: `mariadb has no ${op.f}` });
    },
    close: async () => client.close(),
  };
}

function put(table: string, key: string, value: string): string {
  return `INSERT INTO ${table} VALUES (${key}, ${value}) ON DUPLICATE KEY UPDATE v = ${value}`;
}

function keyOf(op: Invocation): string {
  return literal(JSON.stringify(op.key ?? null));
}
