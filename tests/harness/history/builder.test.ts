import { describe, expect, it } from 'vitest';
import { HistoryBuilder, HistoryError, historyOf } from '../../../harness/history/builder.ts';
import { NONE } from '../../../harness/history/columns.ts';
import type { Op } from '../../../harness/op.ts';

const op = (process: Op['process'], type: Op['type'], more: Partial<Op> = {}): Op => ({
  index: 0,
  time: 0,
  process,
  type,
  f: 'read',
  value: null,
  ...more,
});

function errorOf(list: Op[]): HistoryError {
  try {
    historyOf(list);
  } catch (error) {
    if (error instanceof HistoryError) return error;
    throw error;
  }
  throw new Error('expected a HistoryError');
}

describe('HistoryBuilder', () => {
  it('says which operation completed twice', () => {
    const error = errorOf([op(7, 'invoke'), op(7, 'ok'), op(7, 'ok')]);
    expect(error.index).toBe(2);
    expect(error.message).toBe('process 7 completes read (ok) without an open invocation');
    expect(error.hint).toContain('operation 0 of this process completed already, at operation 1');
  });

  it('says that a completion lacks its invocation', () => {
    const error = errorOf([op(1, 'invoke'), op(2, 'fail')]);
    expect(error.index).toBe(1);
    expect(error.hint).toContain('expected an earlier line of this process with type invoke');
  });

  it('says that a process does two things at once', () => {
    const error = errorOf([op('observer:n1', 'invoke'), op(2, 'invoke'), op('observer:n1', 'invoke')]);
    expect(error.message).toContain('process observer:n1 invokes read while its read (operation 0)');
  });

  it('lets the harness report by itself, and keeps such reports unpaired', () => {
    const history = historyOf([op('cluster', 'info'), op('cluster', 'info')]);
    expect([...history.columns.pairs]).toEqual([NONE, NONE]);
  });

  it('gives a completion the key of its invocation', () => {
    const history = historyOf([op(0, 'invoke', { key: 'k' }), op(0, 'ok')]);
    expect(history.key(1)).toBe('k');
  });

  it('refuses processes that are no process', () => {
    expect(errorOf([op(-1, 'invoke')]).message).toContain('process -1');
    expect(errorOf([op(1.5, 'invoke')]).message).toContain('process 1.5');
  });

  it('finds open invocations of processes of any number', () => {
    const builder = new HistoryBuilder();
    builder.add(op(2_000_000_000, 'invoke'));
    expect(builder.openOf(2_000_000_000)).toBe(0);
    expect(builder.openOf(3)).toBe(NONE);
    builder.add(op(2_000_000_000, 'ok'));
    expect(builder.openOf(2_000_000_000)).toBe(NONE);
    expect([...builder.build().columns.pairs]).toEqual([1, 0]);
  });
});
