import { expect, test } from 'vitest';
import { stats } from '../../checkers/stats.ts';
import { historyOf } from '../../harness/history/builder.ts';
import type { Op, OpType, Process } from '../../harness/op.ts';

let index = 0;
const op = (process: Process, type: OpType, f: string, time: number, extra: Partial<Op> = {}): Op => ({
  index: index++,
  time: time * 1e6,
  process,
  type,
  f,
  value: null,
  ...extra,
});

test('it counts by outcome, function, node and error, and measures only what was acknowledged', () => {
  const result = stats(
    historyOf([
      op(0, 'invoke', 'read', 0, { node: 'n1' }),
      op(1, 'invoke', 'write', 1, { node: 'n2' }),
      op('observer:n1', 'invoke', 'leader', 1),
      op(0, 'ok', 'read', 4, { node: 'n1' }),
      op(1, 'info', 'write', 9, { node: 'n2', error: { definite: false, kind: 'timeout', message: 'a' } }),
      op(2, 'invoke', 'write', 10, { node: 'n2' }),
      op(2, 'fail', 'write', 11, { node: 'n2', error: { definite: true, kind: 'not-leader' } }),
      op(3, 'invoke', 'read', 12, { node: 'n1' }),
    ]),
  );
  expect(result).toMatchObject({
    verdict: 'pass',
    stats: {
      operations: 4,
      ok: 1,
      fail: 1,
      info: 1,
      open: 1,
      latencyMs: { count: 1, p50: 4, max: 4 },
      byFunction: { read: { invoked: 2, ok: 1, open: 1 }, write: { invoked: 2, latencyMs: { count: 0 } } },
      byNode: { n1: { invoked: 2 }, n2: { fail: 1, info: 1 } },
      errors: { timeout: 1, 'not-leader': 1 },
    },
  });
  expect(stats(historyOf([])).verdict).toBe('pass');
});
