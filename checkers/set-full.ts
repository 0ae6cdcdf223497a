/**
 * Sets, judged from every read: which added elements stayed, which were lost, how long each took to be seen.
 *
 * The streaming form of Jepsen's set-full: reads are numbered by invocation, each element remembers the last
 * read that had it and the last that could have had it and did not, so the cost is the total size of the reads
 * and not elements times reads.
 */
import type { CheckerOptions } from '../harness/contracts.ts';
import type { History } from '../harness/history/history.ts';
import type { Json } from '../harness/op.ts';
import type { Anomaly, CheckerResult } from '../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from './contract.ts';
import { booleanOption } from './options.ts';
import { inTime, Pace } from './pace.ts';
import { quantilesMs } from './quantiles.ts';
import { type Fates, judgeElements } from './set/elements.ts';
import { explainSet, type SetKind } from './set/explain.ts';
import { readSet } from './set/read-set.ts';

const MAX_ANOMALIES = 10;

/** Judges adds and reads of one set. Options: `linearizable`. O(total size of the reads). */
export function setFull(
  history: History,
  options: CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  const linearizable = booleanOption(options, 'linearizable', false);
  return inTime(
    () => judge(history, linearizable, budget),
    () => {
      const note = `stopped at the ${budget.reason} before every read was judged; a higher limit would settle it`;
      return { verdict: 'unknown', anomalies: [], stats: {}, note };
    },
  );
}

function judge(history: History, linearizable: boolean, budget: Budget): CheckerResult {
  const pace = new Pace(budget);
  const ops = readSet(history, pace);
  const fates = judgeElements(history, ops, budget, pace);
  const stats = statsOf(fates);
  const wrong: [SetKind, readonly number[]][] = [
    ['lost', fates.lost],
    ['phantom', [...fates.phantoms, ...fates.early.keys()]],
    ['resurrected', fates.resurrected],
    ['duplicated', fates.duplicated],
    ['stale', linearizable ? [...fates.stale, ...fates.unsettled] : []],
  ];
  const anomalies: Anomaly[] = [];
  let count = 0;
  for (const [kind, elements] of wrong) {
    count += elements.length;
    for (const element of elements.slice(0, MAX_ANOMALIES)) {
      anomalies.push(explainSet(history, fates, kind, element));
    }
  }
  if (count > 0) {
    return { verdict: 'fail', anomalies: anomalies.slice(0, MAX_ANOMALIES), anomalyCount: count, stats };
  }
  if (!fates.complete) {
    const note = `stopped at the ${budget.reason} after ${fates.readsJudged} of ${ops.reads.length} reads; a higher limit would settle the rest`;
    return { verdict: 'unknown', anomalies, stats, note };
  }
  if (fates.unsettled.length > 0) {
    const note =
      `${fates.unsettled.length} acknowledged elements were missing from the last reads, which were made ` +
      'before everything had healed; final reads would settle whether they are lost';
    return { verdict: 'unknown', anomalies, stats, note };
  }
  const note = evidenceMissing(fates);
  if (note !== null) return { verdict: 'vacuous', anomalies, stats, note };
  return { verdict: 'pass', anomalies, stats };
}

function evidenceMissing(fates: Fates): string | null {
  if (fates.acknowledged === 0) return 'no add was acknowledged';
  if (fates.readsJudged === 0) return 'no read was acknowledged, so nothing is known of what was added';
  if (fates.neverRead.length === fates.acknowledged) {
    return 'no read was invoked after an add was acknowledged; a final read would settle it';
  }
  return null;
}

function statsOf(fates: Fates): Record<string, Json> {
  const sample = (elements: readonly number[]): Json => ({
    count: elements.length,
    first: elements.slice(0, 8).map((element) => fates.values[element]!),
  });
  return {
    attempted: fates.attempted,
    acknowledged: fates.acknowledged,
    reads: fates.readsJudged,
    stable: fates.stable,
    lost: sample(fates.lost),
    unsettled: sample(fates.unsettled),
    neverRead: sample(fates.neverRead),
    stale: sample(fates.stale),
    duplicated: sample(fates.duplicated),
    phantom: sample([...fates.phantoms, ...fates.early.keys()]),
    resurrected: sample(fates.resurrected),
    recovered: fates.recovered,
    // From the acknowledgement of an element to the last read that should have had it and did not.
    timeToVisibilityMs: quantilesMs(fates.visibilityNs),
  };
}

/** The `set-full` checker. */
export const setFullChecker: Checker = {
  name: 'set-full',
  summary: 'no added element is lost, invented or duplicated; how long each takes to be seen',
  options: {
    linearizable: { summary: 'reads must have every element acknowledged before them', default: false },
  },
  reads: {
    add: 'add v',
    read: 'read -> [v...]',
  },
  anomalies: {
    'lost-element': 'an element that was known to be there is gone for good',
    'stale-read': 'a read lacks an element acknowledged before it (with linearizable)',
    'duplicated-element': 'an element twice in one read',
    'phantom-element': 'an element that nobody added',
    'aborted-read': 'an element whose add had failed',
  },
  check: setFull,
};
