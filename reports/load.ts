/**
 * Run folder -> ReportModel. Reads what is there; what is missing, torn or unreadable becomes a sentence in
 * `problems`, never an exception: the folder of a run that was killed is exactly the one people want to read.
 */
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { createInterface } from 'node:readline';
import { historyOf } from '../harness/history/builder.ts';
import type { History } from '../harness/history/history.ts';
import { readJsonl } from '../harness/history/jsonl.ts';
import { RUN_FILES } from '../harness/store/files.ts';
import { assembleModel } from './assemble.ts';
import { type MessageLog, readMessages } from './messages.ts';
import type { LogExcerpt, ReportModel } from './model.ts';

/** Lines kept from the start and the end of each log, and crash lines kept in between. */
const HEAD_LINES = 20;
const TAIL_LINES = 40;
const CRASH_LINES = 40;
/** Longest line shown, in characters. */
const LINE_LIMIT = 500;
/** Logs longer than this are shown from their end only. */
const SCAN_BYTES = 32e6;

const CRASH =
  /\b(panic|fatal|segfault|segmentation fault|assertion (failed|error)|uncaught|unhandled|traceback|out of memory|corrupt(ed|ion)?|stack trace)\b/i;

/** Options of `loadReportModel`. */
export interface LoadOptions {
  /** A history already in memory, to spare reading it again. */
  history?: History;
  /** Also read the journal of messages, which only the page shows. */
  messages?: boolean;
}

/** The model of the run in `folder`. */
export async function loadReportModel(folder: string, options: LoadOptions = {}): Promise<ReportModel> {
  const problems: string[] = [];
  const [run, plan, verdict] = await Promise.all(
    [RUN_FILES.run, RUN_FILES.plan, RUN_FILES.verdict].map((name) => readJson(folder, name, problems)),
  );
  const history = options.history ?? (await readHistory(folder, problems));
  const logs = await readLogs(folder, problems);
  const messageLog = options.messages === true ? await readJournal(folder, problems) : null;
  return assembleModel({ folder, run, plan, verdict, history, logs, problems, messageLog });
}

/** The journal of messages: not every backend keeps one. */
async function readJournal(folder: string, problems: string[]): Promise<MessageLog | null> {
  try {
    const log = await readMessages(join(folder, RUN_FILES.messages));
    if (log !== null && log.unread > 1)
      problems.push(`${RUN_FILES.messages}: ${log.unread} lines could not be read`);
    return log;
  } catch (error) {
    if (!isMissing(error)) problems.push(`${RUN_FILES.messages} cannot be read: ${messageOf(error)}`);
    return null;
  }
}

async function readJson(folder: string, name: string, problems: string[]): Promise<unknown> {
  let content: string;
  try {
    content = await readFile(join(folder, name), 'utf8');
  } catch (error) {
    problems.push(`${name} ${isMissing(error) ? 'is missing' : `cannot be read: ${messageOf(error)}`}`);
    return undefined;
  }
  try {
    return JSON.parse(content);
  } catch (error) {
    problems.push(`${name} is not JSON (${messageOf(error)})`);
    return undefined;
  }
}

async function readHistory(folder: string, problems: string[]): Promise<History> {
  try {
    await stat(join(folder, RUN_FILES.history));
    const { history, notes } = await readJsonl(join(folder, RUN_FILES.history));
    problems.push(...notes);
    return history;
  } catch (error) {
    const what = isMissing(error) ? 'is missing' : `cannot be read: ${messageOf(error)}`;
    problems.push(`${RUN_FILES.history} ${what}`);
    return historyOf([]);
  }
}

async function readLogs(folder: string, problems: string[]): Promise<LogExcerpt[]> {
  const root = join(folder, RUN_FILES.logs);
  const logs: LogExcerpt[] = [];
  let entries: string[];
  try {
    entries = (await readdir(root, { recursive: true })).sort();
  } catch {
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
  let number = 0;
  const stream = createReadStream(path, { start: from, encoding: 'utf8' });
  for await (const text of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    const line = { number, text: text.slice(0, LINE_LIMIT), crash: CRASH.test(text) };
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
  return { node, path: shown, bytes, lines, partial: lines.length < number || from > 0 };
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
