/**
 * A queue: unique messages go in and come out through every node, and at the end clients take until it is empty.
 * The promise: what was acknowledged comes out, once.
 */

import type { Generator } from '../harness/generator/index.ts';
import { delay, drawn, eachThread, sleep, unfold } from '../harness/generator/index.ts';
import type { Json } from '../harness/op.ts';
import type { Seed } from '../harness/random.ts';
import type { Workload } from '../harness/workload.ts';
import { QUIET } from './final-reads.ts';
import { numberOf } from './options.ts';

/** Answers in a row that were no message after which a client gives up. */
const PATIENCE = 20;
/** Pause between two dequeues of one client, once it got none. */
const BETWEEN_NS = 20e6;

/** After a pause, each client takes messages until it finds the queue empty twice, or gets no answer any more. */
function drain(seed: Seed, quietMs: number): Generator {
  const nothing = { empty: 0, silent: 0, taken: 0 };
  const one = unfold(
    seed,
    nothing,
    (state) =>
      state.empty >= 2 || state.silent >= PATIENCE || state.taken >= 2000 ? null : [{ f: 'dequeue' }, state],
    (state, event) => {
      if (event.type === 'invoke') return state;
      if (event.type === 'ok') return { ...nothing, taken: state.taken + 1 };
      if (event.error?.kind === 'empty') return { ...state, empty: state.empty + 1 };
      return { ...state, silent: state.silent + 1 };
    },
  );
  const taken = delay(BETWEEN_NS, one, false);
  return eachThread(quietMs > 0 ? [sleep(quietMs * 1e6), taken] : taken);
}

/** The `queue` workload. */
export const queue: Workload = {
  name: 'queue',
  summary: 'messages go into a queue and come out, which is emptied at the end: lost and repeated messages',
  needs: ['enqueue', 'dequeue'],
  options: {
    quietMs: { ...QUIET.quietMs, default: 0, summary: 'pause before the queue is emptied at the end' },
    enqueues: { summary: 'share of enqueues', default: 0.55, type: 'number', min: 0.1, max: 0.9 },
    delivery: {
      summary: 'what is promised of a message that is taken while something goes wrong',
      default: 'exactly-once',
      choices: ['exactly-once', 'at-least-once', 'at-most-once'],
    },
  },
  build(options: Record<string, Json>, context) {
    const enqueues = numberOf(options, 'enqueues');
    return {
      generator: drawn(context.seed.fork('operations'), (draws, n) =>
        draws.chance(enqueues) ? { f: 'enqueue', value: n } : { f: 'dequeue' },
      ),
      final: drain(context.seed.fork('drain'), numberOf(options, 'quietMs')),
      checkers: [
        { name: 'queue', options: { delivery: options['delivery'] ?? 'exactly-once' } },
        { name: 'stats', options: {} },
      ],
    };
  },
};
