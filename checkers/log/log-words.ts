/**
 * How the checkers of replicated logs word what they found.
 */
import type { History } from '../../harness/history/history.ts';
import type { Step } from '../../harness/verdict.ts';
import { instant } from '../quantiles.ts';
import type { LogEntry, Reading } from './observed-logs.ts';

/** `n1 (3.204 s)`: a node and when it told of its log. */
export function told(history: History, reading: Reading): string {
  return `${reading.node} (${instant(history.time(reading.ret))})`;
}

/** `entry 7 of term 3`. */
export function entryWords(position: number, entry: LogEntry): string {
  return entry.term === null ? `entry ${position}` : `entry ${position} of term ${entry.term}`;
}

/** A step about one or more readings; a reading is cited once. */
export function readingStep(text: string, ...readings: readonly Reading[]): Step {
  const ops = readings.flatMap(({ call, ret }) => (call === ret ? [ret] : [call, ret]));
  return { text, ops: [...new Set(ops)].sort((a, b) => a - b) };
}

/** The note of a history in which no node showed its log. */
export const NO_LOGS = 'no node showed its log';

/** Forms in which the log checkers read operations. */
export const LOG_READS = {
  log: 'log -> {read, from, entries: [[term, value]...], last, commit, prevTerm?, term?, leading?, life?, gap?}, by observer:<node>',
};
