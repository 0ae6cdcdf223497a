/**
 * Runs the search over many keys in rounds of growing depth and turns what it finds into anomalies.
 */
import type { Json } from '../../harness/op.ts';
import type { Anomaly } from '../../harness/verdict.ts';
import { Deepening } from './decide.ts';
import { confirmed, explain } from './explain.ts';
import type { Inquiry } from './linearizable.ts';
import { OPEN, type Problem, problemOf } from './problem.ts';
import { shrink } from './shrink.ts';

/** A key left to the search. */
export interface SearchPart {
  key: number;
  calls: Int32Array;
}

/** What the search found out about all of them. */
export interface SearchReport {
  violated: number;
  anomalies: Anomaly[];
  stats: { [name: string]: Json };
  /** When something stayed open: how far it got and what would settle it. */
  note: string | null;
}

interface Running extends SearchPart {
  problem: Problem;
  search: Deepening;
}

/** Decides every part, or says why not. Rounds end once a violation is found: deeper ones find no better. */
export function searchParts(inquiry: Inquiry, parts: readonly SearchPart[]): SearchReport {
  const all = parts.map((part) => start(inquiry, part));
  const anomalies: Anomaly[] = [];
  const doubts: string[] = [];
  let open = all;
  let violated = 0;
  for (let round = 0; open.length > 0 && violated === 0; round++) {
    const still: Running[] = [];
    for (const part of open) {
      if (!part.search.round(round, inquiry)) still.push(part);
      else if (part.search.decision!.verdict === 'invalid') {
        const anomaly = anomalyOf(inquiry, part);
        if (typeof anomaly === 'string') {
          doubts.push(anomaly);
          continue;
        }
        violated++;
        anomalies.push(anomaly);
      }
    }
    open = still;
  }
  const undecided = all.filter((part) => (part.search.decision?.verdict ?? 'unknown') === 'unknown');
  const note = undecided.length > 0 ? noteOf(inquiry, all, undecided) : (doubts[0] ?? null);
  return { violated, anomalies, stats: statsOf(all, undecided), note };
}

function start(inquiry: Inquiry, part: SearchPart): Running {
  const { history, model, outcomes, initial } = inquiry;
  const problem = problemOf(history, model, outcomes, part.calls, initial);
  return { ...part, problem, search: new Deepening(problem, problem.ret.includes(OPEN)) };
}

/** The anomaly, or, should our own search have been wrong, a note that says so. */
function anomalyOf(inquiry: Inquiry, part: Running): Anomaly | string {
  const core = shrink(part.problem, part.search.decision!.stuckAt);
  if (core === null || !confirmed(core)) {
    return 'a search found a violation that a second look did not confirm: this is a fault of the checker';
  }
  return explain(inquiry.history, core, part.key);
}

function statsOf(all: readonly Running[], undecided: readonly Running[]): { [name: string]: Json } {
  const decisions = all.map((part) => part.search.decision).filter((decision) => decision !== null);
  return {
    keys: all.length,
    undecided: undecided.length,
    steps: decisions.reduce((sum, { steps }) => sum + steps, 0),
    mostConfigurations: decisions.reduce((max, { configurations }) => Math.max(max, configurations), 0),
    settledByBounds: decisions.filter(({ by }) => by !== 'exact').length,
  };
}

function noteOf(inquiry: Inquiry, all: readonly Running[], undecided: readonly Running[]): string {
  const worst = undecided.reduce((a, b) => (b.problem.size > a.problem.size ? b : a));
  const optional = worst.problem.ret.reduce((count, ret) => count + (ret === OPEN ? 1 : 0), 0);
  const name = worst.key < 0 ? 'the object' : `key ${JSON.stringify(inquiry.history.values.get(worst.key))}`;
  const why = inquiry.budget.spend(0) ? 'limit of steps or configurations' : inquiry.budget.reason;
  return (
    `${undecided.length} of ${all.length} keys stayed open at the ${why}; the largest, ${name}, has ` +
    `${worst.problem.size} operations, ${optional} of them of unknown outcome, in ` +
    `${worst.problem.table.classes} kinds. Values that are written only once would settle it.`
  );
}
