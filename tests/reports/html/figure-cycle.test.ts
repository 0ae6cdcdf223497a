import { describe, expect, it } from 'vitest';
import { historyOf } from '../../../harness/history/builder.ts';
import type { Json, Op } from '../../../harness/op.ts';
import { assembleModel } from '../../../reports/assemble.ts';
import { cycleFigure } from '../../../reports/html/figure-cycle.ts';
import { effectsOf, opsFigure } from '../../../reports/html/figure-ops.ts';
import { findingsSection } from '../../../reports/html/sections/findings.ts';
import { fallenOf } from '../../../reports/html/sections/models.ts';
import type { ReportModel } from '../../../reports/model.ts';

/** Each transaction as a pair of lines, one after the other. */
function run(txns: readonly Json[][], detail: Json, stats: Record<string, Json> = {}): ReportModel {
  const lines = txns.flatMap((txn, i): Op[] => {
    const op = { process: i, f: 'txn', node: `n${i + 1}`, value: txn as Json };
    return [
      { ...op, index: 2 * i, time: 1e9 + i * 1e6, type: 'invoke' },
      { ...op, index: 2 * i + 1, time: 2e9 + i * 1e6, type: 'ok' },
    ];
  });
  // Both halves of all of them, invocations first.
  const history = historyOf(
    [...lines].sort((a, b) => a.time - b.time).map((op, index) => ({ ...op, index })),
  );
  const anomaly = { kind: 'G2-item', sentence: 'a circle', certainty: 'proved', ops: [0, 1], detail };
  const steps = [
    { text: 'T1 did not see 2', ops: [0] },
    { text: 'Of all models the weakest that falls is serializable.', ops: [] },
  ];
  return assembleModel({
    folder: '',
    verdict: {
      verdict: 'fail',
      sentence: 'broken',
      checkers: { 'list-append': { verdict: 'fail', anomalies: [{ ...anomaly, steps }], stats } },
    },
    history,
    logs: [],
    problems: [],
  });
}

const txn = (name: string, op: number) => ({ name, op, text: name });
const edge = (from: string, to: string, kind: string, because: string) => ({ from, to, kind, because });
const SKEW = {
  transactions: [txn('T1', 0), txn('T2', 1)],
  edges: [edge('T1', 'T2', 'rw', 'T1 did not see 2'), edge('T2', 'T1', 'rw', 'T2 did not see 1')],
};
const SKEWED: Json[][] = [
  [
    ['append', 'x', 1],
    ['r', 'y', [10, 20, 30]],
  ],
  [
    ['append', 'y', 2],
    ['r', 'x', []],
  ],
];

describe('a circle of transactions', () => {
  it('is drawn: boxes with what each did, arrows with kind and key', () => {
    const { text } = cycleFigure(run(SKEWED, SKEW).findings[0]!)!;
    expect(text.match(/class="box"/g)).toHaveLength(2);
    expect(text.match(/class="edge-head e-rw"/g)).toHaveLength(2);
    expect(text).toContain('rw on &#34;y&#34;'.replaceAll('&#34;', '&quot;'));
    expect(text).toContain('process 1 on n2');
    expect(text).toContain('[10 20 30]');
    expect(text).not.toContain('NaN');
  });

  it.each([3, 4, 5, 8, 10])('of %d is laid out inside the drawing', (size) => {
    const names = Array.from({ length: size }, (_, i) => `T${i}`);
    const detail = {
      transactions: names.map((name, i) => txn(name, i)),
      edges: names.map((name, i) => edge(name, names[(i + 1) % size]!, 'ww', '')),
    };
    const { text } = cycleFigure(
      run(
        names.map(() => [['append', 1, 2]]),
        detail,
      ).findings[0]!,
    )!;
    const numbers = [...text.matchAll(/ (?:x|width)="(-?[\d.]+)"/g)].map((match) => Number(match[1]));
    expect(text.match(/class="box"/g)).toHaveLength(size);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThanOrEqual(1080);
  });

  it('that is too long, or is none, is not drawn', () => {
    const names = Array.from({ length: 30 }, (_, i) => `T${i}`);
    const transactions = names.map((name) => txn(name, 0));
    const edges = names.map((name, i) => edge(name, names[(i + 1) % 30]!, 'ww', ''));
    expect(cycleFigure(run(SKEWED, { transactions, edges }).findings[0]!)).toBeNull();
    expect(cycleFigure(run(SKEWED, { transactions: [0, 1] }).findings[0]!)).toBeNull();
  });

  it('is told as a chain, each reason once, and says which models fall', () => {
    const stats = {
      refuted: ['serializable', 'strict-serializable'],
      weakestRefuted: ['serializable'],
      strongestPossible: ['snapshot-isolation'],
    };
    const words = findingsSection(run(SKEWED, SKEW, stats))
      .text.split('<template')[0]!
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ');
    expect(words).toContain('T1 before T2 rw because T1 did not see 2');
    expect(words.split('T1 did not see 2')).toHaveLength(2);
    expect(words).toContain('The weakest is serializable');
    expect(words).toContain('with it 1 stronger model');
    expect(words).toContain('remains possible: snapshot-isolation');
    expect(words).toContain('Why this cannot be');
  });
});

describe('models that fall', () => {
  it('are read from figures, sets of session guarantees too', () => {
    expect(fallenOf({ operations: 3 })).toBeNull();
    expect(fallenOf({ refuted: [['read-your-writes', 'monotonic-reads']] })?.weakest).toEqual([
      'read-your-writes + monotonic-reads',
    ]);
  });
});

describe('an order of effects', () => {
  it('stands as numbers on the bars, and the answer that fits nowhere is hatched', () => {
    const detail = {
      culprit: 1,
      possible: ['7'],
      configurations: [{ after: [0], holds: '7' }],
    };
    const model = run(SKEWED, detail);
    const finding = model.findings[0]!;
    expect(effectsOf(finding)).toEqual({ order: [0], orders: 1, holds: '7', culprit: 1, possible: ['7'] });
    const { text } = opsFigure(model, finding)!;
    expect(text).toContain('class="t-point"');
    expect(text).toContain('class="culprit"');
    expect(text).toContain('after 1 it could only hold 7');
    expect(text).toContain('the only order');
  });
});
