import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Budget } from '../../../checkers/contract.ts';
import { sequentialConsistency } from '../../../checkers/weak/sequential-consistency.ts';
import { failingPart, firstFailure } from '../../../cli/witness.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { script } from '../script.ts';
import { drawnTxns, type Resolved, resolve, type Txn, txnHistory, valued } from './random-txns.ts';

/** Tries every interleaving of the sessions. */
function ordered(all: readonly Resolved[]): boolean {
  const sessions = [...new Set(all.map((txn) => txn.process))].map((process) =>
    [...all.keys()].filter((t) => all[t]!.process === process),
  );
  const extend = (next: readonly number[], state: readonly number[]): boolean =>
    next.every((at, s) => at === sessions[s]!.length) ||
    next.some((at, s) => {
      const t = sessions[s]![at];
      if (t === undefined || all[t]!.reads.some((read) => state[read.key] !== read.source)) return false;
      const after = [...state];
      for (const key of all[t]!.writes) after[key] = t;
      return extend(
        next.map((position, other) => (other === s ? position + 1 : position)),
        after,
      );
    });
  return extend(
    sessions.map(() => 0),
    [-1, -1],
  );
}

const line = (...rows: string[]): Txn[] =>
  rows.map((row) => {
    const [process, f, key, value] = row.split(' ') as [string, 'r' | 'w', string, string];
    const mop = { f, key: key === 'x' ? 0 : 1, value: value === '-' ? null : Number(value) };
    return { process: Number(process), type: 'ok', mops: [mop] };
  });

