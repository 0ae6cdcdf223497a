/**
 * Events of processes and the messages between them: the happens-before relation of Lamport, as arrays. Two
 * immediate edges make all of it: from an event to the next of its process, and from a send to its receive.
 */

import type { Pace } from '../pace.ts';

/** No event. */
export const NO_EVENT = -1;

/** Events in an order in which each process's own events ascend. */
export interface EventGraph {
  count: number;
  processes: readonly string[];
  processOf: Int32Array;
  /** The event before it on its process, or NO_EVENT. */
  previous: Int32Array;
  /** The send an event received, or NO_EVENT. */
  sends: Int32Array;
  /** Position of each event among those of its process, from 0. */
  positions: Int32Array;
  /** Events of each process, in order. */
  byProcess: Int32Array[];
}

/** How two events relate. */
export type Relation = 'before' | 'after' | 'concurrent' | 'same';

/** Builds the graph from each event's process and the send it received. Throws OutOfBudget where a pace is given. O(n). */
export function eventGraph(
  processes: readonly string[],
  processOf: Int32Array,
  sends: Int32Array,
  pace?: Pace,
): EventGraph {
  const count = processOf.length;
  const previous = new Int32Array(count).fill(NO_EVENT);
  const positions = new Int32Array(count);
  const sizes = new Int32Array(processes.length);
  for (let e = 0; e < count; e++) {
    pace?.step();
    positions[e] = sizes[processOf[e]!]!++;
  }
  const byProcess = processes.map((_, p) => new Int32Array(sizes[p]!));
  for (let e = 0; e < count; e++) {
    pace?.step();
    const own = byProcess[processOf[e]!]!;
    own[positions[e]!] = e;
    if (positions[e]! > 0) previous[e] = own[positions[e]! - 1]!;
  }
  return { count, processes, processOf, previous, sends, positions, byProcess };
}

/**
 * Events so that causes come first; shorter than `count` when messages arrive before they are sent. Throws OutOfBudget
 * where a pace is given. O(n).
 */
export function causalOrder(graph: EventGraph, pace?: Pace): Int32Array {
  const { count, previous, sends } = graph;
  const start = new Int32Array(count + 1);
  const waiting = new Int32Array(count);
  for (let e = 0; e < count; e++) {
    pace?.step();
    for (const cause of [previous[e]!, sends[e]!]) {
      if (cause === NO_EVENT) continue;
      start[cause + 1]!++;
      waiting[e]!++;
    }
  }
  for (let e = 0; e < count; e++) start[e + 1]! += start[e]!;
  const next = start.slice(0, count);
  const effects = new Int32Array(start[count]!);
  for (let e = 0; e < count; e++) {
    pace?.step();
    if (previous[e] !== NO_EVENT) effects[next[previous[e]!]!++] = e;
    if (sends[e] !== NO_EVENT) effects[next[sends[e]!]!++] = e;
  }
  const order = new Int32Array(count);
  let tail = 0;
  for (let e = 0; e < count; e++) if (waiting[e] === 0) order[tail++] = e;
  for (let head = 0; head < tail; head++) {
    pace?.step();
    const e = order[head]!;
    for (let i = start[e]!; i < start[e + 1]!; i++) {
      if (--waiting[effects[i]!]! === 0) order[tail++] = effects[i]!;
    }
  }
  return order.subarray(0, tail);
}

/** Lamport timestamps by the rules: one more than the largest of what happened immediately before. O(n). */
export function lamportTimestamps(graph: EventGraph, order: Int32Array): Int32Array {
  const clocks = new Int32Array(graph.count);
  for (const e of order) {
    const own = graph.previous[e] === NO_EVENT ? 0 : clocks[graph.previous[e]!]!;
    const received = graph.sends[e] === NO_EVENT ? 0 : clocks[graph.sends[e]!]!;
    clocks[e] = Math.max(own, received) + 1;
  }
  return clocks;
}

/**
 * Vector timestamps, one row per event and one entry per process: how many of its events are known. Throws OutOfBudget
 * where a pace is given. O(n p).
 */
export function vectorTimestamps(graph: EventGraph, order: Int32Array, pace?: Pace): Int32Array {
  const width = graph.processes.length;
  const clocks = new Int32Array(graph.count * width);
  for (const e of order) {
    pace?.step();
    const row = e * width;
    if (graph.previous[e] !== NO_EVENT) {
      const from = graph.previous[e]! * width;
      clocks.copyWithin(row, from, from + width);
    }
    if (graph.sends[e] !== NO_EVENT) {
      const from = graph.sends[e]! * width;
      for (let p = 0; p < width; p++)
        if (clocks[from + p]! > clocks[row + p]!) clocks[row + p] = clocks[from + p]!;
    }
    clocks[row + graph.processOf[e]!] = graph.positions[e]! + 1;
  }
  return clocks;
}

/** How event a relates to event b, by true vector timestamps. O(1). */
export function relation(graph: EventGraph, clocks: Int32Array, a: number, b: number): Relation {
  if (a === b) return 'same';
  const width = graph.processes.length;
  const knows = (later: number, earlier: number): boolean =>
    clocks[later * width + graph.processOf[earlier]!]! > graph.positions[earlier]!;
  if (knows(b, a)) return 'before';
  return knows(a, b) ? 'after' : 'concurrent';
}

/** Events from a to b, each immediately before the next; null when a did not happen before b. O(n). */
export function causalChain(graph: EventGraph, a: number, b: number): number[] | null {
  const next = new Int32Array(graph.count).fill(NO_EVENT);
  const seen = new Uint8Array(graph.count);
  const queue = [b];
  seen[b] = 1;
  for (let head = 0; head < queue.length; head++) {
    const e = queue[head]!;
    for (const cause of [graph.sends[e]!, graph.previous[e]!]) {
      if (cause === NO_EVENT || seen[cause] === 1) continue;
      seen[cause] = 1;
      next[cause] = e;
      queue.push(cause);
    }
  }
  if (a === b || seen[a] === 0) return null;
  const chain = [a];
  for (let e = a; e !== b; e = next[e]!) chain.push(next[e]!);
  return chain;
}
