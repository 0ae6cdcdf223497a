/**
 * Judges a whole problem by configuration sets: its events in order, one at a time. Best where few operations are
 * pending at once, whatever the length of the history: memory is the set of configurations alone, and a
 * violation is met at the earliest completion that shows it.
 */
import { Configurations } from './configurations.ts';
import { OPEN, type Problem } from './problem.ts';
import type { SearchLimits, SearchResult } from './search.ts';

const SPEND_EVERY = 256;

/** The verdict of configuration sets; `limit` when one grew beyond the limits. O(n * configurations). */
export function judgeByConfigurations(problem: Problem, limits: SearchLimits): SearchResult {
  const initial = limits.initial ?? problem.initial;
  let charged = 0;
  let events = 0;
  const more = (): boolean => {
    const work = sets.work - charged;
    charged = sets.work;
    return sets.work <= limits.steps && (limits.budget?.spend(work + SPEND_EVERY) ?? true);
  };
  const sets = new Configurations(problem.table, [initial], limits.configurations, false, more);
  const end = replay(problem, sets, () => ++events % SPEND_EVERY !== 0 || more());
  const { peak, work } = sets;
  return { verdict: end.verdict, steps: work, configurations: peak, stuckAt: end.at, lookedAhead: false };
}

/** How the replay of a problem ended: `at` is the completion that no configuration survived, or -1. */
export interface ReplayEnd {
  verdict: SearchResult['verdict'];
  at: number;
  /** Operation of that completion, as a position in the problem. */
  op: number;
}

/** Feeds a problem to configurations, event by event; `more` false ends it, `before` sees each completion coming. */
export function replay(
  problem: Problem,
  sets: Configurations,
  more: () => boolean,
  before?: (op: number) => void,
): ReplayEnd {
  const { size, call, ret, cls, readOnly } = problem;
  const slot = new Int32Array(size).fill(-1);
  const returns = Int32Array.from({ length: size }, (_, i) => i).filter((i) => ret[i] !== OPEN);
  returns.sort((a, b) => ret[a]! - ret[b]!);
  let next = 0;
  for (const op of returns) {
    for (; next < size && call[next]! < ret[op]!; next++) {
      if (ret[next] === OPEN) {
        if (readOnly[cls[next]!] === 0) sets.invokeOptional(cls[next]!, next);
      } else {
        slot[next] = sets.invoke(cls[next]!, readOnly[cls[next]!] === 1, next);
        if (slot[next] === -1) return { verdict: 'limit', at: call[next]!, op: next };
      }
    }
    before?.(op);
    const progress = sets.complete(slot[op]!);
    if (progress === 'violated') return { verdict: 'invalid', at: ret[op]!, op };
    if (progress === 'limit' || !more()) return { verdict: 'limit', at: ret[op]!, op };
  }
  return { verdict: 'valid', at: -1, op: -1 };
}
