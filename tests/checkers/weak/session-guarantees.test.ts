import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GUARANTEES, sessionGuarantees } from '../../../checkers/weak/session-guarantees.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { drawnTxns, type Resolved, resolve, type Txn, txnHistory, valued } from './random-txns.ts';

const [RYW, MR, MW, WFR] = [1, 2, 4, 8] as const;
const NAMES = Object.keys(GUARANTEES);
const namesOf = (set: number): string[] => NAMES.filter((_, bit) => (set & (1 << bit)) !== 0);

/** Whether operations, in session order, satisfy a set of guarantees: every version order of every key is tried. */
function holds(all: readonly Resolved[], set: number): boolean {
  const n = all.length;
  const before = (a: number, b: number): boolean => a < b && all[a]!.process === all[b]!.process;
  const cause: boolean[][] = all.map((op, b) =>
    all.map((_, a) => before(a, b) || op.reads.some((r) => r.source === a)),
  );
  for (let k = 0; k < n; k++) {
    for (let b = 0; b < n; b++) if (cause[b]![k]) for (let a = 0; a < n; a++) cause[b]![a] ||= cause[k]![a]!;
  }
  if (cause.some((row, i) => row[i])) return false;
  const seen: Set<number>[] = [];
  for (let r = 0; r < n; r++) {
    const visible = new Set<number>(all[r]!.reads.map((read) => read.source).filter((source) => source >= 0));
    for (let o = 0; o < r; o++) {
      if (!before(o, r)) continue;
      if (set & RYW && all[o]!.writes.size > 0) visible.add(o);
      if (set & MR && all[o]!.reads.length > 0) for (const w of seen[o]!) visible.add(w);
    }
    for (const w of visible) {
      for (let o = 0; o <= w; o++) {
        if (o !== w && !before(o, w)) continue;
        if (set & MW && o !== w && all[o]!.writes.size > 0) visible.add(o);
        if (set & WFR) for (const read of all[o]!.reads) if (read.source >= 0) visible.add(read.source);
      }
    }
    seen.push(visible);
  }
  return [0, 1].every((key) => {
    const writers = all.map((_, i) => i).filter((i) => all[i]!.writes.has(key));
    const fits = (order: readonly number[]): boolean => {
      const at = new Map(order.map((w, i) => [w, i]));
      return all.every((op, t) => {
        const known = op.reads.filter((read) => read.key === key).map((read) => read.source);
        for (const source of known) {
          for (const w of seen[t]!) {
            if (w !== source && at.has(w) && (source < 0 || at.get(w)! > at.get(source)!)) return false;
          }
        }
        if (!op.writes.has(key)) return true;
        for (let o = 0; o <= t; o++) {
          if (o !== t && !before(o, t)) continue;
          if (set & MW && o !== t && at.has(o) && at.get(o)! > at.get(t)!) return false;
          if (!(set & WFR)) continue;
          for (const read of all[o]!.reads) {
            if (read.key === key && read.source >= 0 && at.get(read.source)! > at.get(t)!) return false;
          }
        }
        return true;
      });
    };
    const some = (order: number[], left: number[]): boolean =>
      left.length === 0
        ? fits(order)
        : left.some((w) =>
            some(
              [...order, w],
              left.filter((other) => other !== w),
            ),
          );
    return some([], writers);
  });
}

const singles = drawnTxns(8, 1).map((drawn) =>
  // Some writes become a cas: a read and a write of one key in one operation.
  drawn.map((txn) => {
    const [mop] = txn.mops;
    return mop!.write && mop!.pick < 15 ? { ...txn, mops: [{ ...mop!, write: false }, mop!] } : txn;
  }),
);

const line = (...rows: string[]): Txn[] =>
  rows.map((row) => {
    const [process, f, key, value] = row.split(' ') as [string, 'r' | 'w', string, string];
    const mop = { f, key: key === 'x' ? 0 : 1, value: value === '-' ? null : Number(value) };
    return { process: Number(process), type: 'ok', mops: [mop] };
  });

const refuted = (...rows: string[]) => sessionGuarantees(txnHistory(line(...rows))).stats['refuted'];

