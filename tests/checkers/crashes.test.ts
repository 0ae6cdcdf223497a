/** Nodes that end: by themselves, or because somebody saw to it. */
import { describe, expect, it } from 'vitest';
import { crashes } from '../../checkers/crashes.ts';
import { historyOf } from '../../harness/history/builder.ts';
import type { Json, Op } from '../../harness/op.ts';

const event = (index: number, f: string, node: string, value: Json): Op => ({
  index,
  time: index * 1e9,
  process: 'cluster',
  type: 'info',
  f,
  node,
  value,
});

describe('crashes', () => {
  it('names every node that ended by itself, how, and its last words', () => {
    const history = historyOf([
      event(0, 'started', 'n1', null),
      event(1, 'crashed', 'n1', {
        code: 1,
        signal: null,
        by: 'itself',
        output: ['Traceback', 'KeyError: 7', ''],
      }),
      event(2, 'exited', 'n2', { code: null, signal: 'SIGKILL', by: 'harness' }),
      event(3, 'exited', 'n2', { code: 0, signal: null, by: 'itself', output: [] }),
      event(4, 'crashed', 'n1', { code: null, signal: 'SIGSEGV', by: 'itself' }),
    ]);
    const result = crashes(history);
    expect(result).toMatchObject({ verdict: 'fail', stats: { ended: 3, perNode: { n1: 2, n2: 1 } } });
    expect(result.anomalies.map((anomaly) => anomaly.sentence)).toEqual([
      'Nodes were promised to go on by themselves, but n1 ended with exit code 1 at 1.00 s, having said "KeyError: 7".',
      'Nodes were promised to go on by themselves, but n2 ended with exit code 0 at 3.00 s.',
      'Nodes were promised to go on by themselves, but n1 ended by SIGSEGV at 4.00 s.',
    ]);
  });

  it('takes what clients call so for what it is', () => {
    const ops: Op[] = [
      { index: 0, time: 0, process: 1, type: 'invoke', f: 'crashed', value: null },
      { index: 1, time: 1, process: 1, type: 'ok', f: 'crashed', value: null },
    ];
    expect(crashes(historyOf(ops))).toMatchObject({ verdict: 'pass', stats: { ended: 0 } });
  });
});
