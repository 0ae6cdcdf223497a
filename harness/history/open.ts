/**
 * Reads a history in whatever format it is: told, or found out from its first bytes.
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { lookup, UsageError } from '../registry.ts';
import { firstBytes } from './bytes.ts';
import { readEdn } from './edn.ts';
import { readElleJson } from './elle-json.ts';
import { looksIndependent } from './independent.ts';
import { readJepsenLog } from './jepsen-log.ts';
import { readJsonl } from './jsonl.ts';
import type { ReadOptions, ReadResult } from './read-result.ts';

type Reader = (path: string, options: ReadOptions) => Promise<ReadResult>;

const READERS = {
  jsonl: readJsonl,
  edn: readEdn,
  'jepsen-log': readJepsenLog,
  'elle-json': readElleJson,
} satisfies Record<string, Reader>;

/** Formats histories are read from. */
export type HistoryFormat = keyof typeof READERS;

/** Their names, for help and messages. */
export const HISTORY_FORMATS = Object.keys(READERS) as HistoryFormat[];

/** A history and the format it was in. */
export interface OpenedHistory extends ReadResult {
  format: HistoryFormat;
  /** The file that was read: the one given, or history.jsonl of the run folder given. */
  path: string;
}

/**
 * Reads a history: a file in any format, gzipped or not, or a run folder. `format` is one of
 * `HISTORY_FORMATS` or `auto`. Without `independent` in the options, `[key value]` pairs are told by their shape. Throws `UsageError`, and `HistoryError` with the place in the file.
 */
export async function readHistory(
  path: string,
  format = 'auto',
  options: ReadOptions = {},
): Promise<OpenedHistory> {
  const file = historyFile(path);
  const known = format === 'auto' ? await sniff(file) : knownFormat(format);
  const read = READERS[known] as Reader;
  const result = await read(file, options);
  if (options.independent !== undefined || !looksIndependent(result.history)) {
    return { ...result, format: known, path: file };
  }
  const lifted = await read(file, { ...options, independent: true });
  const notes = [...lifted.notes, 'values are [key value] pairs: every key is an object of its own'];
  return { history: lifted.history, notes, format: known, path: file };
}

function knownFormat(format: string): HistoryFormat {
  lookup('history format', { auto: null, ...READERS } as Record<string, unknown>, format);
  return format as HistoryFormat;
}

function historyFile(path: string): string {
  if (!existsSync(path) || !statSync(path).isDirectory()) return path;
  const inside = join(path, 'history.jsonl');
  if (existsSync(inside)) return inside;
  throw new UsageError('there is no history.jsonl in this folder', { file: path });
}

const SNIFFED_BYTES = 1 << 14;

/** The format by the beginning of the content. Throws `UsageError` when nothing fits. */
async function sniff(path: string): Promise<HistoryFormat> {
  const head = await firstBytes(path, SNIFFED_BYTES);
  const text = (head[0] === 0x1f && head[1] === 0x8b ? await unzippedHead(head) : head).toString('utf8');
  const format = sniffText(text.replace(/^\uFEFF/, ''));
  if (format !== null) return format;
  throw new UsageError('the format of this history cannot be told from its content', {
    file: path,
    hint: `say --format, one of: ${HISTORY_FORMATS.join(', ')}`,
  });
}

/** The format of a text by its beginning, or null. */
export function sniffText(text: string): HistoryFormat | null {
  // An empty journal is a history without operations.
  if (/^\s*$/.test(text)) return 'jsonl';
  const uncommented = text.replace(/^(\s*;.*\n)+/, '');
  // Only EDN has comments.
  if (uncommented !== text && /^\s*[[({#]/.test(uncommented)) return 'edn';
  if (/^\s*\[\s*(\{\s*"|\]\s*$)/.test(uncommented)) return 'elle-json';
  if (/^\s*\{\s*"/.test(uncommented))
    return /"(f|process)"\s*:/.test(firstLine(uncommented)) ? jsonLines(uncommented) : 'elle-json';
  if (/^\s*([[(]\s*)?(\^\{[^}]*\}\s*)?(#[A-Za-z][\w.]*\s*)?\{\s*:/.test(uncommented)) return 'edn';
  if (/jepsen\.util/.test(text)) return 'jepsen-log';
  return null;
}

/** Lines without `f` are transactions as Elle writes them. */
function jsonLines(text: string): HistoryFormat {
  return /"f"\s*:/.test(firstLine(text)) ? 'jsonl' : 'elle-json';
}

function firstLine(text: string): string {
  return text.trimStart().split('\n', 1)[0]!;
}

/** The beginning of gzipped content; the rest of it is not there, so errors after the first bytes mean nothing. */
function unzippedHead(head: Buffer): Promise<Buffer> {
  return new Promise((resolve) => {
    const gunzip = createGunzip();
    const parts: Buffer[] = [];
    gunzip.on('data', (part: Buffer) => parts.push(part));
    gunzip.on('error', () => resolve(Buffer.concat(parts)));
    gunzip.on('end', () => resolve(Buffer.concat(parts)));
    gunzip.end(head);
  });
}
