/**
 * Final reads: once the faults are undone and the cluster has settled, every client asks again, and tries until
 * it gets an answer, so that nothing that was acknowledged can hide.
 */
import {
  delay,
  eachThread,
  type Generator,
  limit,
  type OpTemplate,
  repeat,
  sleep,
  untilOk,
} from '../harness/generator/index.ts';

const ATTEMPTS = 20;
const BETWEEN_NS = 250e6;

/** Each client performs each of these reads once, with up to 20 attempts 250 ms apart, after a pause. */
export function finalReads(reads: readonly OpTemplate[], quietMs = 0): Generator {
  const asked = reads.map((read) => untilOk(limit(ATTEMPTS, delay(BETWEEN_NS, repeat(read), false))));
  return eachThread(quietMs > 0 ? [sleep(quietMs * 1e6), ...asked] : asked);
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
