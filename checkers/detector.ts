/**
 * Quality of a failure detector: how long until a crashed node is suspected by the others, and how often a
 * running one is (completeness and accuracy, Chandra and Toueg, 1996). Both can only be refuted with a bound.
 */
import type { CheckerOptions } from '../harness/contracts.ts';
import { type History, NONE } from '../harness/history/history.ts';
import type { Json } from '../harness/op.ts';
import type { CheckerResult } from '../harness/verdict.ts';
import { actor, happened } from './byzantine/statements.ts';
import { type Budget, type Checker, UNLIMITED } from './contract.ts';
import { Evidence, Meter, step } from './evidence.ts';
import { type FaultSpan, faultSpansInTime } from './fault-spans.ts';
import { choiceOption, numberOption } from './options.ts';
import { instant, quantilesMs, span } from './quantiles.ts';

const FALSE_SUSPICIONS = ['count', 'forbid'] as const;
const DOWN = new Set(['crashed', 'exited']);
const UP = new Set(['started', 'ready', 'restarted']);

/** A node said that it suspects or trusts another. */
interface Report {
  op: number;
  suspect: boolean;
  atNs: number;
}

/** A stretch in which a node was down, or not known to be up yet (`op` NONE). */
interface Outage {
  op: number;
  fromNs: number;
  untilNs: number;
}

/** What the history tells: reports by observer and node, outages by node. */
interface Seen {
  reports: Map<string, Map<string, Report[]>>;
  outages: Map<string, Outage[]>;
  endNs: number;
}

/**
 * Judges `suspect` and `trust` (value: the node) against cluster events. Options: `max-detection-ms`,
 * `false-suspicions`, `tolerance-ms`. O(n + crashes * observers * reports of one pair).
 */
export function detector(
  history: History,
  options: CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  const boundNs = numberOption(options, 'max-detection-ms', Number.POSITIVE_INFINITY) * 1e6;
  const forbid = choiceOption(options, 'false-suspicions', FALSE_SUSPICIONS, 'count') === 'forbid';
  const toleranceNs = numberOption(options, 'tolerance-ms', 1000) * 1e6;
  const meter = new Meter(budget);
  const evidence = new Evidence(history);
  const seen = read(history, meter);
  const spans = faultSpansInTime(history, budget, meter);
  const observers = seen.reports.size;
  const stats = { observers, suspicions: 0, falseSuspicions: 0, duringFaults: 0, crashes: 0, missed: 0 };
  for (const [observer, about] of seen.reports) {
    for (const [node, reports] of about) {
      for (const report of reports) {
        if (meter.over(1)) break;
        if (!report.suspect) continue;
        stats.suspicions++;
        const near = (of: { fromNs: number; untilNs: number }): boolean =>
          of.fromNs - toleranceNs <= report.atNs && report.atNs <= of.untilNs + toleranceNs;
        if ((seen.outages.get(node) ?? []).some(near)) continue;
        if (spans.some((fault) => near(inForce(history, fault)))) stats.duringFaults++;
        else {
          stats.falseSuspicions++;
          if (forbid) wordFalse(evidence, history, observer, node, report);
        }
      }
    }
  }
  const delays = detections(history, { seen, spans, boundNs, stats }, evidence, meter);
  const detectionMs = quantilesMs(Float64Array.from(delays));
  return evidence.conclude(
    { ...stats, detectionMs },
    {
      stopped: meter.stopped,
      vacuous:
        seen.reports.size === 0
          ? 'no node said whom it suspects or trusts'
          : Number.isFinite(boundNs) && stats.crashes === 0
            ? 'no node was down, so how soon that is seen is not known'
            : null,
    },
  );
}

/** How long each observer took to suspect each node that went down, in nanoseconds; tells of those that took too long. */
function detections(
  history: History,
  of: {
    seen: Seen;
    spans: readonly FaultSpan[];
    boundNs: number;
    stats: { crashes: number; missed: number };
  },
  evidence: Evidence,
  meter: Meter,
): number[] {
  const { seen, spans, boundNs, stats } = of;
  const delays: number[] = [];
  for (const [node, outages] of seen.outages) {
    for (const outage of outages) {
      if (outage.op === NONE) continue;
      stats.crashes++;
      for (const [observer, about] of seen.reports) {
        const reports = about.get(node) ?? [];
        if (observer === node || meter.over(reports.length + 1)) continue;
        const delay = detectionNs(reports, outage);
        if (delay === null) stats.missed++;
        else delays.push(delay);
        const dueNs = outage.fromNs + boundNs;
        if (dueNs >= Math.min(outage.untilNs, seen.endNs) || suspects(reports, dueNs)) continue;
        if (hindered(history, seen, spans, observer, outage.fromNs, dueNs)) continue;
        wordSlow(evidence, history, { observer, node, outage, reports, boundNs });
      }
    }
  }
  return delays;
}

function read(history: History, meter: Meter): Seen {
  const seen: Seen = { reports: new Map(), outages: new Map(), endNs: 0 };
  const [suspectF, trustF] = [history.names.find('suspect'), history.names.find('trust')];
  const cluster = -1 - history.names.find('cluster');
  for (let i = 0; i < history.length && !meter.over(1); i++) {
    const { fs, processes, nodes } = history.columns;
    seen.endNs = Math.max(seen.endNs, history.time(i));
    if ((fs[i] === suspectF || fs[i] === trustF) && happened(history, i)) {
      const node = nodeIn(history.value(i));
      if (node !== null) addReport(seen, actor(history, i), node, history, i, fs[i] === suspectF);
    } else if (cluster < 0 && processes[i] === cluster && nodes[i] !== NONE) addEvent(seen, history, i);
  }
  return seen;
}

