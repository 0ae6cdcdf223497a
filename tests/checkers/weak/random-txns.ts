/**
 * Random small histories of register transactions, and what the definitions say about them, by trying every
 * order of commits.
 */
import fc from 'fast-check';
import { historyOf } from '../../../harness/history/builder.ts';
import type { History } from '../../../harness/history/history.ts';
import type { Json, Op, OpType } from '../../../harness/op.ts';

export interface DrawnTxn {
  session: number;
  outcome: number;
  mops: { write: boolean; key: number; pick: number }[];
}

export const drawnTxns = (max: number, mops: number): fc.Arbitrary<DrawnTxn[]> =>
  fc.array(
    fc.record({
      session: fc.nat(2),
      outcome: fc.nat(99),
      mops: fc.array(fc.record({ write: fc.boolean(), key: fc.nat(1), pick: fc.nat(99) }), {
        minLength: 1,
        maxLength: mops,
      }),
    }),
    { minLength: 1, maxLength: max },
  );

export interface Mop {
  f: 'r' | 'w';
  key: number;
  value: number | null;
}

export interface Txn {
  process: number;
  type: Exclude<OpType, 'invoke'>;
  mops: Mop[];
}

/** Gives drawn transactions values: mostly the latest of an interleaving, sometimes any other. */
export function valued(drawn: readonly DrawnTxn[], outcomes: boolean): Txn[] {
  const written: (number | null)[][] = [[null], [null]];
  let fresh = 1;
  for (const txn of drawn) for (const mop of txn.mops) if (mop.write) written[mop.key]!.push(fresh++);
  const latest: (number | null)[] = [null, null];
  const generation = [0, 0, 0];
  fresh = 1;
  return drawn.map((txn) => {
    const type = !outcomes || txn.outcome >= 25 ? 'ok' : txn.outcome < 12 ? 'info' : 'fail';
    const process = txn.session + 3 * generation[txn.session]!;
    if (type === 'info') generation[txn.session]!++;
    const mops = txn.mops.map((mop): Mop => {
      if (mop.write) {
        const value = fresh++;
        latest[mop.key] = value;
        return { f: 'w', key: mop.key, value };
      }
      const all = written[mop.key]!;
      const value = mop.pick < 60 ? latest[mop.key]! : all[mop.pick % all.length]!;
      return { f: 'r', key: mop.key, value };
    });
    return { process, type, mops };
  });
}

/** The same as a history, transactions one after the other. */
export function txnHistory(txns: readonly Txn[]): History {
  const ops: Op[] = [];
  for (const txn of txns) {
    const asked: Json = txn.mops.map((m) => [m.f, m.key, m.f === 'r' ? null : m.value]);
    const answered: Json = txn.mops.map((m) => [m.f, m.key, m.value]);
    const add = (type: OpType, value: Json): void => {
      ops.push({ index: ops.length, time: ops.length * 1e6, process: txn.process, type, f: 'txn', value });
    };
    add('invoke', asked);
    add(txn.type, txn.type === 'ok' ? answered : asked);
  }
  return historyOf(ops);
}

interface Resolved {
  process: number;
  /** External reads in program order: key and source, -1 for the initial state. */
  reads: { key: number; source: number }[];
  writes: Set<number>;
}

export type { Resolved };

/** Transactions that happened, with sources; null when some read is wrong by itself. */
export function resolve(txns: readonly Txn[]): Resolved[] | null {
  const observed = new Set(
    txns.filter((t) => t.type === 'ok').flatMap((t) => t.mops.map((m) => (m.f === 'r' ? m.value : null))),
  );
  const happened = txns.filter(
    (t) => t.type === 'ok' || (t.type === 'info' && t.mops.some((m) => m.f === 'w' && observed.has(m.value))),
  );
  const resolved: Resolved[] = [];
  for (const txn of happened) {
    const own = new Map<number, number | null>();
    const reads: Resolved['reads'] = [];
    for (const mop of txn.mops) {
      if (mop.f === 'w') own.set(mop.key, mop.value);
      else if (txn.type !== 'ok') continue;
      else if (own.has(mop.key)) {
        if (own.get(mop.key) !== mop.value) return null;
      } else if (mop.value === null) reads.push({ key: mop.key, source: -1 });
      else {
        const source = happened.findIndex((t) => t.mops.some((m) => m.f === 'w' && m.value === mop.value));
        if (source < 0 || happened[source] === txn) return null;
        const last = happened[source]!.mops.filter((m) => m.f === 'w' && m.key === mop.key).at(-1)!;
        if (last.value !== mop.value) return null;
        reads.push({ key: mop.key, source });
      }
    }
    resolved.push({ process: txn.process, reads, writes: new Set(own.keys()) });
  }
  return resolved;
}

export interface Levels {
  'read-committed': boolean;
  'read-atomic': boolean;
  causal: boolean;
}

/** What holds, by the axioms over every total order that contains session order and reads-from. */
export function levelsByDefinition(txns: readonly Txn[]): Levels {
  const all = resolve(txns);
  if (all === null) return { 'read-committed': false, 'read-atomic': false, causal: false };
  const n = all.length;
  const before: boolean[][] = all.map((b, j) =>
    all.map((a, i) => (i < j && a.process === b.process) || b.reads.some((r) => r.source === i)),
  );
  // before[j][i]: i directly before j. Closed below.
  const past = before.map((row) => [...row]);
  for (let k = 0; k < n; k++) {
    for (let j = 0; j < n; j++) {
      if (past[j]![k]) for (let i = 0; i < n; i++) past[j]![i] ||= past[k]![i]!;
    }
  }
  const found: Levels = { 'read-committed': false, 'read-atomic': false, causal: false };
  const position = new Array<number>(n).fill(-1);
  const holds = (level: keyof Levels): boolean =>
    all.every((t3, c) =>
      t3.reads.every(({ key, source }, at) =>
        all.every((t2, b) => {
          if (b === source || !t2.writes.has(key)) return true;
          const seen =
            level === 'causal'
              ? past[c]![b]!
              : level === 'read-atomic'
                ? before[c]![b]!
                : t3.reads.slice(0, at).some((r) => r.source === b);
          if (!seen) return true;
          return source >= 0 && position[b]! < position[source]!;
        }),
      ),
    );
  const orders = (placed: number): void => {
    if (placed === n) {
      for (const level of Object.keys(found) as (keyof Levels)[]) found[level] ||= holds(level);
      return;
    }
    for (let t = 0; t < n; t++) {
      if (position[t]! >= 0) continue;
      if (before[t]!.some((needed, i) => needed && position[i]! < 0)) continue;
      position[t] = placed;
      orders(placed + 1);
      position[t] = -1;
    }
  };
  orders(0);
  return found;
}
