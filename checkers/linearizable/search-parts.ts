/**
 * Runs the search over many keys in rounds of growing depth and hands on what it finds.
 */
import type { Json } from '../../harness/op.ts';
import { Deepening } from './decide.ts';
import type { Findings } from './findings.ts';
import type { Inquiry } from './inquiry.ts';
import { OPEN, type Problem, problemOf } from './problem.ts';

/** A key left to the search. */
export interface SearchPart {
  key: number;
  calls: Int32Array;
}

/** What the search found out about all of them, besides violations. */
export interface SearchReport {
  stats: { [name: string]: Json };
  /** When something stayed open: how far it got and what would settle it. */
  note: string | null;
}

interface Running extends SearchPart {
  problem: Problem;
  search: Deepening;
}

/** Decides every part, or says why not. Rounds end once a violation is found: deeper ones find no better. */
export function searchParts(inquiry: Inquiry, parts: readonly SearchPart[], found: Findings): SearchReport {
  const all = parts.map((part) => start(inquiry, part));
  let open = all;
  for (let round = 0; open.length > 0 && found.count === 0; round++) {
    const still: Running[] = [];
    for (const part of open) {
      if (!part.search.round(round, inquiry)) still.push(part);
      else if (part.search.decision!.verdict === 'invalid') {
        found.add(part.problem, part.search.decision!.stuckAt, part.key, part.calls);
      }
    }
    open = still;
  }
  const undecided = all.filter((part) => (part.search.decision?.verdict ?? 'unknown') === 'unknown');
  const note = undecided.length > 0 ? noteOf(inquiry, all, undecided) : null;
  return { stats: statsOf(all, undecided), note };
}

function start(inquiry: Inquiry, part: SearchPart): Running {
  const { history, model, outcomes, initial } = inquiry;
  const problem = problemOf(history, model, outcomes, part.calls, initial);
  return { ...part, problem, search: new Deepening(problem, problem.ret.includes(OPEN)) };
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
    `${worst.problem.table.classes} kinds. Values written only once, judged with engine auto, would settle it.`
  );
}
