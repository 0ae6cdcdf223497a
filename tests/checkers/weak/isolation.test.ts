import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { weakIsolation } from '../../../checkers/weak/checkers.ts';
import { LEVELS } from '../../../checkers/weak/isolation.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import type { Json } from '../../../harness/op.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { drawnTxns, levelsByDefinition, type Txn, txnHistory, valued } from './random-txns.ts';

/** `0: w x 1, r y 2` per line: process, then micro-operations; a trailing `!` fails, `?` is not known. */
function txns(...lines: string[]): Txn[] {
  return lines.map((line) => {
    const [process, rest] = line.split(': ') as [string, string];
    const type = rest.endsWith('!') ? 'fail' : rest.endsWith('?') ? 'info' : 'ok';
    const mops = rest
      .replace(/[!?]$/, '')
      .split(', ')
      .map((mop) => {
        const [f, key, value] = mop.trim().split(' ') as ['r' | 'w', string, string];
        return { f, key: key === 'x' ? 0 : 1, value: value === '-' ? null : Number(value) };
      });
    return { process: Number(process), type, mops };
  });
}

function judged(...lines: string[]): Record<string, string> {
  const history = txnHistory(txns(...lines));
  return Object.fromEntries(LEVELS.map((level) => [level, weakIsolation(history, level).verdict]));
}

const PASS = { 'read-committed': 'pass', 'read-atomic': 'pass', causal: 'pass' };
const FAIL = { 'read-committed': 'fail', 'read-atomic': 'fail', causal: 'fail' };

