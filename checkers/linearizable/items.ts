/**
 * Shrinks what is wrong with a collection to the few items it is about: all operations about one item can be
 * left out together without making a legal history illegal.
 */
import { OPEN, type Problem, restrict } from './problem.ts';

/** The problem with as few items as it takes to stay invalid. O(items) questions. */
export function dropItems(start: Problem, invalid: (problem: Problem) => boolean): Problem {
  const item = itemsOf(start);
  if (item === null) return start;
  let problem = start;
  let items = [...new Set(item.filter((name) => name !== null))];
  for (let chunk = items.length >> 1; chunk >= 1; chunk >>= 1) {
    for (let at = 0; at < items.length; ) {
      const fewer = [...items.slice(0, at), ...items.slice(at + chunk)];
      const next = onlyItems(problem, new Set(fewer));
      if (invalid(next)) {
        problem = next;
        items = fewer;
      } else at += chunk;
    }
  }
  return problem;
}

/** The item of each operation; null when the model knows none, or an operation is about all of them. */
function itemsOf(problem: Problem): (string | null)[] | null {
  const { model } = problem.table;
  if (model.item === undefined) return null;
  const known = new Map<number, string | null | undefined>();
  const found: (string | null)[] = [];
  for (const cls of problem.cls) {
    if (!known.has(cls)) known.set(cls, model.item(problem.table.op(cls)));
    const item = known.get(cls);
    if (item === undefined) return null;
    found.push(item);
  }
  return found;
}

/**
 * The problem without all other items. Of optional operations about none in particular (indeterminate removals)
 * as many as there are items are kept, the earliest: each removes at most one, and an earlier one can do
 * whatever a later one could.
 */
function onlyItems(problem: Problem, items: ReadonlySet<string>): Problem {
  const item = itemsOf(problem)!;
  const keep: number[] = [];
  const kept = new Map<number, number>();
  for (let i = 0; i < problem.size; i++) {
    const about = item[i] ?? null;
    if (about !== null) {
      if (items.has(about)) keep.push(i);
      continue;
    }
    if (problem.ret[i] === OPEN) {
      const count = kept.get(problem.cls[i]!) ?? 0;
      if (count >= items.size) continue;
      kept.set(problem.cls[i]!, count + 1);
    }
    keep.push(i);
  }
  return restrict(problem, keep);
}

/** The problem without optional operations invoked after all that must happen has completed: they add nothing. */
export function withoutAfterthoughts(problem: Problem): Problem {
  let last = -1;
  for (const ret of problem.ret) if (ret !== OPEN && ret > last) last = ret;
  const keep: number[] = [];
  for (let i = 0; i < problem.size; i++) if (problem.call[i]! < last) keep.push(i);
  return keep.length === problem.size ? problem : restrict(problem, keep);
}
