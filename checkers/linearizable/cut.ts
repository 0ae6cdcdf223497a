/**
 * A short end of a long history, for models that cannot say which states there are: from the states the object can
 * have been in at a cut, found by going through everything before it. What was pending at the cut may have happened
 * before it or not, so it is optional; nothing that could explain the end is left out.
 */
import { replay } from './by-configurations.ts';
import { Configurations } from './configurations.ts';
import type { Core } from './core.ts';
import { OPEN, type Problem, restrict } from './problem.ts';

/** Operations kept after the cut. */
const KEPT = 12;
const MOST_CONFIGURATIONS = 20_000;
/** More possible states, or more operations of unknown outcome before the cut, are no help to a reader. */
const MOST_STATES = 6;
const MOST_OPTIONAL = 12;

/** The end of an invalid problem after a cut; null when it is short anyway, or too much is possible at the cut. */
export function afterCut(problem: Problem): Core | null {
  const ends = problem.ret.filter((ret) => ret !== OPEN).sort();
  const cut = ends.at(-KEPT);
  if (cut === undefined || ends.length < 2 * KEPT) return null;
  const sets = new Configurations(problem.table, [problem.initial], MOST_CONFIGURATIONS, true);
  const states = new Set<number>();
  let met = false;
  replay(
    problem,
    sets,
    () => !met,
    (op) => {
      if (problem.ret[op]! < cut || met) return;
      met = true;
      for (const { state } of sets.each()) states.add(state);
    },
  );
  if (!met || states.size > MOST_STATES) return null;
  const keep: number[] = [];
  const optional = new Uint8Array(problem.size);
  let open = 0;
  for (let i = 0; i < problem.size; i++) {
    if (problem.ret[i]! < cut) continue;
    if (problem.call[i]! < cut) {
      if (problem.readOnly[problem.cls[i]!] === 1) continue;
      optional[i] = 1;
      open++;
    }
    keep.push(i);
  }
  if (open > MOST_OPTIONAL) return null;
  return { problem: restrict(problem, keep, optional), states: [...states], fromAnyState: false, from: cut };
}
