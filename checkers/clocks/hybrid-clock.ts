/**
 * Hybrid logical clocks (l, c) that a system reports with the physical clock it read: they grow along
 * happens-before, l is the largest physical reading in the event's past, never further ahead of its own clock
 * than the bound, and c counts no further than the chain of events that share l (Kulkarni and others, 2014).
 */
import type { CheckerOptions } from '../../harness/contracts.ts';
import type { History } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { CheckerResult } from '../../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from '../contract.ts';
import { numberOption } from '../options.ts';
import type { Pace } from '../pace.ts';
import { type ClockFindings, judgeClocks } from './clock-result.ts';
import { causalOrder, NO_EVENT } from './event-graph.ts';
import type { ReportedEvents } from './reported-events.ts';

/** One reading, or null when it is not one. */
function readingOf(clock: Json): { l: number; c: number } | null {
  const [l, c] = Array.isArray(clock)
    ? clock
    : typeof clock === 'object' && clock !== null
      ? [clock['l'], clock['c']]
      : [];
  return typeof l === 'number' && typeof c === 'number' ? { l, c } : null;
}

/** Judges reported hybrid clocks: `{l, c}` or `[l, c]`, physical readings in the same unit. O(n). */
export function hybridClock(
  history: History,
  options: CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  const bound = numberOption(options, 'max-offset', Number.MAX_SAFE_INTEGER);
  return judgeClocks(history, budget, (events, findings, pace) => judge(events, findings, bound, pace));
}

function judge(events: ReportedEvents, findings: ClockFindings, bound: number, pace: Pace): CheckerResult {
  const { graph, clocks, physical, unmatched } = events;
  const order = causalOrder(graph, pace);
  const complete = order.length === graph.count && unmatched === 0 && !physical.includes(null);
  const latest = new Float64Array(graph.count).fill(Number.NEGATIVE_INFINITY);
  const chain = new Float64Array(graph.count);
  let ahead = 0;
  for (const e of order) {
    pace.step();
    const reading = readingOf(clocks[e]!);
    const causes = [graph.previous[e]!, graph.sends[e]!].filter((cause) => cause !== NO_EVENT);
    const own = physical[e];
    latest[e] = Math.max(own ?? Number.NEGATIVE_INFINITY, ...causes.map((cause) => latest[cause]!));
    if (reading === null) continue;
    const { l, c } = reading;
    const say = (kind: string, what: string, a = e): void =>
      findings.add(kind, `A hybrid clock ${what}.`, a, e);
    for (const a of causes) {
      const before = readingOf(clocks[a]!);
      if (before === null) continue;
      if (before.l === l) chain[e] = Math.max(chain[e]!, chain[a]! + 1);
      if (before.l < l || (before.l === l && before.c < c)) continue;
      const what = `${findings.name(a)} has ${findings.clock(a)} and ${findings.name(e)} has ${findings.clock(e)}`;
      say(findings.backwardsKind(a, e), `grows along happens-before, but ${what}`, a);
    }
    const here = (): string => `${findings.name(e)} has ${findings.clock(e)}`;
    if (own !== null && own !== undefined) {
      ahead = Math.max(ahead, l - own);
      if (l < own) say('behind-physical-clock', `is never behind its node's, but ${here()} at ${own}`);
      if (l - own > bound) say('ahead-of-physical-clock', `stays within ${bound}, but ${here()} at ${own}`);
    }
    if (!complete) continue;
    if (l > latest[e]!)
      say('invented-time', `shows a time that some node read, but ${here()} after at most ${latest[e]}`);
    else if (c > chain[e]!)
      say('inflated-counter', `counts events that share l, of which there are ${chain[e]}, but ${here()}`);
  }
  const open =
    order.length < graph.count
      ? 'messages are reported as received before they were sent; one order of all events would settle it'
      : complete
        ? null
        : 'some sends or physical readings are not reported, so bounds of l and c were not judged; all of them would settle it';
  return findings.result({ furthestAhead: ahead }, open);
}

/** The `hybrid-clock` checker. */
export const hybridClockChecker: Checker = {
  name: 'hybrid-clock',
  summary: 'reported hybrid logical clocks grow along happens-before and stay near physical time',
  options: {
    'max-offset': {
      summary: 'how far a clock may be ahead of its own node, in the unit of the readings; default unbounded',
      default: null,
      type: 'number',
    },
  },
  reads: {
    send: 'send with a node and {clock, physical?, message}',
    receive: 'receive with a node and {clock, physical?, message}',
    event: 'event with a node and {clock, physical?}',
  },
  anomalies: {
    'clock-condition': 'a clock that did not grow from an event to one it happened before',
    'clock-regression-after-restart': 'a clock that fell behind when its node was started anew',
    'behind-physical-clock': 'a clock behind the physical clock of its own node',
    'ahead-of-physical-clock': 'a clock further ahead than max-offset',
    'invented-time': 'a time that no node had read',
    'inflated-counter': 'a counter greater than the events at that time',
  },
  check: hybridClock,
};
