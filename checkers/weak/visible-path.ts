/**
 * How a write came to be visible to an operation by session guarantees: the shortest chain of steps along
 * sessions and reads that the guarantees in question allow. A plain search backwards, for the few edges a
 * witness shows.
 */
import { type CycleStep, SESSION_STEP } from './cycles.ts';
import type { GuaranteeBits } from './session-order.ts';
import type { Transactions } from './transactions.ts';

/** What a guarantee lets through: to a reader, with a visible write, or from the past of a visible write. */
const VIEWER = 0;
const WRITE = 1;
const PAST = 2;

const MAX_VISITED = 200_000;

/** The steps from the write `from` to `to`, a read or the write that had to follow; null when none is found. */
export function visiblePath(
  txns: Transactions,
  bits: GuaranteeBits,
  from: number,
  to: number,
  asWrite: boolean,
): CycleStep[] | null {
  const next = new Map<number, { state: number; why: CycleStep['why'] }>();
  const start = to * 3 + (asWrite ? WRITE : VIEWER);
  const queue = [start];
  const visit = (txn: number, kind: number, state: number, why: CycleStep['why']): void => {
    const reached = txn * 3 + kind;
    if (reached === start || next.has(reached)) return;
    next.set(reached, { state, why });
    queue.push(reached);
  };
  for (let head = 0; head < queue.length && head < MAX_VISITED; head++) {
    const state = queue[head]!;
    const [t, kind] = [Math.floor(state / 3), state % 3];
    if (t === from && kind === WRITE && state !== start) return collected(next, state, start);
    expand(txns, bits, t, kind, (txn, other, why) => visit(txn, other, state, why));
  }
  return null;
}

function expand(
  txns: Transactions,
  bits: GuaranteeBits,
  t: number,
  kind: number,
  visit: (txn: number, kind: number, why: CycleStep['why']) => void,
): void {
  const { readStart, readSources, writeStart, micro } = txns;
  const reads = (p: number): boolean => readStart[p + 1]! > readStart[p]!;
  const writes = (p: number): boolean => writeStart[p + 1]! > writeStart[p]!;
  if (kind !== WRITE || bits.writesFollowReads) {
    for (let i = readStart[t]!; i < readStart[t + 1]!; i++) {
      if (readSources[i]! >= 0) visit(readSources[i]!, WRITE, i);
    }
  }
  if (kind === PAST) return;
  for (let p = t - 1; p >= micro.sessionStart[micro.sessionOf[t]!]!; p--) {
    if (kind === VIEWER) {
      if (bits.readYourWrites && writes(p)) visit(p, WRITE, SESSION_STEP);
      if (bits.monotonicReads && reads(p)) visit(p, VIEWER, SESSION_STEP);
      continue;
    }
    if (bits.monotonicWrites && writes(p)) visit(p, WRITE, SESSION_STEP);
    if (bits.writesFollowReads && reads(p)) visit(p, PAST, SESSION_STEP);
  }
}

function collected(
  next: ReadonlyMap<number, { state: number; why: CycleStep['why'] }>,
  from: number,
  start: number,
): CycleStep[] {
  const path: CycleStep[] = [];
  for (let state = from; state !== start; ) {
    const step = next.get(state)!;
    path.push({ txn: Math.floor(state / 3), why: step.why });
    state = step.state;
  }
  return path;
}
