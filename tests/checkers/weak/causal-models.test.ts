import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UNLIMITED } from '../../../checkers/contract.ts';
import { weakIsolation } from '../../../checkers/weak/checkers.ts';
import { CAUSAL_MODELS, type CausalModel } from '../../../checkers/weak/isolation.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import {
  drawnTxns,
  levelsByDefinition,
  type Resolved,
  resolve,
  type Txn,
  txnHistory,
  valued,
} from './random-txns.ts';

/** past[b][a]: a happened before b. Null when that is circular. */
function pastOf(all: readonly Resolved[]): boolean[][] | null {
  const past = all.map((op, b) =>
    all.map((other, a) => (a < b && other.process === op.process) || op.reads.some((r) => r.source === a)),
  );
  for (let k = 0; k < all.length; k++) {
    for (const row of past) if (row[k]) for (let a = 0; a < all.length; a++) row[a] ||= past[k]![a]!;
  }
  return past.some((row, i) => row[i]) ? null : past;
}

/** No read returns what its past overwrote. */
function weak(all: readonly Resolved[]): boolean {
  const past = pastOf(all);
  if (past === null) return false;
  return all.every((op, r) =>
    op.reads.every(({ key, source }) =>
      all.every((other, w) => {
        if (w === source || !other.writes.has(key) || !past[r]![w]) return true;
        return source >= 0 && !past[w]![source];
      }),
    ),
  );
}

/** Every session has an order of its past, containing happens-before, in which its own reads are right. */
function memory(all: readonly Resolved[]): boolean {
  const past = pastOf(all);
  if (past === null) return false;
  return [...new Set(all.map((op) => op.process))].every((process) => {
    const last = all.findLastIndex((op) => op.process === process);
    const wanted = all.map((_, i) => i).filter((i) => i === last || past[last]![i]);
    const extend = (state: readonly number[], left: readonly number[]): boolean =>
      left.length === 0 ||
      left.some((i) => {
        if (left.some((other) => past[i]![other])) return false;
        const op = all[i]!;
        if (op.process === process && op.reads.some((r) => state[r.key] !== r.source)) return false;
        const next = [...state];
        for (const key of op.writes) next[key] = i;
        return extend(
          next,
          left.filter((other) => other !== i),
        );
      });
    return extend([-1, -1], wanted);
  });
}

const singles = drawnTxns(8, 1).map((drawn) =>
  drawn.map((txn) => {
    const [mop] = txn.mops;
    return mop!.write && mop!.pick < 15 ? { ...txn, mops: [{ ...mop!, write: false }, mop!] } : txn;
  }),
);

const verdict = (txns: readonly Txn[], model: CausalModel): string =>
  weakIsolation(txnHistory(txns), 'causal', UNLIMITED, model).verdict;

describe('models of causal consistency', () => {
  it('agree with their definitions', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(singles, fc.boolean(), (drawn, outcomes) => {
        const made = valued(drawn, outcomes);
        const resolved = resolve(made);
        const expected = {
          weak: resolved !== null && weak(resolved),
          convergence: levelsByDefinition(made).causal,
          memory: resolved !== null && memory(resolved),
        };
        for (const model of CAUSAL_MODELS) {
          const got = verdict(made, model);
          expect(got === 'vacuous' ? 'pass' : got, model).toBe(expected[model] ? 'pass' : 'fail');
        }
        seen.add(JSON.stringify(expected));
      }),
      { numRuns: fuzzRuns(2000) },
    );
    expect(seen.size).toBeGreaterThanOrEqual(2);
  });

  const line = (...rows: string[]): Txn[] =>
    rows.map((row) => {
      const [process, f, value] = row.split(' ') as [string, 'r' | 'w', string];
      return { process: Number(process), type: 'ok', mops: [{ f, key: 0, value: Number(value) }] };
    });

  it('tells them apart', () => {
    // Two sessions see two concurrent writes in opposite orders: no one order, but one order each.
    const opposite = line('0 w 1', '1 w 2', '2 r 1', '2 r 2', '3 r 2', '3 r 1');
    expect(CAUSAL_MODELS.map((model) => verdict(opposite, model))).toEqual(['fail', 'pass', 'pass']);
    // One session goes back and forth: no order of its own explains it, though nothing was overwritten before.
    const wavering = line('0 w 1', '1 w 2', '2 r 1', '2 r 2', '2 r 1');
    expect(CAUSAL_MODELS.map((model) => verdict(wavering, model))).toEqual(['fail', 'pass', 'fail']);
    const overwritten = line('0 w 1', '0 w 2', '1 r 2', '1 r 1');
    expect(CAUSAL_MODELS.map((model) => verdict(overwritten, model))).toEqual(['fail', 'fail', 'fail']);
    expect(CAUSAL_MODELS.map((model) => verdict(line('0 w 1', '1 w 2', '2 r 1', '2 r 2'), model))).toEqual([
      'pass',
      'pass',
      'pass',
    ]);
  });

  it('knows convergence only for whole transactions', () => {
    const whole: Txn[] = [
      {
        process: 0,
        type: 'ok',
        mops: [
          { f: 'r', key: 0, value: null },
          { f: 'r', key: 1, value: null },
        ],
      },
    ];
    expect(verdict(whole, 'convergence')).toBe('pass');
    expect(verdict(whole, 'memory')).toBe('unknown');
  });
});
