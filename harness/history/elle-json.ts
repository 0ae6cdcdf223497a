/**
 * Reads histories as Elle's command line takes them in JSON: one array of operations, or one per line;
 * `f` may be absent for transactions.
 */
import type { Json } from '../op.ts';
import { HistoryError } from './builder.ts';
import { allBytes } from './bytes.ts';
import { opened } from './edn.ts';
import { parseExact } from './exact-json.ts';
import { byIndexAtLast, type ForeignHistory } from './foreign.ts';
import { placeOf } from './place.ts';
import type { ReadOptions, ReadResult } from './read-result.ts';
import type { RawRecord } from './record.ts';

/** Parses an Elle JSON history held in memory. Throws `HistoryError` naming file and operation or line. */
export function parseElleJson(bytes: Buffer, name: string, options: ReadOptions = {}): ReadResult {
  const file = options.name ?? name;
  return byIndexAtLast(options, (history) => addAll(history, bytes, file));
}

function addAll(history: ForeignHistory, bytes: Buffer, file: string): void {
  const first = /\S/.exec(bytes.toString('utf8', 0, 4096))?.[0];
  if (first === '[') {
    const items = parseAt(bytes, 0, bytes.length, file);
    for (const [i, item] of (items as Json[]).entries()) add(history, item, { file }, `operation ${i}: `);
  } else {
    let line = 0;
    for (let from = 0; from < bytes.length; ) {
      const newline = bytes.indexOf(10, from);
      const end = newline < 0 ? bytes.length : newline;
      line++;
      if (bytes.toString('latin1', from, end).trim() !== '') {
        add(history, parseAt(bytes, from, end, file), { file, line }, '');
      }
      from = end + 1;
    }
  }
}

/** Reads an Elle JSON history from a file, gzipped or not. Throws `HistoryError`. */
export async function readElleJson(path: string, options: ReadOptions = {}): Promise<ReadResult> {
  return parseElleJson(await allBytes(path), path, options);
}

function add(
  history: ForeignHistory,
  item: Json,
  place: { file: string; line?: number },
  prefix: string,
): void {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    throw new HistoryError(-1, `${prefix}expected an operation, not ${JSON.stringify(item)}`, {
      ...place,
      hint: 'an object such as {"process": 0, "type": "ok", "value": [["append", 1, 2]]}',
    });
  }
  const placed = (error: HistoryError): HistoryError => {
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    return new HistoryError(error.index, `${prefix}${error.message}`, { ...place, ...hint });
  };
  const where = () => (place.line === undefined ? prefix.replace(': ', '') : `line ${place.line}`);
  history.add(opened({ ...item } as RawRecord), placed, where);
}

function parseAt(bytes: Buffer, from: number, end: number, file: string): Json {
  const text = bytes.toString('utf8', from, end);
  try {
    return parseExact(text);
  } catch (error) {
    const at = /at position (\d+)/.exec((error as Error).message)?.[1];
    const offset = at === undefined ? end : from + Buffer.byteLength(text.slice(0, Number(at)));
    throw new HistoryError(-1, 'this is not JSON', {
      ...placeOf(bytes, offset, file),
      hint: 'expected one array of operations, or one operation per line',
    });
  }
}
