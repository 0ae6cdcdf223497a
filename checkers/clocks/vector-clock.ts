/**
 * The strong clock condition on vector clocks that a system reports: a happened before b exactly when
 * V(a) < V(b). One direction is checked on immediate edges. For the other it is enough to ask, for every
 * event b and every node, about that node's first event outside the past of b: clocks grow along a node, so
 * if that one does not claim to be before b, no later one does. O(n p^2).
 */
import type { History } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { CheckerResult } from '../../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from '../contract.ts';
import type { Pace } from '../pace.ts';
import { type ClockFindings, judgeClocks } from './clock-result.ts';
import { causalOrder, NO_EVENT, vectorTimestamps } from './event-graph.ts';
import type { ReportedEvents } from './reported-events.ts';

/** Judges reported vectors: arrays in the order of node names, or objects by node name. */
export function vectorClock(history: History, budget: Budget = UNLIMITED): CheckerResult {
  return judgeClocks(history, budget, (events, findings, pace) => judge(events, findings, budget, pace));
}

function judge(events: ReportedEvents, findings: ClockFindings, budget: Budget, pace: Pace): CheckerResult {
  const { graph } = events;
  const order = causalOrder(graph, pace);
  if (order.length < graph.count) {
    return findings.result(
      {},
      'messages are reported as received before they were sent; one order of all events would settle it',
    );
  }
  const vectors = vectorsOf(events, pace);
  checkEdges(events, vectors, findings, pace);
  let open: string | null = null;
  if (events.unmatched > 0)
    open = `receives without a send that is known for certain: ${events.unmatched}; reporting each message once would settle it`;
  else if (vectors.unreadable > 0)
    open = `events without a vector of numbers below 2^53: ${vectors.unreadable}; such vectors would settle it`;
  else if (findings.count === 0 && !checkClaims(events, vectors, order, findings, { budget, pace })) {
    open = `stopped: ${budget.reason}; a higher limit would settle the rest`;
  }
  return findings.result({ entries: vectors.width }, open);
}

interface Vectors {
  width: number;
  rows: Float64Array;
  /** 1 where the event carries a vector. */
  present: Uint8Array;
  unreadable: number;
}

function vectorsOf({ graph, clocks }: ReportedEvents, pace: Pace): Vectors {
  const columns = new Map<string, number>();
  for (const name of graph.processes) columns.set(name, columns.size);
  for (const clock of clocks) {
    pace.step();
    if (!isMap(clock)) continue;
    for (const name of Object.keys(clock)) if (!columns.has(name)) columns.set(name, columns.size);
  }
  let longest = 0;
  for (const clock of clocks) if (Array.isArray(clock)) longest = Math.max(longest, clock.length);
  const width = Math.max(columns.size, longest);
  const rows = new Float64Array(graph.count * width);
  const present = new Uint8Array(graph.count);
  let unreadable = 0;
  clocks.forEach((clock, e) => {
    pace.step();
    const entries: [number, Json][] | null = Array.isArray(clock)
      ? clock.map((entry, p) => [p, entry])
      : isMap(clock)
        ? Object.entries(clock).map(([name, entry]) => [columns.get(name)!, entry])
        : null;
    if (entries === null || entries.some(([, entry]) => typeof entry !== 'number')) {
      unreadable++;
      return;
    }
    present[e] = 1;
    for (const [p, entry] of entries) rows[e * width + p] = entry as number;
  });
  return { width, rows, present, unreadable };
}

function isMap(value: Json): value is { [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether V(a) < V(b): no entry larger, some entry smaller. */
function isLess({ width, rows }: Vectors, a: number, b: number): boolean {
  let smaller = false;
  for (let p = 0; p < width; p++) {
    const difference = rows[a * width + p]! - rows[b * width + p]!;
    if (difference > 0) return false;
    if (difference < 0) smaller = true;
  }
  return smaller;
}

function checkEdges({ graph }: ReportedEvents, vectors: Vectors, findings: ClockFindings, pace: Pace): void {
  for (let b = 0; b < graph.count; b++) {
    pace.step();
    for (const a of [graph.previous[b]!, graph.sends[b]!]) {
      if (a === NO_EVENT || vectors.present[a] === 0 || vectors.present[b] === 0) continue;
      if (isLess(vectors, a, b)) continue;
      findings.add(
        findings.backwardsKind(a, b),
        `A vector clock grows along happens-before, but ${findings.name(a)} has ${findings.clock(a)} and ` +
          `${findings.name(b)}, which it happened before, has ${findings.clock(b)}.`,
        a,
        b,
      );
    }
  }
}

/** The converse; false when the budget ended. */
function checkClaims(
  { graph }: ReportedEvents,
  vectors: Vectors,
  order: Int32Array,
  findings: ClockFindings,
  { budget, pace }: { budget: Budget; pace: Pace },
): boolean {
  const truth = vectorTimestamps(graph, order, pace);
  const width = graph.processes.length;
  for (let b = 0; b < graph.count; b++) {
    if ((b & 1023) === 1023 && !budget.spend(1024 * width)) return false;
    for (let p = 0; p < width; p++) {
      const a = graph.byProcess[p]![truth[b * width + p]!];
      if (a === undefined || !isLess(vectors, a, b)) continue;
      findings.add(
        'false-causality',
        `A smaller vector clock means happened before, but ${findings.name(a)} has ${findings.clock(a)}, ` +
          `${findings.name(b)} has ${findings.clock(b)}, and nothing leads from the first to the second.`,
        a,
        b,
      );
    }
  }
  return true;
}

/** The `vector-clock` checker. */
export const vectorClockChecker: Checker = {
  name: 'vector-clock',
  summary: 'reported vectors are ordered exactly as events happened before each other',
  options: {},
  reads: {
    send: 'send with a node and {clock, message}',
    receive: 'receive with a node and {clock, message}',
    event: 'event with a node and {clock}',
  },
  anomalies: {
    'clock-condition': 'a clock that did not grow from an event to one it happened before',
    'clock-regression-after-restart': 'a clock that fell behind when its node was started anew',
    'false-causality': 'clocks that are ordered though the events are concurrent',
  },
  check: (history, _options, budget) => vectorClock(history, budget),
};
