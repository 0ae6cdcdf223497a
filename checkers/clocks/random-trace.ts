/**
 * A made-up run of processes that compute and send each other messages, for measuring clocks on runs of any
 * size without a cluster.
 */
import type { Rng } from '../../harness/random.ts';
import { type EventGraph, eventGraph, NO_EVENT } from './event-graph.ts';

/** Events, and which of them sent a message. */
export interface Trace {
  graph: EventGraph;
  sends: Int32Array;
}

/**
 * `events` events of `processes` processes: each step one process receives the oldest message that waits for
 * it, sends one to another, or does something alone, with about equal chances.
 */
export function randomTrace(rng: Rng, processes: number, events: number): Trace {
  const waiting: number[][] = Array.from({ length: processes }, () => []);
  const processOf = new Int32Array(events);
  const received = new Int32Array(events).fill(NO_EVENT);
  const sends: number[] = [];
  for (let e = 0; e < events; e++) {
    const process = rng.int(0, processes - 1);
    processOf[e] = process;
    const choice = rng.int(0, 2);
    if (choice === 0) received[e] = waiting[process]!.shift() ?? NO_EVENT;
    else if (choice === 1 && processes > 1) {
      const other = (process + rng.int(1, processes - 1)) % processes;
      waiting[other]!.push(e);
      sends.push(e);
    }
  }
  const names = Array.from({ length: processes }, (_, p) => `P${p + 1}`);
  return { graph: eventGraph(names, processOf, received), sends: Int32Array.from(sends) };
}
