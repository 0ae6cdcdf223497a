/**
 * Writes histories for other tools: JSON lines for anything, EDN for Jepsen, Knossos and Elle.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Json, Op } from '../op.ts';
import type { History } from './history.ts';
import { JournalWriter } from './journal.ts';

/** Formats histories are written in. */
export const EXPORT_FORMATS = ['jsonl', 'edn'] as const;
/** One of them. */
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

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
    for (const op of history.ops()) {
      batch += `${ednOp(op)}\n`;
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
  parts.push(`:value ${ednValue(op.value)}`);
  if (op.node !== undefined) parts.push(`:node ${ednValue(op.node)}`);
  if (op.error !== undefined) {
    const { definite, kind, message } = op.error;
    const more = message === undefined ? '' : `, :message ${ednValue(message)}`;
    parts.push(`:error {:definite ${definite}, :kind ${ednValue(kind)}${more}}`);
  }
  if (op.phase !== undefined) parts.push(`:phase :${op.phase}`);
  return `{${parts.join(', ')}}`;
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
