/**
 * How one transaction came to be visible to another: the shortest chain of reads and steps along sessions.
 * Needed for the few edges a witness shows, so a plain search backwards is enough.
 */
import { type CycleStep, SESSION_STEP } from './cycles.ts';
import type { Transactions } from './transactions.ts';

const MAX_VISITED = 200_000;

/**
 * The steps from `from` to `to` by session order and reads-from, shortest first found; steps along a session
 * count once. Null when there is none within a bounded search.
 */
export function causalPath(txns: Transactions, from: number, to: number): CycleStep[] | null {
  const { sessionOf, sessionStart } = txns.micro;
  const steps = new Map<number, { next: number; why: CycleStep['why'] }>();
  const session = sessionOf[from]!;
  const queue = [to];
  const visit = (txn: number, next: number, why: CycleStep['why']): void => {
    if (txn === to || steps.has(txn)) return;
    steps.set(txn, { next, why });
    queue.push(txn);
  };
  for (let head = 0; head < queue.length && head < MAX_VISITED; head++) {
    const t = queue[head]!;
    if (sessionOf[t] === session && t >= from) {
      if (t > from) steps.set(from, { next: t, why: SESSION_STEP });
      return collected(steps, from, to);
    }
    for (let i = txns.readStart[t]!; i < txns.readStart[t + 1]!; i++) {
      if (txns.readSources[i]! >= 0) visit(txns.readSources[i]!, t, i);
    }
    for (let p = t - 1; p >= sessionStart[sessionOf[t]!]! && !steps.has(p); p--) visit(p, t, SESSION_STEP);
  }
  return null;
}

function collected(
  steps: ReadonlyMap<number, { next: number; why: CycleStep['why'] }>,
  from: number,
  to: number,
): CycleStep[] {
  const path: CycleStep[] = [];
  for (let t = from; t !== to; ) {
    const { next, why } = steps.get(t)!;
    path.push({ txn: t, why });
    t = next;
  }
  return path;
}
