/**
 * What Lamport and vector clocks cost and what they tell, on the events of one run: bytes that a timestamp
 * adds to a message, and for how many pairs of events the timestamps alone say how they relate. Measured
 * against reachability in the graph of events, not against the clocks themselves.
 */
import { compareVectors } from './compare.ts';
import { causalOrder, lamportTimestamps, vectorTimestamps } from './event-graph.ts';
import type { Trace } from './random-trace.ts';

/** Figures of one kind of clock. */
export interface ClockPower {
  /** Mean length of the timestamp of a sent message, as JSON. */
  bytesPerMessage: number;
  /** Pairs of events of which the timestamps alone say whether one happened before the other. */
  pairsTold: number;
  /** Pairs of concurrent events to which the timestamps give an order all the same. */
  concurrentOrdered: number;
}

/** Both clocks on the same events. */
export interface ClockComparison {
  processes: number;
  /** Events looked at: the first in causal order, at most `most`. */
  events: number;
  messages: number;
  pairs: number;
  concurrentPairs: number;
  lamport: ClockPower;
  vector: ClockPower;
}

/**
 * Compares the clocks on the first `most` events in causal order. O(most^2 (p + most / 32)) for p processes.
 * Throws `RangeError` when a clock contradicts the graph.
 */
export function compareClocks({ graph, sends }: Trace, most = 1000): ClockComparison {
  const whole = causalOrder(graph);
  const order = whole.subarray(0, Math.min(most, whole.length));
  const lamport = lamportTimestamps(graph, order);
  const width = graph.processes.length;
  const vectors = vectorTimestamps(graph, order);
  const rows = [...order].map((e) => [...vectors.subarray(e * width, (e + 1) * width)]);
  const before = causesOf(order, graph.previous, graph.sends);
  const counts = { concurrent: 0, equal: 0, orderedByLamport: 0, toldByVector: 0, orderedByVector: 0 };
  for (let b = 0; b < order.length; b++) {
    for (let a = 0; a < b; a++) {
      const causal = (before[b]![a >> 5]! & (1 << (a & 31))) !== 0;
      const [ca, cb] = [lamport[order[a]!]!, lamport[order[b]!]!];
      const told = compareVectors(rows[a]!, rows[b]!);
      if (causal && ca >= cb) throw new RangeError('a Lamport clock ran backwards');
      if ((told === 'before') === causal && told !== 'after') counts.toldByVector++;
      if (causal) continue;
      counts.concurrent++;
      if (ca === cb) counts.equal++;
      else counts.orderedByLamport++;
      if (told !== 'concurrent') counts.orderedByVector++;
    }
  }
  const inside = new Set(order);
  const sent = [...sends].filter((e) => inside.has(e));
  const at = new Map([...order].map((e, i) => [e, i]));
  const mean = (size: (e: number) => number): number =>
    sent.length === 0 ? 0 : sent.reduce((sum, e) => sum + size(e), 0) / sent.length;
  return {
    processes: width,
    events: order.length,
    messages: sent.length,
    pairs: (order.length * (order.length - 1)) / 2,
    concurrentPairs: counts.concurrent,
    lamport: {
      bytesPerMessage: mean((e) => JSON.stringify(lamport[e]).length),
      // Equal timestamps are those of concurrent events; unequal ones leave it open.
      pairsTold: counts.equal,
      concurrentOrdered: counts.orderedByLamport,
    },
    vector: {
      bytesPerMessage: mean((e) => JSON.stringify(rows[at.get(e)!]).length),
      pairsTold: counts.toldByVector,
      concurrentOrdered: counts.orderedByVector,
    },
  };
}

/** For each event in order the set of those before it, as bits by position in the order. */
function causesOf(order: Int32Array, previous: Int32Array, sends: Int32Array): Int32Array[] {
  const at = new Map([...order].map((e, i) => [e, i]));
  const words = (order.length >> 5) + 1;
  const sets: Int32Array[] = [];
  for (const e of order) {
    const own = new Int32Array(words);
    for (const cause of [previous[e]!, sends[e]!]) {
      const i = at.get(cause);
      if (i === undefined) continue;
      const theirs = sets[i]!;
      for (let w = 0; w < words; w++) own[w]! |= theirs[w]!;
      own[i >> 5]! |= 1 << (i & 31);
    }
    sets.push(own);
  }
  return sets;
}
