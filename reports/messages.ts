/**
 * Reads the journal of messages of a run (`messages.jsonl`) into columns, in the order in which messages were sent,
 * with Lamport timestamps for both ends. Tolerant: a torn last line, lines of another form and a journal that is
 * none end up counted, never thrown.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { list, number, record, strings, text } from './read-json.ts';

/** What the first line of a journal says. */
const FORMAT = 'faultline-messages/1';

/** Messages by column, ordered by `sentOrder`. */
export interface MessageLog {
  count: number;
  /** Sends and ends are numbered in one sequence, by the network. */
  sentOrder: Int32Array;
  endOrder: Int32Array;
  /** Nanoseconds since the run started. */
  sentNs: Float64Array;
  endNs: Float64Array;
  /** Numbers of `names`, `types` and `fates`. */
  from: Int32Array;
  to: Int32Array;
  type: Int32Array;
  fate: Int32Array;
  /** Lamport timestamps: of the send, and of the receipt, 0 where it did not arrive. */
  sentStamp: Int32Array;
  endStamp: Int32Array;
  names: string[];
  types: string[];
  /** `delivered` is always number 0. */
  fates: string[];
  /** Messages the journal had no room for. */
  leftOut: number;
  /** Lines that could not be read. */
  unread: number;
}

interface Row {
  sentOrder: number;
  endOrder: number;
  sentNs: number;
  endNs: number;
  from: number;
  to: number;
  type: number;
  fate: number;
}

/** The journal at a path; null when it is none. O(n log n), one line in memory at a time beside the columns. */
export async function readMessages(path: string): Promise<MessageLog | null> {
  const rows: Row[] = [];
  const names = new Names();
  const types = new Names();
  const fates = new Names();
  fates.id('delivered');
  let at: Map<string, number> | null = null;
  let [leftOut, unread] = [0, 0];
  const stream = createReadStream(path, { encoding: 'utf8' });
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line === '') continue;
    const value = parsed(line);
    if (at === null) {
      if (record(value)['format'] !== FORMAT) {
        stream.destroy();
        return null;
      }
      at = new Map(strings(record(value)['columns']).map((name, i) => [name, i]));
      continue;
    }
    const row = rowOf(value, at, names, types, fates);
    if (row !== null) rows.push(row);
    else if (record(value)['end'] === true) leftOut += number(record(value)['left_out']) ?? 0;
    else unread++;
  }
  if (at === null) return null;
  rows.sort((a, b) => a.sentOrder - b.sentOrder || a.endOrder - b.endOrder);
  return { ...columnsOf(rows), names: names.all, types: types.all, fates: fates.all, leftOut, unread };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function rowOf(
  value: unknown,
  at: ReadonlyMap<string, number>,
  names: Names,
  types: Names,
  fates: Names,
): Row | null {
  if (!Array.isArray(value)) return null;
  const cells = list(value);
  const get = (name: string): unknown => cells[at.get(name) ?? -1];
  const [sentOrder, endOrder] = [number(get('sent_order')), number(get('end_order'))];
  const [sentNs, endNs] = [number(get('sent_ns')), number(get('end_ns'))];
  if (sentOrder === null || endOrder === null || sentNs === null || endNs === null) return null;
  if (sentOrder < 0 || endOrder <= sentOrder || endOrder > 2 ** 30) return null;
  const type = get('type');
  return {
    sentOrder,
    endOrder,
    sentNs: Math.max(0, sentNs),
    endNs: Math.max(0, sentNs, endNs),
    from: names.id(text(get('from'), '?')),
    to: names.id(text(get('dest'), '?')),
    type: types.id(typeof type === 'string' ? type.slice(0, 60) : 'message'),
    fate: fates.id(text(get('fate'), 'lost')),
  };
}

function columnsOf(
  rows: readonly Row[],
): Omit<MessageLog, 'names' | 'types' | 'fates' | 'leftOut' | 'unread'> {
  const whole = (pick: (row: Row) => number): Int32Array => Int32Array.from(rows, pick);
  const long = (pick: (row: Row) => number): Float64Array => Float64Array.from(rows, pick);
  const { sentStamp, endStamp } = stamps(rows);
  return {
    count: rows.length,
    sentOrder: whole((row) => row.sentOrder),
    endOrder: whole((row) => row.endOrder),
    sentNs: long((row) => row.sentNs),
    endNs: long((row) => row.endNs),
    from: whole((row) => row.from),
    to: whole((row) => row.to),
    type: whole((row) => row.type),
    fate: whole((row) => row.fate),
    sentStamp,
    endStamp,
  };
}

/** Lamport's rule over all events in their one order: one more than the last here, and than the send of what is received. */
function stamps(rows: readonly Row[]): { sentStamp: Int32Array; endStamp: Int32Array } {
  const sentStamp = new Int32Array(rows.length);
  const endStamp = new Int32Array(rows.length);
  const clocks: number[] = [];
  const byEnd = Int32Array.from(rows, (_, i) => i).sort((a, b) => rows[a]!.endOrder - rows[b]!.endOrder);
  let next = 0;
  const receive = (before: number): void => {
    for (; next < byEnd.length && rows[byEnd[next]!]!.endOrder < before; next++) {
      const i = byEnd[next]!;
      const row = rows[i]!;
      if (row.fate !== 0) continue;
      endStamp[i] = clocks[row.to] = Math.max(clocks[row.to] ?? 0, sentStamp[i]!) + 1;
    }
  };
  rows.forEach((row, i) => {
    receive(row.sentOrder);
    // The network's second copy of a message is one send.
    const copy = i > 0 && rows[i - 1]!.sentOrder === row.sentOrder;
    sentStamp[i] = copy ? sentStamp[i - 1]! : (clocks[row.from] ?? 0) + 1;
    if (!copy) clocks[row.from] = sentStamp[i]!;
  });
  receive(Number.POSITIVE_INFINITY);
  return { sentStamp, endStamp };
}

/** Names by number, in order of appearance. */
class Names {
  readonly all: string[] = [];
  readonly #ids = new Map<string, number>();

  id(name: string): number {
    let id = this.#ids.get(name);
    if (id === undefined) {
      id = this.all.push(name) - 1;
      this.#ids.set(name, id);
    }
    return id;
  }
}