function addReport(
  seen: Seen,
  by: string,
  node: string,
  history: History,
  op: number,
  suspect: boolean,
): void {
  let about = seen.reports.get(by);
  if (about === undefined) seen.reports.set(by, (about = new Map()));
  const report = { op, suspect, atNs: history.time(op) };
  const list = about.get(node);
  if (list === undefined) about.set(node, [report]);
  else list.push(report);
}

function addEvent(seen: Seen, history: History, op: number): void {
  const [kind, node, atNs] = [history.f(op), history.node(op)!, history.time(op)];
  const list = seen.outages.get(node) ?? [];
  const last = list.at(-1);
  const down = last !== undefined && last.untilNs === Number.POSITIVE_INFINITY;
  if (DOWN.has(kind) && !down) list.push({ op, fromNs: atNs, untilNs: Number.POSITIVE_INFINITY });
  else if (UP.has(kind) && down) last.untilNs = atNs;
  else if (UP.has(kind) && last === undefined) {
    list.push({ op: NONE, fromNs: Number.NEGATIVE_INFINITY, untilNs: atNs });
  }
  if (list.length > 0) seen.outages.set(node, list);
}

/** `n1`, or `{node: n1}`. */
function nodeIn(value: Json): string | null {
  const node = value !== null && typeof value === 'object' && !Array.isArray(value) ? value['node'] : value;
  return typeof node === 'string' ? node : null;
}

/** Does the last report up to then suspect? */
function suspects(reports: readonly Report[], atNs: number): boolean {
  return reports.findLast((report) => report.atNs <= atNs)?.suspect === true;
}

/** Time from the crash to the first suspicion while the node was down; 0 when it was suspected already. */
function detectionNs(reports: readonly Report[], { fromNs, untilNs }: Outage): number | null {
  if (suspects(reports, fromNs)) return 0;
  const first = reports.find((r) => r.suspect && r.atNs > fromNs && r.atNs < untilNs);
  return first === undefined ? null : first.atNs - fromNs;
}

/** When a fault may have been in force: from the moment it was asked for, installed or not. */
function inForce(history: History, fault: FaultSpan): { fromNs: number; untilNs: number } {
  return { fromNs: history.time(fault.at), untilNs: fault.undoneNs };
}

/** Was the observer itself down, or under a fault, at some time in which it should have detected a crash? */
function hindered(
  history: History,
  seen: Seen,
  spans: readonly FaultSpan[],
  observer: string,
  fromNs: number,
  untilNs: number,
): boolean {
  const meets = (of: { fromNs: number; untilNs: number }): boolean =>
    of.fromNs <= untilNs && fromNs <= of.untilNs;
  if ((seen.outages.get(observer) ?? []).some(meets)) return true;
  return spans.some((fault) => fault.nodes.includes(observer) && meets(inForce(history, fault)));
}

function wordFalse(
  evidence: Evidence,
  history: History,
  observer: string,
  node: string,
  report: Report,
): void {
  evidence.add('false-suspicion', () => ({
    sentence:
      `A running node must not be suspected, but ${observer} suspected ${node} (${instant(report.atNs)}), which ` +
      'had not crashed, and no fault was in force.',
    steps: [step(history, first(history, report.op), `${observer} suspected ${node}.`)],
    detail: { observer, node },
  }));
}

function wordSlow(
  evidence: Evidence,
  history: History,
  of: { observer: string; node: string; outage: Outage; reports: readonly Report[]; boundNs: number },
): void {
  const { observer, node, outage, reports, boundNs } = of;
  evidence.add('slow-detection', () => {
    const dueNs = outage.fromNs + boundNs;
    const last = reports.findLast((report) => report.atNs <= dueNs);
    const passed = history.indexesWhere((i) => history.time(i) >= dueNs)[0];
    const then = `${observer} did not suspect ${node} at ${instant(dueNs)}, ${span(boundNs)} later.`;
    return {
      sentence:
        `A crash must be detected within ${span(boundNs)}, but ${node} was down from ` +
        `${instant(outage.fromNs)} on and ${observer} did not suspect it at ${instant(dueNs)}.`,
      steps: [
        { text: `${node} went down.`, ops: [outage.op] },
        last === undefined ? { text: then, ops: [] } : step(history, first(history, last.op), then),
      ],
      // Whatever came next shows that the time had passed.
      alsoOps: passed === undefined ? [] : [passed],
      detail: { observer, node },
    };
  });
}

const first = (history: History, i: number): number => (history.pair(i) === NONE ? i : history.pair(i));

/** The `detector` checker. */
export const detectorChecker: Checker = {
  name: 'detector',
  summary: 'crashed nodes are suspected in time, running ones are not',
  options: {
    'max-detection-ms': {
      summary:
        'every observer that is not hindered must suspect a crashed node this long after; not judged without',
      default: null,
      type: 'number',
      min: 0,
    },
    'false-suspicions': {
      summary: 'whether suspicions of running nodes, with no fault in force, fail or are only counted',
      default: 'count',
      choices: FALSE_SUSPICIONS,
    },
    'tolerance-ms': {
      summary: 'a suspicion this near to an outage or a fault is not false',
      default: 1000,
      type: 'number',
      min: 0,
    },
  },
  reads: {
    suspect: 'suspect n, by the observing node',
    trust: 'trust n, by the observing node',
  },
  anomalies: {
    'slow-detection': 'a crash not suspected in time',
    'false-suspicion': 'a running node suspected (with false-suspicions: forbid)',
  },
  check: detector,
};
