/**
 * What the clock checkers share: naming events, anomalies of two events, and the verdict when there is none.
 */
import type { History } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { Anomaly, CheckerResult } from '../../harness/verdict.ts';
import type { Budget } from '../contract.ts';
import { inTime, Pace } from '../pace.ts';
import { instant } from '../quantiles.ts';
import { causalChain, NO_EVENT } from './event-graph.ts';
import { type ReportedEvents, reportedEvents } from './reported-events.ts';

const MAX_ANOMALIES = 10;

/** What `judge` gives of the events of a history; where the budget ends in the middle of it, what was found by then. */
export function judgeClocks(
  history: History,
  budget: Budget,
  judge: (events: ReportedEvents, findings: ClockFindings, pace: Pace) => CheckerResult,
): CheckerResult {
  const pace = new Pace(budget);
  let findings: ClockFindings | null = null;
  const check = (): CheckerResult => {
    const events = reportedEvents(history, pace);
    findings = new ClockFindings(history, events);
    return judge(events, findings, pace);
  };
  return inTime(check, () => {
    const note = `stopped: ${budget.reason}; a higher limit would settle the rest`;
    return findings?.result({}, note) ?? { verdict: 'unknown', anomalies: [], stats: {}, note };
  });
}

/** Gathers violations of a clock's promise; keeps the first ten as anomalies. */
export class ClockFindings {
  readonly anomalies: Anomaly[] = [];
  count = 0;
  readonly #history: History;
  readonly #events: ReportedEvents;

  constructor(history: History, events: ReportedEvents) {
    this.#history = history;
    this.#events = events;
  }

  /** `the send of n1 at 0.004 s`. */
  name(event: number): string {
    const i = this.#events.ops[event]!;
    const f = this.#history.f(i);
    return `the ${f} of ${this.#history.node(i)} at ${instant(this.#history.time(i))}`;
  }

  clock(event: number): string {
    return JSON.stringify(this.#events.clocks[event]!);
  }

  /** A broken promise about events a and b: `sentence` is told, with the chain of causes from a to b if any. */
  add(kind: string, sentence: string, a: number, b: number): void {
    this.count++;
    if (this.anomalies.length >= MAX_ANOMALIES) return;
    const { ops, graph } = this.#events;
    const chain = a === b ? null : causalChain(graph, a, b);
    const steps = (a === b ? [a] : [a, b]).map((event) => ({
      text: `${capital(this.name(event))} has the clock ${this.clock(event)}.`,
      ops: [ops[event]!],
    }));
    for (let i = 1; chain !== null && i < chain.length; i++) {
      const [cause, effect] = [chain[i - 1]!, chain[i]!];
      const how =
        graph.sends[effect] === cause ? 'received what was sent by' : 'comes on the same node after';
      steps.push({
        text: `${capital(this.name(effect))} ${how} ${this.name(cause)}.`,
        ops: [ops[cause]!, ops[effect]!],
      });
    }
    // Without what it also received, an event would seem to follow nothing but a start of its node.
    const sent = kind === 'clock-condition' ? graph.sends[b]! : NO_EVENT;
    const also = sent === NO_EVENT ? [] : [ops[sent]!];
    const involved = [...new Set([...steps.flatMap((step) => step.ops), ...also])].sort((x, y) => x - y);
    this.anomalies.push({
      kind,
      sentence: capital(sentence),
      certainty: 'proved',
      ops: involved,
      steps,
      fromNs: this.#history.time(involved[0]!),
      toNs: this.#history.time(involved.at(-1)!),
    });
  }

  /** The kind of a clock that went back on one node: told apart when the node restarted in between. */
  backwardsKind(a: number, b: number): string {
    const { ops, graph } = this.#events;
    if (graph.previous[b] !== a || graph.sends[b] !== NO_EVENT) return 'clock-condition';
    const node = this.#history.node(ops[a]!);
    for (let i = ops[a]! + 1; i < ops[b]!; i++) {
      if (this.#history.node(i) !== node) continue;
      if (['restarted', 'started', 'crashed'].includes(this.#history.f(i)))
        return 'clock-regression-after-restart';
    }
    return 'clock-condition';
  }

  /** The answer: what was found, or how much was looked at. `open`: why a pass cannot be given. */
  result(stats: Record<string, Json>, open: string | null): CheckerResult {
    const { anomalies, count } = this;
    const { graph, unclocked, unmatched } = this.#events;
    const all = { events: graph.count, nodes: graph.processes.length, unclocked, unmatched, ...stats };
    if (count > 0) return { verdict: 'fail', anomalies, anomalyCount: count, stats: all };
    if (graph.count - unclocked < 2) {
      return { verdict: 'vacuous', anomalies, stats: all, note: 'fewer than two events carry a clock' };
    }
    if (open !== null) return { verdict: 'unknown', anomalies, stats: all, note: open };
    return { verdict: 'pass', anomalies, stats: all };
  }
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
