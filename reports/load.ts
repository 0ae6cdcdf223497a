/**
 * Run folder -> ReportModel. Reads what is there; what is missing, torn or unreadable becomes a sentence in
 * `problems`, never an exception: the folder of a run that was killed is exactly the one people want to read.
 */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { historyOf } from '../harness/history/builder.ts';
import type { History } from '../harness/history/history.ts';
import { readJsonl } from '../harness/history/jsonl.ts';
import { RUN_FILES } from '../harness/store/files.ts';
import { assembleModel } from './assemble.ts';
import { type MessageLog, readMessages } from './messages.ts';
import type { ReportModel } from './model.ts';
import { readLogs } from './read-logs.ts';
import { readSiblings } from './siblings.ts';

/** Options of `loadReportModel`. */
export interface LoadOptions {
  /** A history already in memory, to spare reading it again. */
  history?: History;
  /** Also read the journal of messages, which only the page shows. */
  messages?: boolean;
  /** Also read how other runs of this name ended. */
  siblings?: boolean;
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
  const siblings = options.siblings === true ? await readSiblings(folder) : [];
  return assembleModel({ folder, run, plan, verdict, history, logs, problems, messageLog, siblings });
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

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