describe('session guarantees', () => {
  it('agree with the definitions over all version orders, for every set of them', () => {
    const counts = { pass: 0, fail: 0 };
    fc.assert(
      fc.property(singles, fc.integer({ min: 1, max: 15 }), fc.boolean(), (drawn, set, outcomes) => {
        const made = valued(drawn, outcomes);
        const history = txnHistory(made);
        const resolved = resolve(made);
        const expected = resolved !== null && holds(resolved, set);
        const result = sessionGuarantees(history, { guarantees: namesOf(set) });
        const got = result.verdict === 'vacuous' ? 'pass' : result.verdict;
        expect(got).toBe(expected ? 'pass' : 'fail');
        counts[got as 'pass' | 'fail']++;
        if (resolved === null || expected) return;
        for (const names of (result.stats['refuted'] ?? []) as string[][]) {
          expect(names.every((name) => namesOf(set).includes(name))).toBe(true);
          const bits = names.reduce((bitset, name) => bitset | GUARANTEES[name]!, 0);
          expect(holds(resolved, bits)).toBe(false);
          for (const name of names) expect(holds(resolved, bits & ~GUARANTEES[name]!)).toBe(true);
        }
      }),
      { numRuns: fuzzRuns(1500) },
    );
    expect(counts.pass).toBeGreaterThan(100);
    expect(counts.fail).toBeGreaterThan(100);
  });

  it.each([
    ['read-your-writes', ['0 w x 1', '0 r x -'], ['0 w x 1', '0 r x 1']],
    ['monotonic-reads', ['0 w x 1', '1 r x 1', '1 r x -'], ['0 w x 1', '1 r x -', '1 r x 1']],
    [
      'monotonic-writes',
      ['0 w x 1', '0 w y 2', '1 r y 2', '1 r x -'],
      ['0 w x 1', '0 w y 2', '1 r y 2', '1 r x 1'],
    ],
    [
      'writes-follow-reads',
      ['0 w x 1', '1 r x 1', '1 w y 2', '2 r y 2', '2 r x -'],
      ['0 w x 1', '1 r x 1', '1 w y 2', '2 r y 2', '2 r x 1'],
    ],
  ])('%s: a planted violation and the nearest legal history', (name, bad, good) => {
    const found = refuted(...bad) as string[][];
    expect(found.length).toBe(1);
    expect(found[0]).toContain(name);
    expect(
      sessionGuarantees(txnHistory(line(...bad)), { guarantees: NAMES.filter((n) => n !== name) }).verdict,
    ).toBe('pass');
    expect(sessionGuarantees(txnHistory(line(...good))).verdict).toBe('pass');
  });

  it('lets a cas order what it read and what it wrote', () => {
    const cas = (process: number, from: number | null, to: number): Txn => ({
      process,
      type: 'ok',
      mops: [
        { f: 'r', key: 0, value: from },
        { f: 'w', key: 0, value: to },
      ],
    });
    const read: Txn = { process: 1, type: 'ok', mops: [{ f: 'r', key: 0, value: 1 }] };
    const back = txnHistory([cas(1, null, 1), cas(0, 1, 2), cas(1, 2, 3), read]);
    const guarantees = ['read-your-writes', 'monotonic-writes'];
    expect(sessionGuarantees(back, { guarantees }).verdict).toBe('fail');
    const on = txnHistory([cas(1, null, 1), cas(0, 1, 2), cas(1, 2, 3)]);
    expect(sessionGuarantees(on, { guarantees }).verdict).toBe('pass');
  });

  it('explains what was visible', () => {
    const [anomaly] = sessionGuarantees(
      txnHistory(line('0 w x 1', '1 w x 2', '2 r x 1', '2 r x 2', '2 r x 1')),
    ).anomalies;
    expect(anomaly!.kind).toBe('monotonic-reads');
    expect(anomaly!.sentence).toMatch(
      /^A session is promised monotonic reads, but the transaction of process 2/,
    );
    expect(anomaly!.steps.length).toBeGreaterThan(1);
  });

  it('judges single operations only, and refuses unknown guarantees', () => {
    const two: Txn[] = [
      {
        process: 0,
        type: 'ok',
        mops: [
          { f: 'r', key: 0, value: null },
          { f: 'r', key: 1, value: null },
        ],
      },
    ];
    expect(sessionGuarantees(txnHistory(two))).toMatchObject({ verdict: 'unknown' });
    expect(() => sessionGuarantees(txnHistory([]), { guarantees: ['monotone'] })).toThrow('guarantees');
  });
});
