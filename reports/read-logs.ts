/**
 * Reads what nodes printed: the start and the end of each file, what looks like a crash, and of the lines that carry a
 * time as many as a page may hold, evenly.
 */
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { createInterface } from 'node:readline';
import { RUN_FILES } from '../harness/store/files.ts';
import type { LogExcerpt, TimedLine } from './model.ts';

/** Lines kept from the start and the end of each log, and crash lines kept in between. */
const HEAD_LINES = 20;
const TAIL_LINES = 40;
const CRASH_LINES = 40;
/** Longest line shown, in characters. */
const LINE_LIMIT = 500;
/** Logs longer than this are shown from their end only. */
const SCAN_BYTES = 32e6;

/** Words of crashes; as a part of the name of an option (`initial-corrupt-check`) they say nothing. */
const CRASH =
  /(?<![\w-])(panic|fatal|segfault|segmentation fault|assertion (failed|error)|uncaught|unhandled|traceback|out of memory|corrupt(ed|ion)?|stack trace)(?![\w-])/i;
/** What a program itself calls a message by the way is none, whatever its words. */
const BY_THE_WAY = /"level":\s*"(info|debug|trace)"|\blevel=(info|debug|trace)\b/i;
/** Lines with a time kept of one file; when there are more every second one is dropped, again and again. */
const TIMED_LINES = 1500;
const TIMED_LIMIT = 240;

/** The first time of day in a line, with its date: `2026-11-23T16:29:10.410Z`, `2026/11/23 16:29:10.41`, also inside JSON. */
const STAMP = /(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?\s?(Z|[+-]\d\d:?\d\d)?/;

/** Milliseconds since the epoch of the time a line begins with or names early; null when it has none. Without a zone: UTC. */
export function stampOf(text: string): number | null {
  const match = STAMP.exec(text.slice(0, 160));
  if (match === null) return null;
  const [, year, month, day, hour, minute, second, fraction = '0', zone = 'Z'] = match;
  const base = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  const offset =
    zone === 'Z'
      ? 0
      : Number(zone.slice(0, 3)) * 60 + Math.sign(Number(`${zone[0]}1`)) * Number(zone.slice(-2));
  const ms = base + Number(`0.${fraction}`) * 1000 - offset * 60_000;
  return Number.isFinite(ms) ? ms : null;
}

/** Lines with a time, thinned out when they become too many; what looks like a crash always stays. */
class TimedLines {
  lines: TimedLine[] = [];
  #every = 1;
  #seen = 0;

  add({ number, text, crash }: { number: number; text: string; crash: boolean }): void {
    const wallMs = stampOf(text);
    if (wallMs === null || (this.#seen++ % this.#every !== 0 && !crash)) return;
    this.lines.push({ number, text: text.slice(0, TIMED_LIMIT), crash, wallMs });
    if (this.lines.length <= TIMED_LINES) return;
    this.#every *= 2;
    this.lines = this.lines.filter((line, i) => i % 2 === 0 || line.crash).slice(-TIMED_LINES);
  }
}

/** Excerpts of every file below `logs/`; what cannot be read is told in `problems`. */
export async function readLogs(folder: string, problems: string[]): Promise<LogExcerpt[]> {
  const root = join(folder, RUN_FILES.logs);
  const logs: LogExcerpt[] = [];
  let entries: string[];
  try {
    entries = (await readdir(root, { recursive: true })).sort();
  } catch (error) {
    // A run of before its nodes were started has none.
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') problems.push(`the logs cannot be read: ${message}`);
    return logs;
  }
  for (const entry of entries) {
    const path = join(root, entry);
    try {
      const info = await stat(path);
      if (!info.isFile() || info.size === 0) continue;
      logs.push(await excerptOf(path, info.size, relative(folder, path), entry.split(sep)[0]!));
    } catch (error) {
      problems.push(`${RUN_FILES.logs}/${entry} cannot be read: ${messageOf(error)}`);
    }
  }
  return logs;
}

async function excerptOf(path: string, bytes: number, shown: string, node: string): Promise<LogExcerpt> {
  const from = Math.max(0, bytes - SCAN_BYTES);
  const head: LogExcerpt['lines'] = [];
  const crashes: LogExcerpt['lines'] = [];
  const tail: LogExcerpt['lines'] = [];
  const timed = new TimedLines();
  let number = 0;
  const stream = createReadStream(path, { start: from, encoding: 'utf8' });
  for await (const text of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    const line = {
      number,
      text: text.slice(0, LINE_LIMIT),
      crash: CRASH.test(text) && !BY_THE_WAY.test(text),
    };
    timed.add(line);
    if (head.length < HEAD_LINES) {
      head.push(line);
      continue;
    }
    tail.push(line);
    if (tail.length <= TAIL_LINES) continue;
    const dropped = tail.shift()!;
    if (dropped.crash && crashes.length < CRASH_LINES) crashes.push(dropped);
  }
  const lines = [...head, ...crashes, ...tail];
  return { node, path: shown, bytes, lines, partial: lines.length < number || from > 0, timed: timed.lines };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
