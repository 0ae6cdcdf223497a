import { describe, expect, it } from 'vitest';
import { historyOf } from '../../../harness/history/builder.ts';
import type { Op } from '../../../harness/op.ts';
import type { Anomaly } from '../../../harness/verdict.ts';
import { keysOf, placedSteps, tellingOps, witnessOf } from '../../../reports/derive/witness.ts';

/** `n` adds and then a read, each answered before the next. */
function adds(n: number) {
  const ops: Omit<Op, 'index'>[] = [];
  for (let i = 0; i <= n; i++) {
    const f = i === n ? 'read' : 'add';
    const half = { process: i % 10, node: 'n1', f, value: i === n ? null : i } as const;
    ops.push({ ...half, type: 'invoke', time: i * 2e6 }, { ...half, type: 'ok', time: i * 2e6 + 1e6 });
  }
  return historyOf(ops.map((op, index) => ({ ...op, index })));
}

function anomaly(steps: Anomaly['steps'], ops: number[]): Anomaly {
  return { kind: 'counter-too-low', sentence: 'It is too low.', certainty: 'proved', ops, steps };
}

describe('a witness of many operations', () => {
  const all = Array.from({ length: 602 }, (_, i) => i);
  const long = anomaly(
    [
      { text: '300 changes add up to 900.', ops: all.slice(0, 600) },
      { text: 'A read returned 3.', ops: [600, 601] },
    ],
    all,
  );

  it('keeps the operation that the argument names, and counts what it leaves out', () => {
    const { ops, more } = witnessOf(long, adds(300));
    expect(ops).toHaveLength(200);
    expect(more).toBe(101);
    expect(ops.at(-1)).toMatchObject({ f: 'read', index: 600 });
  });

  it('shows that operation first where few have room', () => {
    const { ops, more } = witnessOf(long, adds(300));
    const finding = { checker: 'counter', anomaly: long, ops, more, fromNs: 0, toNs: 1, during: [] };
    expect(tellingOps(finding, 3).map((op) => op.index)).toEqual([0, 2, 600]);
  });
});

describe('the lines of an argument', () => {
  const history = adds(2);
  const placed = (...steps: Anomaly['steps']): string[] => {
    const one = anomaly(steps, [0, 1, 2, 3, 4, 5]);
    return placedSteps(one, witnessOf(one, history).ops).map(({ text }) => text);
  };

  it('say once who did what a line is about, and when', () => {
    expect(
      placed(
        { text: 'The add of 0 was acknowledged.', ops: [0, 1] },
        { text: 'A read did not have 0.', ops: [4, 5] },
        { text: 'No order explains that read.', ops: [4, 5] },
        { text: 'Both were added.', ops: [0, 1, 2, 3] },
      ),
    ).toEqual([
      'The add of 0 was acknowledged (process 0 at n1, 0.000 s to 0.001 s).',
      'A read did not have 0 (process 2 at n1, 0.004 s to 0.005 s).',
      'No order explains that read.',
      'Both were added.',
    ]);
  });

  it('are left as they are where the checker said so itself', () => {
    const text = '1 was added by process 1 at n1 (0.002 s).';
    expect(placed({ text, ops: [2, 3] })).toEqual([text]);
  });
});

it('the keys an argument speaks of are found in its words', () => {
  const one = { ...anomaly([{ text: 'T1 read key 6 as [1], and key "a b" as [].', ops: [] }], []), key: 7 };
  expect([...keysOf(one)]).toEqual(['7', '6', '"a b"']);
});
