/**
 * As many operations as fit into a page of bounded size. All of them when they do; of more, those of every anomaly with
 * some around each, some around every edge of a fault, and an even sample of the whole run: never its beginning alone,
 * for the end is where it broke. Only deflating tells how many bytes operations take, so it is tried, and tried again
 * with as many as would have fitted.
 */
import { deflateRawSync } from 'node:zlib';
import type { ReportModel } from '../model.ts';
import { neededAround } from './around.ts';
import { CHUNK_ROWS, encodeRows } from './codec.ts';
import { ROW_LIMIT, type Rows, rowsOf, TEXT_LIMIT } from './rows.ts';

/** Largest page, in bytes. */
export const PAGE_BYTES = 30_000_000;
/** History lines kept before and after each operation of an anomaly and each edge of a fault. */
const AROUND = 200;
/** What was estimated to fit is reduced to this share of it, since estimates are estimates. */
const CAUTION = 0.93;
/** No page has a sample of fewer. */
const FEWEST = 16;

/** Rows of up to 65,536 operations: columns and the texts first used in them, deflated. */
export interface Block {
  rows: number;
  columns: Buffer;
  texts: Buffer;
}

/** What of a run its page holds. */
export interface Fitted {
  rows: Rows;
  blocks: Block[];
}

interface Attempt {
  limit: number;
  around: number;
  textLimit: number;
}

/**
 * Rows whose blocks take at most the room that `roomFor` says is left beside them, in bytes of the page. Builds them at
 * most about a dozen times, each time stopping where the room ends; holds one set of rows and blocks at a time.
 */
export function fitRows(model: ReportModel, limit: number, roomFor: (rows: Rows) => number): Fitted {
  let attempt: Attempt = { limit: Math.min(limit, ROW_LIMIT), around: AROUND, textLimit: TEXT_LIMIT };
  for (;;) {
    const needed = neededAround(model, attempt.around);
    const rows = rowsOf(model.history, needed, attempt.limit, attempt.textLimit);
    const { blocks, share } =
      rows.texted < 1 ? { blocks: [], share: rows.texted } : encode(rows, roomFor(rows));
    if (share === 1 || attempt.textLimit < 8) return { rows, blocks };
    attempt = smaller(attempt, rows, share);
  }
}

/** What to try when only a share of the rows found room. */
function smaller({ limit, around, textLimit }: Attempt, rows: Rows, share: number): Attempt {
  const fitting = Math.max(FEWEST, Math.floor(rows.count * share * CAUTION));
  const sampled = Math.min(limit, rows.total);
  const needed = rows.count - sampled;
  // At least a quarter is for the run as a whole; what is around anomalies gives way before that.
  if (fitting - needed >= fitting / 4) return { limit: fitting - needed, around, textLimit };
  if (around > 0) return { limit: Math.ceil(fitting / 4), around: Math.floor(around / 4), textLimit };
  return { limit: Math.ceil(fitting / 4), around, textLimit: Math.floor(textLimit / 2) };
}

/** Blocks of the rows, and the share of the rows that found room. */
function encode(rows: Rows, room: number): { blocks: Block[]; share: number } {
  const blocks: Block[] = [];
  let left = room;
  for (let from = 0; from < rows.count; from += CHUNK_ROWS) {
    const to = Math.min(rows.count, from + CHUNK_ROWS);
    const columns = deflateRawSync(encodeRows(rows.columns, from, to), { level: 6 });
    const words = JSON.stringify(rows.texts[blocks.length]);
    const texts = deflateRawSync(Buffer.from(words, 'utf8'), { level: 6 });
    const block = { rows: to - from, columns, texts };
    const bytes = pageBytes(block);
    if (bytes > left) return { blocks: [], share: (from + (to - from) * (left / bytes)) / rows.count };
    left -= bytes;
    blocks.push(block);
  }
  return { blocks, share: 1 };
}

/** Bytes of a block in the page: base64 and the element around it. */
function pageBytes({ columns, texts }: Block): number {
  return Math.ceil((columns.length + texts.length) / 3) * 4 + 100;
}
