/**
 * Sets with removal that converge: the promise is that in the end what was added and not removed is there, and
 * nothing that was removed.
 */
import { drawn } from '../harness/generator/index.ts';
import type { Json } from '../harness/op.ts';
import type { Workload } from '../harness/workload.ts';
import { elementOperation } from './elements.ts';
import { finalReads, QUIET } from './final-reads.ts';
import { numberOf } from './options.ts';
import { thinned } from './thinned.ts';

/** The `or-set` workload. */
export const orSet: Workload = {
  name: 'or-set',
  summary:
    'unique elements are added to one set and some removed again: lost elements, removed ones that return',
  needs: ['add', 'remove', 'read'],
  options: {
    ...QUIET,
    reads: {
      summary: 'share of reads among the first thousand operations; beyond that they thin out',
      default: 0.05,
      type: 'number',
      min: 0,
      max: 0.9,
    },
    removes: { summary: 'share of removals', default: 0.25, type: 'number', min: 0, max: 0.9 },
  },
  build(options: Record<string, Json>, context) {
    const shares = { reads: numberOf(options, 'reads'), removes: numberOf(options, 'removes') };
    return {
      generator: drawn(context.seed.fork('operations'), (draws, n) =>
        elementOperation(n, draws, { ...shares, reads: thinned(shares.reads, n) }),
      ),
      final: finalReads([{ f: 'read' }], numberOf(options, 'quietMs')),
      checkers: [
        { name: 'eventual-set', options: {} },
        { name: 'stats', options: {} },
      ],
    };
  },
};
