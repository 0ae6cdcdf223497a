/**
 * The oracle: says of a handful of transactions whether they break a promise, straight from its definition, by
 * trying orders. It shares nothing with the algorithms; witnesses are shown to it before anybody else sees them.
 */
import type { Transactions } from './transactions.ts';

/** What was promised: a level, a kind of causal consistency of single operations, or sequential consistency. */
export type PromiseName =
  | 'read-committed'
  | 'read-atomic'
  | 'causal'
  | 'weak-causal'
  | 'causal-memory'
  | 'sequential';

/** More transactions than this are not tried. */
export const MAX_ORACLE = 16;

const MAX_STATES = 200_000;

/** One transaction as definitions see it. */
export interface PlainTxn {
  session: number;
  /** In program order; source -1 is the initial state. */
  reads: { key: number; source: number }[];
  writes: Set<number>;
}

/** Transactions as plain objects. */
export function plainTxns(txns: Transactions): PlainTxn[] {
  return Array.from({ length: txns.count }, (_, t) => ({
    session: txns.micro.sessionOf[t]!,
    reads: range(txns.readStart, t).map((i) => ({
      key: txns.readKeys[i]!,
      source: txns.readSources[i]!,
    })),
    writes: new Set(range(txns.writeStart, t).map((j) => txns.writeKeys[j]!)),
  }));
}

function range(start: Int32Array, t: number): number[] {
  return Array.from({ length: start[t + 1]! - start[t]! }, (_, i) => start[t]! + i);
}

/** Whether these transactions break the promise; null when there are too many to try. */
export function breaks(all: readonly PlainTxn[], promise: PromiseName): boolean | null {
  if (all.length > MAX_ORACLE) return null;
  const direct = all.map((b, j) =>
    all.map((a, i) => (i < j && a.session === b.session) || b.reads.some((read) => read.source === i)),
  );
  const past = closed(direct);
  if (past.some((row, i) => row[i])) return true;
  if (promise === 'weak-causal') return !weak(all, past);
  if (promise === 'sequential') return not(explained(all, past, everyone(all), () => true));
  if (promise === 'causal-memory') return memoryBroken(all, past);
  const seen = (reader: number, at: number, other: number): boolean => {
    if (promise === 'causal') return past[reader]![other]!;
    if (promise === 'read-atomic') return direct[reader]![other]!;
    return all[reader]!.reads.slice(0, at).some((read) => read.source === other);
  };
  return not(committed(all, direct, seen));
}

function not(answer: boolean | null): boolean | null {
  return answer === null ? null : !answer;
}

function everyone(all: readonly PlainTxn[]): number[] {
  return all.map((_, t) => t);
}

/** Warshall's closure: past[b][a], a happened before b. */
export function closed(direct: readonly (readonly boolean[])[]): boolean[][] {
  const past = direct.map((row) => [...row]);
  for (let k = 0; k < past.length; k++) {
    for (const row of past) if (row[k]) for (let a = 0; a < row.length; a++) row[a] ||= past[k]![a]!;
  }
  return past;
}

/** No read returns what its past overwrote. */
function weak(all: readonly PlainTxn[], past: readonly boolean[][]): boolean {
  return all.every((txn, r) =>
    txn.reads.every(({ key, source }) =>
      all.every(
        (other, w) =>
          w === source || !other.writes.has(key) || !past[r]![w] || (source >= 0 && !past[w]![source]),
      ),
    ),
  );
}

/** Some session has no order of its past in which its own reads are right. */
function memoryBroken(all: readonly PlainTxn[], past: readonly boolean[][]): boolean | null {
  let open = false;
  for (const session of new Set(all.map((txn) => txn.session))) {
    const last = all.findLastIndex((txn) => txn.session === session);
    const wanted = everyone(all).filter((t) => t === last || past[last]![t]);
    const found = explained(all, past, wanted, (txn) => txn.session === session);
    if (found === false) return true;
    open ||= found === null;
  }
  return open ? null : false;
}

/** Is there an order of `wanted` that keeps the past and in which each checked read returns the latest write? */
function explained(
  all: readonly PlainTxn[],
  past: readonly boolean[][],
  wanted: readonly number[],
  checked: (txn: PlainTxn) => boolean,
): boolean | null {
  const goal = wanted.reduce((mask, t) => mask | (1 << t), 0);
  const pending = [{ done: 0, state: new Map<number, number>() }];
  const tried = new Set<string>();
  for (let top = pending.pop(); top !== undefined; top = pending.pop()) {
    const { done, state } = top;
    if (done === goal) return true;
    if (tried.size > MAX_STATES) return null;
    for (const t of wanted) {
      if (done & (1 << t) || wanted.some((a) => past[t]![a] && !(done & (1 << a)))) continue;
      const txn = all[t]!;
      if (checked(txn) && txn.reads.some(({ key, source }) => (state.get(key) ?? -1) !== source)) continue;
      const next = new Map(state);
      for (const key of txn.writes) next.set(key, t);
      const name = `${done | (1 << t)} ${[...next].sort((a, b) => a[0] - b[0])}`;
      if (tried.has(name)) continue;
      tried.add(name);
      pending.push({ done: done | (1 << t), state: next });
    }
  }
  return false;
}

/**
 * Is there a commit order, containing session order and reads-from, in which whatever a read had to see and
 * which wrote its key committed before what it returned?
 */
function committed(
  all: readonly PlainTxn[],
  direct: readonly boolean[][],
  seen: (reader: number, at: number, other: number) => boolean,
): boolean | null {
  const needed = direct.map((row) => [...row]);
  for (const [reader, txn] of all.entries()) {
    for (const [at, { key, source }] of txn.reads.entries()) {
      for (const [other, { writes }] of all.entries()) {
        if (other === source || other === reader || !writes.has(key) || !seen(reader, at, other)) continue;
        if (source < 0) return false;
        needed[source]![other] = true;
      }
    }
  }
  const tried = new Set<number>();
  const pending = [0];
  const goal = (1 << all.length) - 1;
  for (let done = pending.pop(); done !== undefined; done = pending.pop()) {
    if (done === goal) return true;
    if (tried.has(done)) continue;
    tried.add(done);
    for (let t = 0; t < all.length; t++) {
      if (done & (1 << t) || needed[t]!.some((must, a) => must && !(done & (1 << a)))) continue;
      pending.push(done | (1 << t));
    }
  }
  return false;
}
