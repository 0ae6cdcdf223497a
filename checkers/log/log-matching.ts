/**
 * Log matching (Ongaro and Ousterhout, 2014, section 5.3): two logs that hold an entry of one term at one position
 * are equal up to there. By induction it is enough that such entries have one value and a predecessor of one term.
 */
import type { CheckerOptions } from '../../harness/contracts.ts';
import type { History } from '../../harness/history/history.ts';
import type { CheckerResult } from '../../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from '../contract.ts';
import { Evidence, Meter } from '../evidence.ts';
import { entryWords, LOG_READS, NO_LOGS, readingStep, told } from './log-words.ts';
import { type LogEntry, NodeLog, observedLogs, type Reading } from './observed-logs.ts';

/** An entry as it was first seen at its position and term; the term before it, null while unknown. */
interface Seen {
  entry: LogEntry;
  prev: { term: number; by: Reading } | null;
}

/** Judges all logs that nodes showed, of all times together. O(n + entries). */
export function logMatching(
  history: History,
  _options: CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  const meter = new Meter(budget);
  const evidence = new Evidence(history);
  const logs = observedLogs(history);
  const byNode = new Map<string, NodeLog>();
  const seen = new Map<string, Seen>();
  let untermed = 0;
  for (const reading of logs.readings) {
    if (meter.over(1 + reading.entries.length)) break;
    let log = byNode.get(reading.node);
    if (log === undefined) byNode.set(reading.node, (log = new NodeLog()));
    log.apply(reading);
    for (const [i, entry] of reading.entries.entries()) {
      const position = reading.from + i;
      if (entry.term === null) {
        untermed++;
        continue;
      }
      compare(history, evidence, seen, position, entry, termBefore(log, reading, position));
    }
  }
  return evidence.conclude(
    {
      nodes: logs.nodes,
      readings: logs.readings.length,
      unanswered: logs.unanswered,
      unreadable: logs.unreadable,
      entries: logs.entries,
      positions: seen.size,
    },
    {
      stopped: meter.stopped,
      vacuous:
        logs.readings.length === 0
          ? NO_LOGS
          : seen.size === 0
            ? untermed > 0
              ? 'no entry of a log told its term'
              : 'every log was empty'
            : null,
    },
  );
}

/** Term of the entry before a position, and the reading that told it. Before the first it is 0. */
function termBefore(log: NodeLog, reading: Reading, position: number): Seen['prev'] {
  if (position === 1) return { term: 0, by: reading };
  const before = log.entries[position - 1];
  if (before !== undefined) return before.term === null ? null : { term: before.term, by: before.by };
  const first = position === reading.from && reading.prevTerm !== null;
  return first ? { term: reading.prevTerm!, by: reading } : null;
}

function compare(
  history: History,
  evidence: Evidence,
  seen: Map<string, Seen>,
  position: number,
  entry: LogEntry,
  prev: Seen['prev'],
): void {
  const name = `${position} ${entry.term}`;
  const first = seen.get(name);
  if (first === undefined) {
    seen.set(name, { entry, prev });
    return;
  }
  const what = entryWords(position, entry);
  const [a, b] = [first.entry.by, entry.by];
  if (first.entry.value !== entry.value) {
    evidence.add('log-mismatch', () => ({
      sentence:
        `Logs that agree on position and term must agree on the entry, but ${what} was one thing at ` +
        `${told(history, a)} and another at ${told(history, b)}.`,
      steps: [
        readingStep(`${a.node} held ${what}.`, a),
        readingStep(`${b.node} held another entry at the same position and of the same term.`, b),
      ],
      detail: { position, term: entry.term, nodes: [a.node, b.node] },
    }));
  } else if (first.prev !== null && prev !== null && first.prev.term !== prev.term) {
    const [x, y] = [first.prev, prev];
    evidence.add('log-history-mismatch', () => ({
      sentence:
        `Logs that share an entry must be equal before it, but before ${what} stood one of term ${x.term} at ` +
        `${told(history, a)} and one of term ${y.term} at ${told(history, b)}.`,
      steps: [
        readingStep(`${a.node} held ${what} after an entry of term ${x.term}.`, a, x.by),
        readingStep(`${b.node} held it after an entry of term ${y.term}.`, b, y.by),
      ],
      detail: { position, term: entry.term, nodes: [a.node, b.node] },
    }));
  } else if (first.prev === null) first.prev = prev;
}

/** The `log-matching` checker. */
export const logMatchingChecker: Checker = {
  name: 'log-matching',
  summary: 'replicated logs that share an entry (position and term) are equal up to it',
  options: {},
  reads: LOG_READS,
  anomalies: {
    'log-mismatch': 'two different entries of one term at one position',
    'log-history-mismatch': 'one entry, with predecessors of different terms',
  },
  check: logMatching,
};
