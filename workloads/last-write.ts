/**
 * Writes and reads of a few keys, and at the end what every replica holds. The promise of a store in which the
 * last write wins: once writes have ended, no key shows a write that another acknowledged one came after.
 */
import { drawn } from '../harness/generator/index.ts';
import type { Json } from '../harness/op.ts';
import type { Workload } from '../harness/workload.ts';
import { finalReads, QUIET } from './final-reads.ts';
import { numberOf } from './options.ts';

/** The `last-write` workload. */
export const lastWrite: Workload = {
  name: 'last-write',
  summary: 'a few keys are written over and over through every node: which write is the last in the end',
  needs: ['read', 'write'],
  options: {
    ...QUIET,
    keys: { summary: 'number of keys', default: 10, type: 'number', min: 1, max: 1000 },
    reads: { summary: 'share of reads', default: 0.2, type: 'number', min: 0, max: 0.9 },
  },
  build(options: Record<string, Json>, context) {
    const keys = numberOf(options, 'keys');
    const reads = numberOf(options, 'reads');
    return {
      generator: drawn(context.seed.fork('operations'), (draws, n) => {
        const key = draws.int(0, keys - 1);
        return draws.chance(reads) ? { f: 'read', key } : { f: 'write', key, value: n };
      }),
      final: finalReads(
        Array.from({ length: keys }, (_, key) => ({ f: 'read', key })),
        numberOf(options, 'quietMs'),
      ),
      checkers: [
        { name: 'last-write-wins', options: {} },
        { name: 'stats', options: {} },
      ],
    };
  },
};
