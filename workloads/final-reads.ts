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
  untilOk,
} from '../harness/generator/index.ts';

const ATTEMPTS = 20;
const BETWEEN_NS = 250e6;

/** Each client performs each of these reads once, with up to 20 attempts 250 ms apart. */
export function finalReads(reads: readonly OpTemplate[]): Generator {
  return eachThread(reads.map((read) => untilOk(limit(ATTEMPTS, delay(BETWEEN_NS, repeat(read), false)))));
}
