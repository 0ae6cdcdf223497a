/**
 * Writes histories for other tools: JSON lines for anything, EDN for Jepsen, Knossos and Elle, one JSON array
 * for Elle's command line and whatever reads JSON whole.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { extname } from 'node:path';
import type { Json, Op } from '../op.ts';
import { UsageError } from '../registry.ts';
import type { History } from './history.ts';
import { JournalWriter } from './journal.ts';

/** Formats histories are written in. */
export const EXPORT_FORMATS = ['jsonl', 'edn', 'json'] as const;
/** One of them. */
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** The format the name of a file asks for by its extension. Throws `UsageError` for any other. */
export function exportFormatOf(path: string): ExportFormat {
  const extension = extname(path).slice(1).toLowerCase();
  const format = EXPORT_FORMATS.find((each) => each === extension);
  if (format !== undefined) return format;
  throw new UsageError(`the extension "${extname(path)}" names no format a history can be written in`, {
    file: path,
    hint: `one of: ${EXPORT_FORMATS.map((each) => `.${each}`).join(', ')}`,
  });
}

/** Writes a history to a file. Throws what the file system throws. O(n), memory flat. */
export function writeHistory(history: History, path: string, format: ExportFormat): void {
  if (format === 'jsonl') {
    const journal = new JournalWriter(path);
    try {
      for (const op of history.ops()) journal.append(op);
    } finally {
      journal.close();
    }
    return;
  }
  const fd = openSync(path, 'w');
  try {
    let batch = '';
    for (const text of format === 'edn' ? ednLines(history) : jsonArray(history)) {
      batch += text;
      if (batch.length > 1 << 16) {
        writeSync(fd, batch);
        batch = '';
      }
    }
    writeSync(fd, batch);
  } finally {
    closeSync(fd);
  }
}

function* ednLines(history: History): Generator<string> {
  for (const op of history.ops()) yield `${ednOp(op)}\n`;
}

/** One operation per line, so that the file can be read by people and compared by line. */
function* jsonArray(history: History): Generator<string> {
  yield '[';
  for (const op of history.ops()) yield `${op.index === 0 ? '' : ','}\n${JSON.stringify(op)}`;
  yield '\n]\n';
}

/** One operation as an EDN map on one line. */
export function ednOp(op: Op): string {
  const parts = [
    `:index ${op.index}`,
    `:time ${ednValue(op.time)}`,
    `:process ${typeof op.process === 'number' ? op.process : ednName(op.process)}`,
    `:type :${op.type}`,
    `:f ${ednName(op.f)}`,
  ];
  if (op.key !== undefined) parts.push(`:key ${ednValue(op.key)}`);
  parts.push(`:value ${op.f === 'txn' ? ednTransaction(op.value) : ednValue(op.value)}`);
  if (op.node !== undefined) parts.push(`:node ${ednValue(op.node)}`);
  if (op.error !== undefined) {
    const { definite, kind, message } = op.error;
    const more = message === undefined ? '' : `, :message ${ednValue(message)}`;
    parts.push(`:error {:definite ${definite}, :kind ${ednValue(kind)}${more}}`);
  }
  if (op.phase !== undefined) parts.push(`:phase :${op.phase}`);
  return `{${parts.join(', ')}}`;
}

/** Micro-operations are named by keywords, which is what Elle looks for: `[[:append 1 2] [:r 3 nil]]`. */
function ednTransaction(value: Json): string {
  if (!Array.isArray(value)) return ednValue(value);
  const micro = (each: Json): string => {
    if (!Array.isArray(each) || typeof each[0] !== 'string') return ednValue(each);
    return `[${[ednName(each[0]), ...each.slice(1).map(ednValue)].join(' ')}]`;
  };
  return `[${value.map(micro).join(' ')}]`;
}

/** A JSON value as EDN: the same text but for null, and commas where JSON has them are blanks. */
export function ednValue(value: Json): string {
  if (value === null) return 'nil';
  if (typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(ednValue).join(' ')}]`;
  const pairs = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)} ${ednValue(item)}`);
  return `{${pairs.join(', ')}}`;
}

/** A keyword where the name can be one, else a string. */
function ednName(name: string): string {
  return /^[A-Za-z][\w.*+!?-]*$/.test(name) ? `:${name}` : JSON.stringify(name);
}
