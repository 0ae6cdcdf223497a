/**
 * Leader completeness: an entry that was committed in one term is in the log of the leader of every later one. A
 * node in term t that knows an entry to be committed shows that it was committed in t or before; so a leader of a
 * later term must hold it, whichever of the two was seen first.
 */
import type { CheckerOptions } from '../../harness/contracts.ts';
import type { History } from '../../harness/history/history.ts';
import type { CheckerResult } from '../../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from '../contract.ts';
import { Evidence, Meter } from '../evidence.ts';
import { instant } from '../quantiles.ts';
import { entryWords, LOG_READS, NO_LOGS, readingStep } from './log-words.ts';
import { type LogEntry, NodeLog, type ObservedLogs, observedLogs, type Reading } from './observed-logs.ts';

/** An entry that was committed no later than in `term`, as `by` shows. */
interface Committed {
  entry: LogEntry;
  term: number;
  by: Reading;
}

/** A leader of which it was told what it lacks; what follows is of the same making. */
const LACKING = -1;

/** Judges the logs of leaders. O(n + entries + leaders * log). */
export function leaderCompleteness(
  history: History,
  _options: CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  const meter = new Meter(budget);
  const evidence = new Evidence(history);
  const logs = observedLogs(history);
  const committed = commits(logs, meter);
  const leaders = new Set<string>();
  const byNode = new Map<string, NodeLog>();
  /** By node: the term it was found to lead, and up to where its log holds what it must, not touched since. */
  const held = new Map<string, { term: number; upTo: number }>();
  const wanting = new Set<string>();
  for (const reading of logs.readings) {
    if (meter.over(1 + reading.entries.length)) break;
    const log = apply(byNode, reading);
    const { node, term } = reading;
    const known = held.get(node);
    if (known !== undefined) known.upTo = Math.min(known.upTo, reading.follows ? reading.from - 1 : 0);
    if (!reading.leading || term === null) continue;
    const name = `${node} ${term}`;
    leaders.add(name);
    if (wanting.has(name)) continue;
    const from = (known?.term === term ? known.upTo : 0) + 1;
    const upTo = judge(history, evidence, { committed, log, reading, from, meter });
    if (upTo === LACKING) wanting.add(name);
    else held.set(node, { term, upTo });
  }
  return evidence.conclude(
    {
      nodes: logs.nodes,
      readings: logs.readings.length,
      unanswered: logs.unanswered,
      unreadable: logs.unreadable,
      leaders: leaders.size,
      committed: committed.length === 0 ? 0 : committed.length - 1,
    },
    { stopped: meter.stopped, vacuous: lacking(logs, leaders, committed) },
  );
}

function lacking(
  logs: ObservedLogs,
  leaders: ReadonlySet<string>,
  committed: readonly unknown[],
): string | null {
  if (logs.readings.length === 0) return NO_LOGS;
  if (logs.readings.every((reading) => reading.term === null)) return 'no node told its term with its log';
  if (leaders.size === 0) return 'no leader showed its log';
  return committed.length === 0 ? 'nothing was known to be committed' : null;
}

/** By position: what was committed there, as the lowest term shows it. Where all is known, terms never fall along it. */
function commits(logs: ObservedLogs, meter: Meter): Committed[][] {
  const found: Committed[][] = [];
  const byNode = new Map<string, NodeLog>();
  const done = new Map<string, { upTo: number; term: number }>();
  for (const reading of logs.readings) {
    if (meter.over(1 + reading.entries.length)) break;
    const log = apply(byNode, reading);
    const { term } = reading;
    if (term === null) continue;
    const before = done.get(reading.node);
    // A term never falls at a node, so what was noted under an older term needs no second look.
    const known = before !== undefined && before.term <= term ? before.upTo : 0;
    const from = Math.min(known, reading.follows ? reading.from - 1 : 0);
    const end = Math.min(reading.commit, log.entries.length - 1);
    for (let i = from + 1; i <= end; i++) {
      const entry = log.entries[i];
      if (entry !== undefined) note(found, i, { entry, term, by: reading });
    }
    done.set(reading.node, { upTo: end, term });
  }
  return found;
}

/** Keeps the lowest term of each value; there is more than one only where safety is broken already. */
function note(found: Committed[][], position: number, shown: Committed): void {
  const here = (found[position] ??= []);
  const at = here.findIndex((each) => each.entry.value === shown.entry.value);
  if (at < 0) here.push(shown);
  else if (shown.term < here[at]!.term) here[at] = shown;
}

function apply(byNode: Map<string, NodeLog>, reading: Reading): NodeLog {
  let log = byNode.get(reading.node);
  if (log === undefined) byNode.set(reading.node, (log = new NodeLog()));
  log.apply(reading);
  return log;
}

/** Compares a leader's log; returns up to where it holds what it must, or LACKING when an entry it lacks was told. */
function judge(
  history: History,
  evidence: Evidence,
  about: {
    committed: readonly (readonly Committed[])[];
    log: NodeLog;
    reading: Reading;
    from: number;
    meter: Meter;
  },
): number {
  const { committed, log, reading, from, meter } = about;
  for (let i = from; i < committed.length; i++) {
    if (meter.over(1)) return i - 1;
    const here = committed[i] ?? [];
    if (here.length > 0 && here.every((each) => each.term >= reading.term!)) return i - 1;
    const has = log.entries[i];
    const absent = i > reading.last;
    const must = here.find(
      (each) =>
        each.term < reading.term! && (absent || (has !== undefined && has.value !== each.entry.value)),
    );
    if (must === undefined) continue;
    evidence.add('committed-entry-missing', () => {
      const what = entryWords(i, must.entry);
      const instead = absent ? `its log ended at ${reading.last}` : 'it held another entry there';
      const late = has === undefined ? [reading] : [has.by, reading];
      return {
        sentence:
          `The leader of a term holds all that was committed before, but ${reading.node} led term ` +
          `${reading.term} (${instant(history.time(reading.ret))}) without ${what}, committed by term ` +
          `${must.term}; ${instead}.`,
        steps: [
          readingStep(
            `${must.by.node}, in term ${must.term}, knew ${what} to be committed.`,
            must.entry.by,
            must.by,
          ),
          readingStep(
            absent
              ? `${reading.node} led term ${reading.term}, its log ending at ${reading.last}.`
              : `${reading.node} led term ${reading.term} with another entry at ${i}.`,
            ...late,
          ),
        ],
        detail: { position: i, leader: reading.node, term: reading.term, committedInTerm: must.term },
      };
    });
    return LACKING;
  }
  return committed.length - 1;
}

/** The `leader-completeness` checker. */
export const leaderCompletenessChecker: Checker = {
  name: 'leader-completeness',
  summary: 'what was committed in one term is in the log of the leader of every later one',
  options: {},
  reads: LOG_READS,
  anomalies: { 'committed-entry-missing': 'a leader lacks an entry committed in an earlier term' },
  check: leaderCompleteness,
};
