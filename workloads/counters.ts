/**
 * Counters that converge: amounts are added through every node, and in the end every node must show the sum of
 * what was acknowledged, give or take what has no known outcome.
 */
import { drawn } from '../harness/generator/index.ts';
import type { Json } from '../harness/op.ts';
import type { Workload } from '../harness/workload.ts';
import { finalReads, QUIET } from './final-reads.ts';
import { numberOf } from './options.ts';

function counterWorkload(name: string, summary: string, lowest: number): Workload {
  return {
    name,
    summary,
    needs: ['add', 'read'],
    options: {
      ...QUIET,
      reads: { summary: 'share of reads', default: 0.3, type: 'number', min: 0, max: 0.9 },
      current: {
        summary: 'every read must be current, not only those at the end',
        default: false,
        choices: [true, false],
      },
    },
    build(options: Record<string, Json>, context) {
      const reads = numberOf(options, 'reads');
      return {
        generator: drawn(context.seed.fork('operations'), (draws) =>
          draws.chance(reads) ? { f: 'read' } : { f: 'add', value: draws.int(lowest, 5) },
        ),
        final: finalReads([{ f: 'read' }], numberOf(options, 'quietMs')),
        checkers: [
          { name: 'counter', options: { reads: options['current'] === true ? 'all' : 'final' } },
          { name: 'stats', options: {} },
        ],
      };
    },
  };
}

/** The `g-counter` workload. */
export const gCounter: Workload = counterWorkload(
  'g-counter',
  'amounts are added to a counter through every node: increments that get lost or count twice',
  0,
);

/** The `pn-counter` workload. */
export const pnCounter: Workload = counterWorkload(
  'pn-counter',
  'amounts are added to and taken from a counter through every node: changes that get lost or count twice',
  -5,
);
