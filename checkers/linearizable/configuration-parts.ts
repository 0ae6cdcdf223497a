/**
 * Judges many keys by configuration sets and hands on what it finds.
 */
import type { Json } from '../../harness/op.ts';
import { judgeByConfigurations } from './by-configurations.ts';
import type { Findings } from './findings.ts';
import type { Inquiry } from './inquiry.ts';
import { problemOf } from './problem.ts';

/** A key to be judged. */
export interface SearchPart {
  key: number;
  calls: Int32Array;
}

/** What was found out about all of them, besides violations. */
export interface SearchReport {
  stats: { [name: string]: Json };
  /** When something stayed open: how far it got and what would settle it. */
  note: string | null;
}

/** Most configurations of one key at a time, unless fewer are asked for: beyond, the search is better. */
const MOST = 1 << 20;

/** Decides every part that stays within the limits. */
export function configurationParts(
  inquiry: Inquiry,
  parts: readonly SearchPart[],
  found: Findings,
): SearchReport {
  const { history, model, outcomes, initial, budget, maxSteps } = inquiry;
  const limits = { steps: maxSteps, configurations: Math.min(inquiry.maxConfigurations, MOST), budget };
  let steps = 0;
  let most = 0;
  const open: SearchPart[] = [];
  for (const part of parts) {
    const problem = problemOf(history, model, outcomes, part.calls, initial);
    const result = judgeByConfigurations(problem, limits);
    steps += result.steps;
    most = Math.max(most, result.configurations);
    if (result.verdict === 'limit') open.push(part);
    else if (result.verdict === 'invalid') found.add(problem, result.stuckAt, part.key, part.calls);
  }
  const stats = { keys: parts.length, undecided: open.length, steps, mostConfigurations: most };
  if (open.length === 0) return { stats, note: null };
  const first = open[0]!.key;
  const name = first < 0 ? 'the object' : `key ${JSON.stringify(history.values.get(first))}`;
  const why = budget.spend(0)
    ? `limit of ${limits.configurations} configurations, or of steps`
    : budget.reason;
  const note =
    `${open.length} of ${parts.length} keys, ${name} first, stayed open at the ${why}: too many operations ` +
    'were pending at once or of unknown outcome. Engine auto or search, or fewer clients per key, would settle it.';
  return { stats, note };
}
