import { describe, expect, it } from 'vitest';
import { lastWriteWins } from '../../../checkers/clocks/last-write-wins.ts';
import { siblings } from '../../../checkers/clocks/siblings.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import type { History } from '../../../harness/history/history.ts';
import type { Json, Op, OpType } from '../../../harness/op.ts';

type Row = [process: number, type: OpType, f: string, value: Json, phase?: 'final'];

function rows(...list: Row[]): History {
  return historyOf(
    list.map(([process, type, f, value, phase], index): Op => {
      const op: Op = { index, time: index * 1e6, process, type, f, key: 'X', value };
      return phase === undefined ? op : { ...op, phase };
    }),
  );
}

const done = (process: number, f: string, asked: Json, answered: Json = asked, phase?: 'final'): Row[] => [
  phase ? [process, 'invoke', f, asked, phase] : [process, 'invoke', f, asked],
  phase ? [process, 'ok', f, answered, phase] : [process, 'ok', f, answered],
];

describe('last write wins', () => {
  const one = { value: 1, timestamp: 100 };
  const two = { value: 2, timestamp: 99 };

  it('finds the loss of X=2 at T=99 written after X=1 at T=100', () => {
    const history = rows(...done(0, 'write', one), ...done(1, 'write', two), ...done(2, 'read', null, one));
    const result = lastWriteWins(history);
    expect(result).toMatchObject({ verdict: 'fail', stats: { lost: 1, overwrittenConcurrent: 0 } });
    expect(result.anomalies[0]!.sentence).toBe(
      'The last write of a key wins, but X = 2, written at 0.002 s after X = 1 had been acknowledged, was lost: ' +
        'X was 1 at 0.005 s, because its timestamp 99 is behind 100.',
    );
    expect(result.anomalies[0]!.ops).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('passes the same writes with clocks that agree', () => {
    const later = { value: 2, timestamp: 101 };
    const history = rows(
      ...done(0, 'write', one),
      ...done(1, 'write', later),
      ...done(2, 'read', null, later),
    );
    expect(lastWriteWins(history)).toMatchObject({ verdict: 'pass', stats: { lost: 0 } });
  });

  it('counts the loss of a concurrent write without failing', () => {
    const history = rows(
      [0, 'invoke', 'write', one],
      [1, 'invoke', 'write', two],
      [0, 'ok', 'write', one],
      [1, 'ok', 'write', two],
      ...done(2, 'read', null, one),
    );
    expect(lastWriteWins(history)).toMatchObject({ verdict: 'pass', stats: { overwrittenConcurrent: 1 } });
  });

  it('blames nothing on a write of unknown outcome, nor on reads while writes go on', () => {
    const unknown = rows(
      [0, 'invoke', 'write', 1],
      [0, 'info', 'write', 1],
      ...done(1, 'write', 2),
      ...done(2, 'read', null, 1),
    );
    expect(lastWriteWins(unknown).verdict).toBe('vacuous');
    const early = rows(
      ...done(0, 'write', 1),
      ...done(1, 'write', 2),
      ...done(2, 'read', null, 1),
      ...done(1, 'write', 3),
    );
    expect(lastWriteWins(early).verdict).toBe('vacuous');
    const swapped = rows(
      ...done(0, 'write', 1),
      ...done(1, 'write', 2),
      ...done(1, 'cas', [2, 1]),
      ...done(2, 'read', null, 1),
    );
    expect(lastWriteWins(swapped).verdict).toBe('vacuous');
  });

  it('judges only final reads where a run has phases', () => {
    const history = rows(
      ...done(0, 'write', 1),
      ...done(1, 'write', 2),
      ...done(2, 'read', null, 1),
      ...done(2, 'read', null, 2, 'final'),
    );
    expect(lastWriteWins(history).verdict).toBe('pass');
  });
});

describe('siblings', () => {
  const put = (process: number, value: Json, ...context: Json[]): Row[] =>
    done(process, 'put', { value, context });
  const final = (...values: Json[]): Row[] => done(9, 'get', null, values, 'final');
  const kinds = (...list: Row[]): string[] => siblings(rows(...list)).anomalies.map((a) => a.kind);

  it('passes concurrent siblings, a merge of them, and an unknown put either way', () => {
    expect(siblings(rows(...put(0, 'a'), ...put(1, 'b'), ...final('a', 'b'))).verdict).toBe('pass');
    expect(
      siblings(rows(...put(0, 'a'), ...put(1, 'b'), ...put(2, 'c', 'a', 'b'), ...final('c'))).verdict,
    ).toBe('pass');
    const unknown: Row[] = [
      [1, 'invoke', 'put', { value: 'b', context: ['a'] }],
      [1, 'info', 'put', { value: 'b', context: ['a'] }],
    ];
    expect(siblings(rows(...put(0, 'a'), ...unknown, ...final('a'))).verdict).toBe('pass');
    expect(siblings(rows(...put(0, 'a'), ...unknown, ...final('b'))).verdict).toBe('pass');
  });

  it('catches a dropped concurrent write', () => {
    expect(kinds(...put(0, 'a'), ...put(1, 'b'), ...final('b'))).toEqual(['lost-write']);
  });

  it('catches a value that comes back', () => {
    expect(kinds(...put(0, 'a'), ...put(1, 'b', 'a'), ...final('a'))).toEqual(['resurrected-value']);
  });

  it('catches a superseded value beside what superseded it, directly or through others', () => {
    expect(kinds(...put(0, 'a'), ...put(1, 'b', 'a'), ...final('a', 'b'))).toEqual(['false-sibling']);
    expect(kinds(...put(0, 'a'), ...put(1, 'b', 'a'), ...put(1, 'c', 'b'), ...final('a', 'c'))).toEqual([
      'false-sibling',
    ]);
  });

  it('catches values nobody put, and of failed puts', () => {
    expect(kinds(...put(0, 'a'), ...final('a', 'z'))).toEqual(['phantom-value']);
    const failed: Row[] = [
      [1, 'invoke', 'put', { value: 'b', context: [] }],
      [1, 'fail', 'put', { value: 'b', context: [] }],
    ];
    expect(kinds(...put(0, 'a'), ...failed, ...final('a', 'b'))).toEqual(['phantom-value']);
  });

  it('asks nothing of gets before the end', () => {
    const early = rows(...put(0, 'a'), ...put(1, 'b'), ...done(2, 'get', null, ['b']), ...final('a', 'b'));
    expect(siblings(early).verdict).toBe('pass');
    expect(siblings(rows(...put(0, 'a'), ...done(2, 'get', null, []))).verdict).toBe('vacuous');
  });
});
