/**
 * A grow-only set: unique integers are added, now and then the whole set is read, at the end by every client.
 * The promise: what was acknowledged stays, and what is read was added.
 */
import { type Generator, type OpTemplate, unfold } from '../harness/generator/index.ts';
import type { Json } from '../harness/op.ts';
import type { Seed } from '../harness/random.ts';
import type { Workload } from '../harness/workload.ts';
import { finalReads, QUIET } from './final-reads.ts';
import { numberOf } from './options.ts';

/** Up to this size reads keep their share; beyond it they thin out, so that all reads together stay linear. */
const DENSE = 1_000;

interface Progress {
  /** Elements added so far: the next one. */
  added: number;
  /** No read before so many were added. */
  readFrom: number;
}

function operations(seed: Seed, reads: number): Generator {
  return unfold<Progress>(seed, { added: 0, readFrom: 0 }, (progress, _, draws): [OpTemplate, Progress] => {
    const { added, readFrom } = progress;
    if (added >= readFrom && draws.chance(reads)) {
      return [
        { f: 'read' },
        { added, readFrom: added < DENSE ? added : added + Math.ceil((added / DENSE) * 10) },
      ];
    }
    return [
      { f: 'add', value: added },
      { added: added + 1, readFrom },
    ];
  });
}

/** The `set` workload. */
export const set: Workload = {
  name: 'set',
  summary:
    'unique elements are added to one set, read now and then, and by every client at the end: lost and stale writes',
  needs: ['add', 'read'],
  options: {
    quietMs: { ...QUIET.quietMs, default: 0 },
    reads: {
      summary: 'share of reads among the first thousand elements; beyond that they thin out',
      default: 0.1,
      type: 'number',
      min: 0,
      max: 0.9,
    },
  },
  build(options: Record<string, Json>, context) {
    return {
      generator: operations(context.seed.fork('operations'), numberOf(options, 'reads')),
      final: finalReads([{ f: 'read' }], numberOf(options, 'quietMs')),
      checkers: [
        { name: 'set-full', options: {} },
        { name: 'stats', options: {} },
      ],
    };
  },
};
