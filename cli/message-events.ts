/**
 * The causal events of a run, out of its messages.jsonl: every send and every delivery, at the process it
 * happened on, in the one order in which the network numbered them.
 */
import { readFileSync } from 'node:fs';
import { type EventGraph, eventGraph, NO_EVENT } from '../checkers/clocks/event-graph.ts';
import type { Json } from '../harness/op.ts';
import { UsageError } from '../harness/registry.ts';
import { Store } from '../harness/store/store.ts';
import type { Io } from './io.ts';

/** Events with what happened at each. */
export interface MessageEvents {
  graph: EventGraph;
  /** `s12` is the send numbered 12, `r15` the delivery numbered 15. */
  names: string[];
  /** `sends append to n2`, `receives append from n1`. */
  texts: string[];
  timesNs: number[];
  /** Messages the journal left out. */
  leftOut: number;
  /** What was odd about the file but harmless: a torn last line. */
  notes: string[];
}

interface Row {
  order: number;
  process: string;
  text: string;
  timeNs: number;
  name: string;
  /** Where it stands in the file, from 1. */
  line: number;
  /** Of a copy the network made. */
  copy: boolean;
  /** Number of the send that was delivered. */
  delivers: number | null;
}

/** What the first line of a journal of messages says. */
export const MESSAGES_FORMAT = 'faultline-messages/1';

/** Path of the journal of a run; throws `UsageError` when the run has none. */
export function runJournal(io: Io, run: string): string {
  const folder = new Store(io.cwd).resolve(run);
  if (folder.has('messages')) return folder.file('messages');
  throw new UsageError('this run has no journal of messages', {
    file: run,
    hint: 'the stdio backend writes one',
  });
}

/** Reads the file; throws `UsageError` when it is not a journal of messages. O(n log n). */
export function messageEvents(path: string): MessageEvents {
  const lines = readFileSync(path, 'utf8').split('\n');
  const columns = columnsOf(path, lines[0]!);
  const unsorted: Row[] = [];
  const notes: string[] = [];
  let leftOut = 0;
  for (let i = 1; i < lines.length; i++) {
    if (lines[i] === '') continue;
    // Only a tail without its newline can be torn: what a killed writer leaves.
    if (i === lines.length - 1 && !isJson(lines[i]!)) {
      notes.push(`${path}:${i + 1} is torn (the writer was stopped in the middle of it) and was ignored`);
      break;
    }
    const value = parsed(path, lines[i]!, i + 1);
    if (Array.isArray(value)) unsorted.push(...rowsOf(value, columns, i + 1));
    else if (typeof value === 'object' && value !== null) leftOut += Number(value['left_out'] ?? 0);
  }
  const rows = numbered(path, unsorted);
  const processes = [...new Set(rows.map((row) => row.process))].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
  const processIds = new Map(processes.map((name, p) => [name, p]));
  const eventOf = new Map(rows.map((row, e) => [row.order, e]));
  const sends = Int32Array.from(rows, (row) =>
    row.delivers === null ? NO_EVENT : (eventOf.get(row.delivers) ?? NO_EVENT),
  );
  const processOf = Int32Array.from(rows, (row) => processIds.get(row.process)!);
  return {
    graph: eventGraph(processes, processOf, sends),
    names: rows.map((row) => row.name),
    texts: rows.map((row) => row.text),
    timesNs: rows.map((row) => row.timeNs),
    leftOut,
    notes,
  };
}

/**
 * The rows by number, the second sendings of copies that the network made left out: it was sent once. Throws where
 * else two events have one number, as which of them a receipt belongs to could not be told.
 */
function numbered(path: string, rows: readonly Row[]): Row[] {
  const events: Row[] = [];
  for (const row of [...rows].sort((a, b) => a.order - b.order || Number(a.copy) - Number(b.copy))) {
    const before = events.at(-1);
    if (before?.order !== row.order) {
      events.push(row);
      continue;
    }
    if (row.copy && row.name === before.name && row.process === before.process) continue;
    const [first, second] = before.line <= row.line ? [before, row] : [row, before];
    throw new UsageError(`two events have the number ${row.order}: ${first.name} and ${second.name}`, {
      file: path,
      line: second.line,
      hint: `the first stands on line ${first.line}; the network numbers every send and every end once`,
    });
  }
  return events;
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

function columnsOf(path: string, header: string): Map<string, number> {
  const value = parsed(path, header, 1);
  if (
    typeof value !== 'object' ||
    value === null ||
    Array.isArray(value) ||
    value['format'] !== MESSAGES_FORMAT
  ) {
    throw new UsageError('this is not a journal of messages', {
      file: path,
      hint: `the first line says ${MESSAGES_FORMAT}`,
    });
  }
  return new Map((value['columns'] as string[]).map((name, at) => [name, at]));
}

function parsed(path: string, line: string, number: number): Json {
  try {
    return JSON.parse(line) as Json;
  } catch {
    throw new UsageError('this line is not JSON', { file: path, line: number });
  }
}

function rowsOf(values: readonly Json[], columns: ReadonlyMap<string, number>, line: number): Row[] {
  const at = (name: string): Json => values[columns.get(name)!] ?? null;
  const sent = Number(at('sent_order'));
  const ended = Number(at('end_order'));
  const fate = String(at('fate'));
  const kind = String(at('type') ?? 'message');
  const copy = String(at('marks') ?? '').includes('c');
  const rows: Row[] = [
    {
      order: sent,
      process: String(at('from')),
      text: `sends ${kind} to ${at('dest')}${fate === 'delivered' ? '' : ` (${fate})`}`,
      timeNs: Number(at('sent_ns')),
      name: `s${sent}`,
      line,
      copy,
      delivers: null,
    },
  ];
  if (fate === 'delivered') {
    rows.push({
      order: ended,
      process: String(at('dest')),
      text: `receives ${kind} from ${at('from')}`,
      timeNs: Number(at('end_ns')),
      name: `r${ended}`,
      line,
      copy,
      delivers: sent,
    });
  }
  return rows;
}
