/**
 * Reads Jepsen histories in EDN: one vector of operations, or one map per line (Porcupine's kv files too).
 */
import type { Json } from '../op.ts';
import { HistoryError } from './builder.ts';
import { allBytes } from './bytes.ts';
import { EdnReader, UnfinishedForm } from './edn-reader.ts';
import { byIndexAtLast, type ForeignHistory } from './foreign.ts';
import type { ReadOptions, ReadResult } from './read-result.ts';
import type { RawRecord } from './record.ts';

const FIELDS = new Set(['index', 'process', 'type', 'f', 'key', 'value', 'time', 'node', 'error', 'phase']);

/** Parses an EDN history held in memory. Throws `HistoryError` with file, line and column. */
export function parseEdn(bytes: Buffer, name: string, options: ReadOptions = {}): ReadResult {
  const file = options.name ?? name;
  return byIndexAtLast(options, (history, notes) => {
    const reader = new EdnReader(bytes, file);
    if (!reader.skip()) {
      notes.push(`${file} is empty`);
      return;
    }
    const open = reader.peek();
    if (open === 0x5b || open === 0x28) readVector(reader, history, open);
    else readLines(reader, bytes, history, file, notes);
  });
}

/** Reads an EDN history from a file, gzipped or not. Throws `HistoryError` with file, line and column. */
export async function readEdn(path: string, options: ReadOptions = {}): Promise<ReadResult> {
  return parseEdn(await allBytes(path), path, options);
}

function readVector(reader: EdnReader, history: ForeignHistory, open: number): void {
  const start = reader.at;
  const closer = open === 0x5b ? 0x5d : 0x29;
  reader.at++;
  for (;;) {
    if (!reader.skip()) {
      const word = String.fromCharCode(closer);
      throw reader.fail('the file ends before this is closed', `expected ${word}`, start);
    }
    if (reader.peek() === closer) break;
    readOne(reader, history);
  }
  reader.at++;
  if (reader.skip())
    throw reader.fail('something follows the end of the history', 'expected the end of the file');
}

function readLines(
  reader: EdnReader,
  bytes: Buffer,
  history: ForeignHistory,
  file: string,
  notes: string[],
): void {
  while (reader.skip()) {
    const start = reader.at;
    try {
      readOne(reader, history);
    } catch (error) {
      // Only a tail without its newline can be torn.
      if (!(error instanceof UnfinishedForm) || bytes.indexOf(10, start) >= 0) throw error;
      const line = reader.fail('', undefined, start).line;
      notes.push(`${file}:${line} is torn (the writer was stopped in the middle of it) and was ignored`);
      return;
    }
  }
}

function readOne(reader: EdnReader, history: ForeignHistory): void {
  const start = reader.at;
  const record: RawRecord = {};
  reader.pairs((key, value) => {
    if (FIELDS.has(key)) record[key] = value;
  });
  const where = () => `line ${reader.fail('', undefined, start).line}`;
  const placedHere = (error: HistoryError): HistoryError => {
    const placed = reader.fail(error.message, error.hint, start);
    const { file, line, column, excerpt, hint } = placed;
    return new HistoryError(error.index, error.message, {
      file: file!,
      line: line!,
      column: column!,
      excerpt: excerpt!,
      ...(hint === undefined ? {} : { hint }),
    });
  };
  history.add(opened(record), placedHere, where);
}

/** What Jepsen and Elle leave out: transactions need no :f. */
export function opened(record: RawRecord): RawRecord {
  const { f, value } = record;
  if (f === undefined || f === null) {
    if (isTransaction(value)) record['f'] = 'txn';
  }
  return record;
}

function isTransaction(value: Json | undefined): boolean {
  return Array.isArray(value) && value.every((op) => Array.isArray(op) && typeof op[0] === 'string');
}
