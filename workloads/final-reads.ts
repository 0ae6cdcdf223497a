/**
 * Final reads: once the faults are undone and the cluster has settled, every client asks again, and tries until
 * it gets an answer, so that nothing that was acknowledged can hide.
 */
import {
  asLongAs,
  delay,
  eachThread,
  type Generator,
  type GeneratorEvent,
  limit,
  type OpTemplate,
  repeat,
  sequentialKeys,
  sleep,
  untilOk,
} from '../harness/generator/index.ts';

const ATTEMPTS = 20;
const BETWEEN_NS = 250e6;

/** Each client performs each of these reads once, with up to 20 attempts 250 ms apart, after a pause. */
export function finalReads(reads: readonly OpTemplate[], quietMs = 0): Generator {
  const asked = reads.map(untilAnswered);
  return eachThread(quietMs > 0 ? [sleep(quietMs * 1e6), ...asked] : asked);
}

/**
 * Each client reads the lists of key 0, 1, 2... in the same way, until `enough` in a row were empty or not to be had:
 * final reads of keys whose number is known only once the load is over, and which were used in this order.
 */
export function finalReadsOfLists(enough: number, quietMs: number): Generator {
  const inOrder = sequentialKeys(
    (n) => n,
    () => untilAnswered({ f: 'read' }),
  );
  const reads = asLongAs(0, (idle, event) => idleAfter(idle, event, enough), inOrder);
  return eachThread(quietMs > 0 ? [sleep(quietMs * 1e6), reads] : reads);
}

function untilAnswered(read: OpTemplate): Generator {
  return untilOk(limit(ATTEMPTS, delay(BETWEEN_NS, repeat(read), false)));
}

/** Attempts that showed nothing since one that did: an empty list counts as all attempts at it. Null: enough of it. */
function idleAfter(idle: number, event: GeneratorEvent, enough: number): number | null {
  if (event.type === 'invoke') return idle;
  if (event.type === 'ok' && Array.isArray(event.value) && event.value.length > 0) return 0;
  const now = idle + (event.type === 'ok' ? ATTEMPTS : 1);
  return now >= enough * ATTEMPTS ? null : now;
}

/** The option of workloads whose promise holds only once replicas have heard of each other. */
export const QUIET = {
  quietMs: {
    summary: 'pause before the final reads, in which replicas may converge',
    default: 3000,
    type: 'number',
    min: 0,
  },
} as const;