describe('sequential consistency', () => {
  it.each([
    ['single operations', 12, 1],
    ['transactions', 8, 3],
  ])('agrees with trying every interleaving of %s, and its witnesses fail alone', async (_, max, mops) => {
    const counts = { pass: 0, fail: 0 };
    const ways = new Map<unknown, number>();
    await fc.assert(
      fc.asyncProperty(drawnTxns(max, mops), fc.boolean(), async (drawn, outcomes) => {
        const made = valued(drawn, outcomes);
        const history = txnHistory(made);
        const resolved = resolve(made);
        const result = sequentialConsistency(history);
        const got = result.verdict === 'vacuous' ? 'pass' : result.verdict;
        expect(got).toBe(resolved !== null && ordered(resolved) ? 'pass' : 'fail');
        counts[got as 'pass' | 'fail']++;
        const way = result.stats?.['decidedBy'];
        ways.set(way, (ways.get(way) ?? 0) + 1);
        const failure = firstFailure([{ name: 'sequential-consistency', options: {} }], [result]);
        if (failure === null) return;
        const part = await failingPart(history, failure, async (some) => sequentialConsistency(some));
        const again = sequentialConsistency(part.history);
        expect(again.anomalies.map((anomaly) => anomaly.kind)).toContain(failure.anomaly.kind);
      }),
      { numRuns: fuzzRuns(1000) },
    );
    expect(counts.pass).toBeGreaterThan(100);
    expect(counts.fail).toBeGreaterThan(100);
    expect(ways.get('time')).toBeGreaterThan(100);
    expect(ways.get('saturation')).toBeGreaterThan(100);
  });

  it('refutes store buffering, in words, and says that causal consistency stands', () => {
    const stores = txnHistory(line('0 w x 1', '0 r y -', '1 w y 2', '1 r x -'));
    const { verdict, anomalies } = sequentialConsistency(stores);
    expect(verdict).toBe('fail');
    expect(anomalies[0]).toMatchObject({ kind: 'no-sequential-order', detail: { alsoBreaks: [] } });
    expect(anomalies[0]!.ops).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(anomalies[0]!.steps.at(-1)!.text).toContain('would have to come before itself');
    expect(sequentialConsistency(txnHistory(line('0 w x 1', '0 r y -', '1 w y 2', '1 r x 1'))).verdict).toBe(
      'pass',
    );
  });

  it('lets reads be stale as long as one order explains them', () => {
    const stale = line('0 w x 1', '0 w x 2', '1 r x 1', '0 r x 2', '1 r x 2');
    expect(sequentialConsistency(txnHistory(stale)).verdict).toBe('pass');
    expect(sequentialConsistency(txnHistory(line('0 w x 1', '1 r x 1', '1 r x -'))).verdict).toBe('fail');
  });

  it('finds the few operations that matter in a long history', () => {
    const before = Array.from({ length: 400 }, (_, i) => `${i % 4} w ${i % 2 ? 'x' : 'y'} ${i + 10}`);
    const rows = [...before, '5 w x 1', '6 w x 2', '7 r x 1', '7 r x 2', '8 r x 2', '8 r x 1', '9 w y 3'];
    const [anomaly] = sequentialConsistency(txnHistory(line(...rows))).anomalies;
    expect(anomaly!.kind).toBe('no-sequential-order');
    expect(anomaly!.ops.length).toBe(12);
    expect(anomaly!.detail).toEqual({ alsoBreaks: ['causal'] });
  });

  it('holds a cas of unknown outcome to what it must have read once its effect was seen', () => {
    const ops = (seen: boolean) =>
      script()
        .run('write', 1, 'ok', 1, { process: 0, key: 'x' })
        .run('write', 2, 'ok', 2, { process: 0, key: 'x' })
        .run('read', null, 'ok', 2, { process: 0, key: 'x' })
        .run('cas', [1, 6], 'info', [1, 6], { process: 1, key: 'x' })
        .run('cas', [1, 7], 'fail', [1, 7], { process: 2, key: 'x' })
        .run('read', null, 'ok', seen ? 6 : 2, { process: 0, key: 'x' })
        .history();
    expect(sequentialConsistency(ops(true)).anomalies[0]!.kind).toBe('no-sequential-order');
    expect(sequentialConsistency(ops(false)).verdict).toBe('pass');
  });

  it('agrees with trying every interleaving of reads, writes and cas of any outcome', () => {
    interface Drawn {
      session: number;
      f: number;
      pick: number;
      outcome: number;
    }
    interface Simple {
      process: number;
      f: 'read' | 'write' | 'cas';
      from: number | null;
      to: number;
      type: 'ok' | 'info' | 'fail';
    }
    const simple = (drawn: readonly Drawn[]): Simple[] => {
      const generation = [0, 0, 0];
      const values: (number | null)[] = [null, ...drawn.map((_, i) => i + 1)];
      return drawn.map(({ session, f, pick, outcome }, i) => {
        const type = outcome < 65 ? 'ok' : outcome < 90 ? 'info' : 'fail';
        const process = session + 3 * generation[session]!;
        if (type === 'info') generation[session]!++;
        const from = values[pick % Math.min(values.length, i + 2)]!;
        return { process, f: (['read', 'write', 'cas'] as const)[f]!, from, to: i + 1, type };
      });
    };
    const explained = (ops: readonly Simple[]): boolean => {
      const live = ops.filter((op) => op.type !== 'fail');
      const sessions = [...new Set(live.map((op) => op.process))].map((p) =>
        live.filter((op) => op.process === p),
      );
      const extend = (next: readonly number[], state: number | null): boolean =>
        next.every((at, s) => sessions[s]!.slice(at).every((op) => op.type === 'info')) ||
        next.some((at, s) => {
          const op = sessions[s]![at];
          if (op === undefined) return false;
          // What is not known to have happened may as well be left for ever.
          if (op.f === 'read' && op.type === 'info') return false;
          if (op.f !== 'write' && state !== op.from) return false;
          const after = next.map((position, other) => (other === s ? position + 1 : position));
          return extend(after, op.f === 'read' ? state : op.to);
        });
      return extend(
        sessions.map(() => 0),
        null,
      );
    };
    const counts = { pass: 0, fail: 0 };
    fc.assert(
      fc.property(
        fc.array(fc.record({ session: fc.nat(2), f: fc.nat(2), pick: fc.nat(99), outcome: fc.nat(99) }), {
          minLength: 1,
          maxLength: 7,
        }),
        (drawn) => {
          const ops = simple(drawn);
          const written = script();
          for (const { process, f, from, to, type } of ops) {
            const asked = f === 'read' ? null : f === 'write' ? to : [from, to];
            written.run(f, asked, type, f === 'read' && type === 'ok' ? from : asked, { process, key: 'x' });
          }
          const { verdict } = sequentialConsistency(written.history());
          const got = verdict === 'vacuous' ? 'pass' : verdict;
          expect(got).toBe(explained(ops) ? 'pass' : 'fail');
          counts[got as 'pass' | 'fail']++;
        },
      ),
      { numRuns: fuzzRuns(1000) },
    );
    expect(Math.min(counts.pass, counts.fail)).toBeGreaterThan(50);
  });

  it('says what would settle it when the budget ends', () => {
    const spent: Budget = { spend: () => false, reason: 'time limit of 1 s' };
    const { verdict, note } = sequentialConsistency(txnHistory(line('0 w x 1', '1 r x 1')), {}, spent);
    expect(verdict).toBe('unknown');
    expect(note).toContain('time limit of 1 s');
    expect(note).toContain('would settle it');
  });
});
