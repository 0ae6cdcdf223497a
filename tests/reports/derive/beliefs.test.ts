import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { historyOf } from '../../../harness/history/builder.ts';
import type { Op } from '../../../harness/op.ts';
import { beliefSpans, overlapSpans } from '../../../reports/derive/beliefs.ts';
import type { BeliefSpan } from '../../../reports/model.ts';

interface Probe {
  node: string;
  at: number;
  leading: boolean;
  term?: number;
}

/** Probes of 1 ms each, `at` in milliseconds. */
function history(probes: readonly Probe[]) {
  const lines = probes
    .flatMap(({ node, at, leading, term }): Omit<Op, 'index'>[] => {
      const base = { process: `observer:${node}`, f: 'leader', node };
      return [
        { ...base, time: at * 1e6, type: 'invoke', value: null },
        {
          ...base,
          time: at * 1e6 + 1e6,
          type: 'ok',
          value: { leading, ...(term === undefined ? {} : { term }) },
        },
      ];
    })
    .sort((a, b) => a.time - b.time);
  return historyOf(lines.map((line, index) => ({ ...line, index })));
}

const claim = (node: string, fromNs: number, toNs: number): BeliefSpan => ({
  node,
  leading: true,
  leader: node,
  term: null,
  fromNs,
  toNs,
  sureFromNs: fromNs,
  sureToNs: toNs,
});

describe('beliefSpans', () => {
  it('joins agreeing probes and is sure only between them', () => {
    const spans = beliefSpans(
      history([100, 200, 300].map((at) => ({ node: 'n1', at, leading: true, term: 2 }))),
    );
    expect(spans).toHaveLength(1);
    expect(spans[0]).toMatchObject({
      node: 'n1',
      leading: true,
      term: 2,
      sureFromNs: 101e6,
      sureToNs: 300e6,
    });
  });

  it('splits where the term or the belief changes, half way between the probes', () => {
    const spans = beliefSpans(
      history([
        { node: 'n1', at: 100, leading: true, term: 1 },
        { node: 'n1', at: 200, leading: true, term: 2 },
        { node: 'n1', at: 300, leading: false },
      ]),
    );
    expect(spans.map((span) => [span.leading, span.term])).toEqual([
      [true, 1],
      [true, 2],
      [false, null],
    ]);
    expect(spans[0]!.toNs).toBe(150.5e6);
    expect(spans[1]!.fromNs).toBe(150.5e6);
  });

  it('does not bridge a long silence', () => {
    const spans = beliefSpans(
      history([
        { node: 'n1', at: 100, leading: true },
        { node: 'n1', at: 4000, leading: true },
      ]),
    );
    expect(spans).toHaveLength(2);
    expect(spans[1]!.fromNs).toBe(4000e6);
  });

  it('takes readings of the log of a node for no word of whom it follows', () => {
    const said = (time: number, f: string, value: Op['value']): Omit<Op, 'index'>[] => [
      { process: 'observer:n1', f, node: 'n1', time, type: 'invoke', value: null },
      { process: 'observer:n1', f, node: 'n1', time: time + 1e6, type: 'ok', value },
    ];
    const follows = { leading: false, leader: 'n2', term: 1 };
    const lines = [
      ...said(0, 'leader', follows),
      ...said(100e6, 'log', { read: 1, from: 1, entries: [], term: 1, leading: false }),
      ...said(200e6, 'leader', follows),
    ];
    const spans = beliefSpans(historyOf(lines.map((line, index) => ({ ...line, index }))));
    expect(spans).toHaveLength(1);
    expect(spans[0]).toMatchObject({ node: 'n1', leader: 'n2', fromNs: 0, toNs: 201e6 });
  });

  it('takes probes that were not answered for nothing', () => {
    const base = { process: 'observer:n1', f: 'leader', node: 'n1', value: null };
    const lines: Op[] = [
      { ...base, index: 0, time: 0, type: 'invoke' },
      { ...base, index: 1, time: 1, type: 'info', error: { definite: false, kind: 'timeout' } },
    ];
    expect(beliefSpans(historyOf(lines))).toEqual([]);
  });
});

describe('overlapSpans', () => {
  it('finds who led at once, and for how long', () => {
    expect(overlapSpans([claim('n1', 0, 10), claim('n2', 6, 14), claim('n3', 20, 30)])).toEqual([
      {
        fromNs: 6,
        toNs: 10,
        leaders: [
          { node: 'n1', term: null },
          { node: 'n2', term: null },
        ],
      },
    ]);
  });

  it('agrees with looking at every instant', () => {
    const span = fc
      .tuple(fc.constantFrom('n1', 'n2', 'n3'), fc.nat(40), fc.integer({ min: 1, max: 20 }))
      .map(([node, from, length]) => claim(node, from, from + length));
    fc.assert(
      fc.property(fc.array(span, { maxLength: 8 }), (spans) => {
        const overlaps = overlapSpans(spans);
        for (let instant = 0.5; instant < 70; instant++) {
          const leaders = new Set(
            spans.filter((one) => one.fromNs < instant && one.toNs > instant).map((one) => one.node),
          );
          const covered = overlaps.some((one) => one.fromNs < instant && one.toNs > instant);
          expect(covered).toBe(leaders.size > 1);
        }
      }),
    );
  });
});
