/**
 * State machine safety: what is committed at a position of the log is the same at every node, and stays. Judged by
 * values alone, so it holds for every protocol with a replicated log; of terms it asks nothing.
 */
import type { CheckerOptions } from '../../harness/contracts.ts';
import type { History } from '../../harness/history/history.ts';
import type { CheckerResult } from '../../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from '../contract.ts';
import { Evidence, Meter } from '../evidence.ts';
import { instant } from '../quantiles.ts';
import { LOG_READS, NO_LOGS, readingStep, told } from './log-words.ts';
import { type LogEntry, NodeLog, observedLogs, type Reading } from './observed-logs.ts';

/** An entry known to be committed: what it is, and the reading that said that it is committed. */
interface Committed {
  entry: LogEntry;
  by: Reading;
}

/** Judges what nodes say they committed. O(n + entries). */
export function stateMachineSafety(
  history: History,
  _options: CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  const meter = new Meter(budget);
  const evidence = new Evidence(history);
  const logs = observedLogs(history);
  const judge = new CommitJudge(history, evidence);
  for (const reading of logs.readings) {
    if (meter.over(1 + reading.entries.length)) break;
    judge.take(reading);
  }
  return evidence.conclude(
    {
      nodes: logs.nodes,
      readings: logs.readings.length,
      unanswered: logs.unanswered,
      unreadable: logs.unreadable,
      committed: judge.positions,
    },
    {
      stopped: meter.stopped,
      vacuous:
        logs.readings.length === 0
          ? NO_LOGS
          : judge.positions === 0
            ? 'nothing was known to be committed'
            : null,
    },
  );
}

class CommitJudge {
  readonly #history: History;
  readonly #evidence: Evidence;
  /** By position: what was first seen committed there. */
  readonly #first: (Committed | undefined)[] = [];
  readonly #logs = new Map<string, NodeLog>();
  /** By node: positions up to which its committed entries were compared. */
  readonly #compared = new Map<string, number>();
  readonly #last = new Map<string, Reading>();
  positions = 0;

  constructor(history: History, evidence: Evidence) {
    this.#history = history;
    this.#evidence = evidence;
  }

  take(reading: Reading): void {
    const log = this.#logOf(reading.node);
    if (log.committedBy !== null) this.#judgeKept(log, reading);
    const before = this.#last.get(reading.node);
    if (before !== undefined && reading.commit < before.commit) this.#judgeBack(before, reading);
    this.#last.set(reading.node, reading);
    log.apply(reading);
    const compared = Math.min(this.#compared.get(reading.node) ?? 0, reading.from - 1);
    const end = Math.min(reading.commit, log.entries.length - 1);
    for (let i = compared + 1; i <= end; i++) this.#compare(i, log.entries[i], reading);
    this.#compared.set(reading.node, end);
  }

  #logOf(node: string): NodeLog {
    let log = this.#logs.get(node);
    if (log === undefined) this.#logs.set(node, (log = new NodeLog()));
    return log;
  }

  #compare(position: number, entry: LogEntry | undefined, by: Reading): void {
    if (entry === undefined) return;
    const first = this.#first[position];
    if (first === undefined) {
      this.#first[position] = { entry, by };
      this.positions++;
      return;
    }
    if (first.entry.value === entry.value) return;
    this.#evidence.add('different-commits', () => ({
      sentence:
        `A position of the log is committed once, but ${position} was committed as one entry at ` +
        `${told(this.#history, first.by)} and as another at ${told(this.#history, by)}.`,
      steps: [
        readingStep(`${first.by.node} had committed position ${position}.`, first.entry.by, first.by),
        readingStep(`${by.node} had committed another entry there.`, entry.by, by),
      ],
      detail: { position, nodes: [first.by.node, by.node], terms: [first.entry.term, entry.term] },
    }));
  }

  /** Committed entries stay: the log does not get shorter than what was committed in it. */
  #judgeKept(log: NodeLog, reading: Reading): void {
    if (reading.last >= log.commit) return;
    const by = log.committedBy!;
    const { commit } = log;
    this.#evidence.add('committed-entry-dropped', () => ({
      sentence:
        `What is committed stays, but ${reading.node} had committed up to position ${commit} ` +
        `(${instant(this.#history.time(by.ret))}) and its log ended at ${reading.last} ` +
        `(${instant(this.#history.time(reading.ret))}).`,
      steps: [
        readingStep(`${by.node} had committed up to position ${commit}.`, by),
        readingStep(`Its log ended at position ${reading.last}.`, reading),
      ],
      detail: { node: reading.node, commit, last: reading.last },
    }));
  }

  /** A node that was not started anew between does not forget what it knew to be committed. */
  #judgeBack(before: Reading, reading: Reading): void {
    if (reading.life === null || reading.life !== before.life) return;
    this.#evidence.add('commit-went-back', () => ({
      sentence:
        `A running node does not forget what is committed, but ${reading.node} had committed up to ` +
        `${before.commit} (${instant(this.#history.time(before.ret))}) and then only up to ${reading.commit} ` +
        `(${instant(this.#history.time(reading.ret))}).`,
      steps: [
        readingStep(`${before.node} had committed up to position ${before.commit}.`, before),
        readingStep(`Later, not restarted, only up to ${reading.commit}.`, reading),
      ],
      detail: { node: reading.node, from: before.commit, to: reading.commit },
    }));
  }
}

/** The `state-machine-safety` checker. */
export const stateMachineSafetyChecker: Checker = {
  name: 'state-machine-safety',
  summary: 'no two nodes commit different entries at one position of the log, and what is committed stays',
  options: {},
  reads: LOG_READS,
  anomalies: {
    'different-commits': 'two different entries committed at one position',
    'committed-entry-dropped': "a node's log ends before what it had committed",
    'commit-went-back': 'a running node knows less to be committed than before',
  },
  check: stateMachineSafety,
};
