/**
 * Broadcast: unique values are given to single nodes, and every node is asked for all it has. The promise: in the
 * end every node has every acknowledged value, once.
 */
import { drawn } from '../harness/generator/index.ts';
import type { Json } from '../harness/op.ts';
import type { Workload } from '../harness/workload.ts';
import { finalReads, QUIET } from './final-reads.ts';
import { numberOf } from './options.ts';
import { thinned } from './thinned.ts';

/** The `broadcast` workload. */
export const broadcast: Workload = {
  name: 'broadcast',
  summary: 'values are given to single nodes and must reach every node, once',
  needs: ['broadcast', 'read'],
  options: {
    ...QUIET,
    reads: {
      summary: 'share of reads among the first thousand operations; beyond that they thin out',
      default: 0.1,
      type: 'number',
      min: 0,
      max: 0.9,
    },
  },
  build(options: Record<string, Json>, context) {
    const reads = numberOf(options, 'reads');
    return {
      generator: drawn(context.seed.fork('operations'), (draws, n) =>
        draws.chance(thinned(reads, n)) ? { f: 'read' } : { f: 'broadcast', value: n },
      ),
      final: finalReads([{ f: 'read' }], numberOf(options, 'quietMs')),
      checkers: [
        { name: 'broadcast', options: {} },
        { name: 'stats', options: {} },
      ],
    };
  },
};
