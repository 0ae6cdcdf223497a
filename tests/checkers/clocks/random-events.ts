/**
 * Random runs of processes that send and receive, with the clocks a correct system would report.
 */
import fc from 'fast-check';
import {
  causalOrder,
  type EventGraph,
  eventGraph,
  lamportTimestamps,
  NO_EVENT,
  vectorTimestamps,
} from '../../../checkers/clocks/event-graph.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import type { History } from '../../../harness/history/history.ts';
import type { Json } from '../../../harness/op.ts';

export interface DrawnEvent {
  process: number;
  kind: number;
  pick: number;
}

export const drawnEvents = (max: number): fc.Arbitrary<DrawnEvent[]> =>
  fc.array(fc.record({ process: fc.nat(2), kind: fc.nat(2), pick: fc.nat(99) }), {
    minLength: 2,
    maxLength: max,
  });

const NAMES = ['n1', 'n2', 'n3'];

export interface Run {
  graph: EventGraph;
  kinds: string[];
  lamport: Int32Array;
  vectors: number[][];
  /** past[b][a]: a happened before b, by closing the immediate edges. */
  past: boolean[][];
}

export function runOf(drawn: readonly DrawnEvent[]): Run {
  const sends = new Int32Array(drawn.length).fill(NO_EVENT);
  const open: number[] = [];
  const kinds = drawn.map(({ process, kind, pick }, e) => {
    const from = open.filter((s) => drawn[s]!.process !== process);
    if (kind === 1 && from.length > 0) {
      const send = from[pick % from.length]!;
      open.splice(open.indexOf(send), 1);
      sends[e] = send;
      return 'receive';
    }
    if (kind === 2) open.push(e);
    return kind === 2 ? 'send' : 'event';
  });
  const graph = eventGraph(
    NAMES,
    Int32Array.from(drawn, (event) => event.process),
    sends,
  );
  const order = causalOrder(graph);
  const rows = vectorTimestamps(graph, order);
  const past = drawn.map((_, b) =>
    drawn.map((event, a) => (a < b && event.process === drawn[b]!.process) || sends[b] === a),
  );
  for (let k = 0; k < drawn.length; k++) {
    for (const row of past) if (row[k]) for (let a = 0; a < k; a++) row[a] ||= past[k]![a]!;
  }
  return {
    graph,
    kinds,
    lamport: lamportTimestamps(graph, order),
    vectors: drawn.map((_, e) => [...rows.subarray(e * 3, e * 3 + 3)]),
    past,
  };
}

/** The run as a history in which every event reports a clock. */
export function reportOf(run: Run, clocks: readonly Json[], physical?: readonly number[]): History {
  return historyOf(
    run.kinds.map((f, index) => ({
      index,
      time: index * 1e6,
      process: 'cluster',
      type: 'info' as const,
      f,
      node: NAMES[run.graph.processOf[index]!]!,
      value: {
        clock: clocks[index]!,
        ...(f === 'event' ? {} : { message: f === 'send' ? index : run.graph.sends[index]! }),
        ...(physical === undefined ? {} : { physical: physical[index]! }),
      },
    })),
  );
}
