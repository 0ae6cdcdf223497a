/**
 * Requests with an effect: each is submitted under its own number, and reads show every effect there was. The promise:
 * what was acknowledged took effect, once, however often a client had to ask.
 */
import { drawn } from '../harness/generator/index.ts';
import type { Json } from '../harness/op.ts';
import type { Workload } from '../harness/workload.ts';
import { finalReads } from './final-reads.ts';
import { numberOf } from './options.ts';
import { thinned } from './thinned.ts';

/** The `requests` workload. */
export const requests: Workload = {
  name: 'requests',
  summary: 'requests take effect and reads show all effects: what was done twice, or not at all',
  needs: ['submit', 'read'],
  options: {
    reads: {
      summary: 'share of reads among the first thousand operations; beyond that they thin out',
      default: 0.05,
      type: 'number',
      min: 0,
      max: 1,
    },
  },
  build(options: Record<string, Json>, context) {
    const reads = numberOf(options, 'reads');
    return {
      generator: drawn(context.seed.fork('operations'), (draws, n) =>
        draws.chance(thinned(reads, n)) ? { f: 'read' } : { f: 'submit', value: n },
      ),
      final: finalReads([{ f: 'read' }]),
      checkers: [
        { name: 'exactly-once', options: {} },
        { name: 'stats', options: {} },
      ],
    };
  },
};
