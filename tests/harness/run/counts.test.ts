import { describe, expect, it } from 'vitest';
import { historyOf } from '../../../harness/history/builder.ts';
import { countRun } from '../../../harness/run/counts.ts';

describe('countRun', () => {
  it('counts clients by outcome, function and error kind, and observations apart', () => {
    const base = { index: 0, time: 0, value: null };
    const counts = countRun(
      historyOf([
        { ...base, process: 0, type: 'invoke', f: 'write', key: 1 },
        { ...base, process: 1, type: 'invoke', f: 'read', key: 2 },
        { ...base, process: 0, type: 'ok', f: 'write', key: 1 },
        { ...base, process: 1, type: 'info', f: 'read', key: 2, error: { definite: false, kind: 'timeout' } },
        { ...base, process: 'observer:n1', type: 'invoke', f: 'leader' },
        { ...base, process: 'observer:n1', type: 'ok', f: 'leader', value: { leading: true } },
        { ...base, process: 2, type: 'invoke', f: 'read', key: 2 },
      ]),
    );
    expect(counts).toEqual({
      invoked: 3,
      ok: 1,
      fail: 0,
      info: 2,
      operations: 7,
      byF: { write: { invoked: 1, ok: 1, fail: 0, info: 0 }, read: { invoked: 2, ok: 0, fail: 0, info: 2 } },
      errors: { timeout: 1 },
      processes: 3,
      keys: 2,
      observations: 1,
    });
  });
});
