/**
 * Lamport's clock condition on clocks that a system reports: if a happened before b then C(a) < C(b). Checked
 * on immediate edges, the rest follows. The converse does not hold, and an example of that is in the stats.
 */
import type { History } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { CheckerResult } from '../../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from '../contract.ts';
import type { Pace } from '../pace.ts';
import { type ClockFindings, judgeClocks } from './clock-result.ts';
import { causalOrder, NO_EVENT, relation, vectorTimestamps } from './event-graph.ts';
import type { ReportedEvents } from './reported-events.ts';

/** Judges reported Lamport clocks: numbers. O(n). */
export function lamportClock(history: History, budget: Budget = UNLIMITED): CheckerResult {
  return judgeClocks(history, budget, judge);
}

function judge(events: ReportedEvents, findings: ClockFindings, pace: Pace): CheckerResult {
  const { graph, clocks, ops } = events;
  for (let b = 0; b < graph.count; b++) {
    pace.step();
    const later = clocks[b]!;
    if (typeof later !== 'number') continue;
    for (const a of [graph.previous[b]!, graph.sends[b]!]) {
      const earlier = a === NO_EVENT ? null : clocks[a]!;
      if (typeof earlier !== 'number' || earlier < later) continue;
      findings.add(
        findings.backwardsKind(a, b),
        `A clock grows along happens-before, but ${findings.name(a)} has ${findings.clock(a)} and ` +
          `${findings.name(b)}, which it happened before, has ${findings.clock(b)}.`,
        a,
        b,
      );
    }
  }
  pace.look();
  const numbers = clocks.filter((clock) => typeof clock === 'number');
  const equal = numbers.length - new Set(numbers).size;
  const stats: Record<string, Json> = { equalTimestamps: equal };
  pace.look();
  const example = converse(events);
  if (example !== null) stats['concurrentThoughSmaller'] = example.map((e) => ops[e]!);
  const odd = clocks.filter((clock) => clock !== null && typeof clock !== 'number').length;
  const open =
    odd === 0
      ? null
      : `clocks that are no numbers below 2^53 (${odd}) were not compared; such numbers would settle it`;
  return findings.result(stats, open);
}

/** Two concurrent events of which one has the smaller clock: what a Lamport clock cannot tell. */
function converse({ graph, clocks }: ReportedEvents): [number, number] | null {
  const limit = 10_000;
  if (graph.count > limit) return null;
  const order = causalOrder(graph);
  if (order.length < graph.count) return null;
  const truth = vectorTimestamps(graph, order);
  for (let b = 0; b < graph.count; b++) {
    for (const own of graph.byProcess) {
      const first = own[truth[b * graph.processes.length + graph.processOf[own[0]!]!]!];
      if (first === undefined || relation(graph, truth, first, b) !== 'concurrent') continue;
      const [x, y] = [clocks[first], clocks[b]];
      if (typeof x === 'number' && typeof y === 'number' && x < y) return [first, b];
    }
  }
  return null;
}

/** The `lamport-clock` checker. */
export const lamportClockChecker: Checker = {
  name: 'lamport-clock',
  summary: 'reported clocks grow along happens-before',
  options: {},
  reads: {
    send: 'send with a node and {clock, message}',
    receive: 'receive with a node and {clock, message}',
    event: 'event with a node and {clock}',
  },
  anomalies: {
    'clock-condition': 'a clock that did not grow from an event to one it happened before',
    'clock-regression-after-restart': 'a clock that fell behind when its node was started anew',
  },
  check: (history, _options, budget) => lamportClock(history, budget),
};
