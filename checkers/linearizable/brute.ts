/**
 * The oracle: tries every order of a handful of operations, with no memo of hashes, no pruning and no cleverness.
 * Witnesses are shown to it before anybody else sees them.
 */
import { OPEN, type Problem } from './problem.ts';
import { ILLEGAL } from './state-table.ts';

/** More operations than this are not tried. */
export const MAX_BRUTE = 22;

const MAX_CONFIGURATIONS = 400_000;

/**
 * Is there an order in which the operations take effect within their intervals, from this state? `null` when
 * there are too many to try.
 */
export function bruteLinearizable(problem: Problem, initial: number): boolean | null {
  const { size, call, ret, cls, table } = problem;
  if (size > MAX_BRUTE) return null;
  let must = 0;
  for (let i = 0; i < size; i++) if (ret[i] !== OPEN) must |= 1 << i;
  const seen = new Set<string>();
  const pending: { done: number; state: number }[] = [{ done: 0, state: initial }];
  for (let top = pending.pop(); top !== undefined; top = pending.pop()) {
    const { done, state } = top;
    if ((done & must) === must) return true;
    if (seen.size > MAX_CONFIGURATIONS) return null;
    let firstReturn = OPEN;
    for (let i = 0; i < size; i++) {
      if ((done & (1 << i)) === 0 && ret[i]! < firstReturn) firstReturn = ret[i]!;
    }
    for (let i = 0; i < size; i++) {
      if ((done & (1 << i)) !== 0 || call[i]! > firstReturn) continue;
      const next = table.step(state, cls[i]!);
      if (next === ILLEGAL) continue;
      const key = `${done | (1 << i)}/${next}`;
      if (seen.has(key)) continue;
      seen.add(key);
      pending.push({ done: done | (1 << i), state: next });
    }
  }
  return false;
}