describe('weak isolation', () => {
  for (const [what, outcomes, max, mops] of [
    ['whole transactions', false, 6, 4],
    ['failed and indeterminate transactions', true, 6, 3],
    ['single operations', true, 7, 1],
  ] as const) {
    it(`agrees with the axioms over all commit orders: ${what}`, () => {
      const counts = { pass: 0, fail: 0 };
      fc.assert(
        fc.property(drawnTxns(max, mops), (drawn) => {
          const made = valued(drawn, outcomes);
          const history = txnHistory(made);
          const expected = levelsByDefinition(made);
          for (const level of LEVELS) {
            const { verdict, anomalies } = weakIsolation(history, level);
            const got = verdict === 'vacuous' ? 'pass' : verdict;
            expect(got, level).toBe(expected[level] ? 'pass' : 'fail');
            counts[got as 'pass' | 'fail']++;
            for (const { ops, steps } of anomalies) {
              expect(steps.every((step) => step.ops.every((i) => ops.includes(i)))).toBe(true);
            }
          }
        }),
        { numRuns: fuzzRuns(600) },
      );
      expect(counts.pass).toBeGreaterThan(50);
      expect(counts.fail).toBeGreaterThan(50);
    });
  }

  it('finds witnesses that fail by themselves', () => {
    fc.assert(
      fc.property(drawnTxns(8, 3), (drawn) => {
        const history = txnHistory(valued(drawn, true));
        for (const level of LEVELS) {
          for (const { ops } of weakIsolation(history, level).anomalies) {
            const alone = history.pick(Int32Array.from(ops));
            expect(weakIsolation(alone, level).verdict).toBe('fail');
          }
        }
      }),
      { numRuns: fuzzRuns(300) },
    );
  });

  it.each([
    ['a read nobody wrote', ['0: w x 1', '1: r x 2'], FAIL, 'garbage-read'],
    ['a read of a failed transaction', ['0: w x 1!', '1: r x 1'], FAIL, 'aborted-read'],
    ['a read of an overwritten value', ['0: w x 1, w x 2', '1: r x 1'], FAIL, 'intermediate-read'],
    ['a read of its own later write', ['0: r x 1, w x 1'], FAIL, 'future-read'],
    ['a read beside its own write', ['0: w x 1', '1: w x 2, r x 1'], FAIL, 'internal'],
    ['reads from each other', ['0: r y 2, w x 1', '1: r x 1, w y 2'], FAIL, 'cyclic-causality'],
    [
      'going back within a transaction',
      ['0: w x 1', '0: w x 2', '1: r x 2, r x 1'],
      FAIL,
      'non-monotonic-read',
    ],
    [
      'the initial value after a write was seen',
      ['0: w x 1, w y 1', '1: r x 1, r y -'],
      FAIL,
      'stale-initial-read',
    ],
  ] as const)('fails every level: %s', (_what, lines, expected, kind) => {
    expect(judged(...lines)).toEqual(expected);
    const kinds = weakIsolation(txnHistory(txns(...lines)), 'read-committed').anomalies.map((a) => a.kind);
    expect(kinds).toContain(kind);
  });

  it.each([
    ['a read of a committed write', ['0: w x 1', '1: r x 1']],
    ['a read of an indeterminate transaction', ['0: w x 1?', '1: r x 1']],
    ['a read of the last of two writes', ['0: w x 1, w x 2', '1: r x 2']],
    ['a read of its own write', ['0: w x 1, r x 1, r y -']],
    ['a chain of reads', ['0: w x 1', '1: r x 1, w y 2', '2: r y 2, r x 1']],
    ['going forward within a session', ['0: w x 1', '0: w x 2', '1: r x 1', '1: r x 2']],
    ['the initial value before a write is seen', ['0: w x 1, w y 1', '1: r x -, r y -', '1: r x 1']],
  ] as const)('passes every level: %s', (_what, lines) => {
    expect(judged(...lines)).toEqual(PASS);
  });

  it('tells the levels apart', () => {
    // The old y is read before the new x: read committed allows it, seeing half a transaction does not.
    const fractured = ['0: w x 1, w y 1', '0: w x 2, w y 2', '1: r y 1, r x 2'];
    expect(judged(...fractured)).toEqual({ ...FAIL, 'read-committed': 'pass' });
    // 2 saw 1's write, which was made after seeing 0's; whole transactions, but not all of the past.
    const acausal = ['0: w x 1', '1: r x 1, w y 2', '2: r y 2', '2: r x -'];
    expect(judged(...acausal)).toEqual({ ...PASS, causal: 'fail' });
    const result = weakIsolation(txnHistory(txns(...fractured)), 'causal');
    expect(result.stats['weakestRefuted']).toBe('read-atomic');
    const [anomaly] = weakIsolation(txnHistory(txns(...fractured)), 'read-atomic').anomalies;
    expect(anomaly?.kind).toBe('fractured-read');
    expect(anomaly?.sentence).toContain('read key 1 from');
    const twice = ['0: w x 1', '1: w x 2', '2: r x 1, r x 2'];
    expect(judged(...twice)['read-atomic']).toBe('fail');
    expect(judged(...twice)['read-committed']).toBe('pass');
  });

  it('reads plain reads, writes and cas, and does not guess', () => {
    const ops = (...rows: [number, string, Json, Json][]) =>
      historyOf(
        rows.flatMap(([process, f, asked, answered], i) =>
          (['invoke', 'ok'] as const).map((type, half) => ({
            index: 2 * i + half,
            time: (2 * i + half) * 1e6,
            process,
            type,
            f,
            key: 'x',
            value: half === 0 ? asked : answered,
          })),
        ),
      );
    const stale = ops(
      [0, 'write', 1, 1],
      [0, 'cas', [1, 2], [1, 2]],
      [1, 'read', null, 2],
      [1, 'read', null, 1],
    );
    expect(weakIsolation(stale, 'causal').verdict).toBe('fail');
    expect(weakIsolation(stale, 'read-committed').verdict).toBe('pass');
    const same = ops([0, 'write', 1, 1], [1, 'write', 1, 1], [2, 'read', null, 1]);
    expect(weakIsolation(same, 'causal')).toMatchObject({ verdict: 'unknown' });
    const deleted = ops([0, 'write', 1, 1], [0, 'delete', null, null], [0, 'read', null, null]);
    expect(weakIsolation(deleted, 'causal')).toMatchObject({
      verdict: 'unknown',
      stats: { foreign: ['delete'] },
    });
    const lists = ops([0, 'txn', [['append', 1, 1]], [['append', 1, 1]]]);
    expect(weakIsolation(lists, 'causal')).toMatchObject({ verdict: 'vacuous' });
  });
});
