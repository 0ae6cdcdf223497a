/**
 * What a history says about replicated logs: every reading of a node's log, with the entries it brought, and the
 * node's log as it stood then. A reading tells what is new since the one before it; where that one is missing
 * from the history, nothing is taken over from earlier ones.
 */
import { type History, INVOKE, NONE, OK } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import { ValueIds } from '../evidence.ts';

/** What a position of a log is known to hold. */
export interface LogEntry {
  term: number | null;
  /** Id of the value or digest: equal for equal ones. */
  value: number;
  /** Reading that brought it. */
  by: Reading;
}

/** One answered question for a node's log. The answer held at some instant between `call` and `ret`. */
export interface Reading {
  /** History indexes of the question and the answer. */
  call: number;
  ret: number;
  node: string;
  /** First position told of, and those it told. */
  from: number;
  entries: readonly LogEntry[];
  prevTerm: number | null;
  /** Last position of the log; those beyond what was told are there and unknown. */
  last: number;
  /** All up to here is committed, as the node says. */
  commit: number;
  term: number | null;
  leading: boolean;
  /** Differs once the node was started anew; null: not told. */
  life: string | null;
  /** It goes on where the reading before it of the same node ended: what it does not tell is as it was. */
  follows: boolean;
}

/** Every reading of a history, in order of the answers. */
export interface ObservedLogs {
  readings: Reading[];
  /** Questions without an answer. */
  unanswered: number;
  /** Answers that are no readings. */
  unreadable: number;
  entries: number;
  nodes: string[];
  values: ValueIds;
}

/** Reads every `log` of the observers. O(n + entries). */
export function observedLogs(history: History): ObservedLogs {
  const { types, processes, fs, pairs } = history.columns;
  const values = new ValueIds(history);
  const found: ObservedLogs = { readings: [], unanswered: 0, unreadable: 0, entries: 0, nodes: [], values };
  const logF = history.names.find('log');
  const numbers = new Map<string, number>();
  if (logF < 0) return found;
  for (let ret = 0; ret < history.length; ret++) {
    if (fs[ret] !== logF || processes[ret]! >= 0) continue;
    const process = String(history.process(ret));
    if (!process.startsWith('observer:')) continue;
    if (types[ret] === INVOKE) {
      if (pairs[ret] === NONE) found.unanswered++;
      continue;
    }
    if (types[ret] !== OK) {
      found.unanswered++;
      continue;
    }
    const node = history.node(ret) ?? process.slice('observer:'.length);
    const answer = asRecord(history.value(ret));
    const reading = answer === null ? null : readingOf(answer, node, pairs[ret]!, ret, values);
    if (reading === null || answer === null) {
      found.unreadable++;
      continue;
    }
    const number = answer['read'];
    reading.follows = answer['gap'] !== true && number === (numbers.get(node) ?? 0) + 1;
    if (typeof number === 'number') numbers.set(node, number);
    found.entries += reading.entries.length;
    found.readings.push(reading);
  }
  found.nodes = [...new Set(found.readings.map((reading) => reading.node))].sort();
  return found;
}

function readingOf(
  answer: { [name: string]: Json },
  node: string,
  call: number,
  ret: number,
  values: ValueIds,
): Reading | null {
  const { from, entries, last, commit, prevTerm, term, leading, life } = answer;
  if (!isPosition(from) || from === 0 || !isPosition(last) || !isPosition(commit)) return null;
  if (!Array.isArray(entries)) return null;
  const told: LogEntry[] = [];
  const reading: Reading = {
    call: call === NONE ? ret : call,
    ret,
    node,
    from,
    entries: told,
    prevTerm: typeof prevTerm === 'number' ? prevTerm : null,
    last,
    commit,
    term: typeof term === 'number' ? term : null,
    leading: leading === true,
    life: typeof life === 'string' ? life : null,
    follows: false,
  };
  for (const entry of entries) {
    if (!Array.isArray(entry) || entry.length !== 2) return null;
    const [at, value] = entry as [Json, Json];
    told.push({ term: typeof at === 'number' ? at : null, value: values.of(value), by: reading });
  }
  return reading;
}

function asRecord(value: Json): { [name: string]: Json } | null {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : null;
}

function isPosition(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** A node's log as its readings so far tell it: entries by position, where they are known. */
export class NodeLog {
  /** By position; index 0 is not used, holes are unknown. */
  readonly entries: (LogEntry | undefined)[] = [];
  /** Greatest position ever said to be committed, the reading that said it, and what stood there if known. */
  commit = 0;
  committedBy: Reading | null = null;

  /** Takes a reading over. O(its entries and those it cut off). */
  apply(reading: Reading): void {
    if (!reading.follows) this.entries.length = 0;
    this.entries.length = Math.min(this.entries.length, reading.from);
    for (const [i, entry] of reading.entries.entries()) this.entries[reading.from + i] = entry;
    this.entries.length = Math.min(this.entries.length, reading.last + 1);
    if (reading.commit > this.commit || this.committedBy === null) {
      this.commit = reading.commit;
      this.committedBy = reading;
    }
  }
}
