/**
 * Availability: of the operations that clients asked, how many were served. A refusal that answers the question (the
 * key is not there, the precondition did not hold) is service; a timeout, a refused connection, an aborted or
 * unavailable answer is not.
 */
import type { CheckerOptions } from '../harness/contracts.ts';
import { type History, INVOKE, NONE, OK } from '../harness/history/history.ts';
import type { Json } from '../harness/op.ts';
import type { CheckerResult } from '../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from './contract.ts';
import { counted, Evidence, Meter, step, who } from './evidence.ts';
import { type FaultSpan, faultSpansInTime } from './fault-spans.ts';
import { numberOption, OptionError } from './options.ts';

/** Failures that are answers. */
const ANSWERS: readonly string[] = [
  'precondition-failed',
  'key-does-not-exist',
  'key-already-exists',
  'empty',
  'not-held',
  'not-owner',
];
/** Operations a witness names at most. */
const SHOWN = 8;

type Demand = 'total' | 'majority' | number;

/** Judges client operations. Options: `demand`, `graceMs`. O(operations * faults). */
export function availability(
  history: History,
  options: CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  const demand = demandOf(options);
  const graceNs = numberOption(options, 'graceMs', 5_000) * 1e6;
  const { types, processes, pairs } = history.columns;
  const meter = new Meter(budget);
  const spans = demand === 'majority' ? faultSpansInTime(history, budget, meter) : [];
  const sides = new Map(spans.map((span) => [span, majoritySide(history, span)]));
  let asked = 0;
  let served = 0;
  let excused = 0;
  const unserved: number[] = [];
  for (let i = 0; i < history.length && !meter.over(1 + spans.length); i++) {
    if (types[i] !== INVOKE || processes[i]! < 0) continue;
    const fine = isServed(history, i);
    if (demand === 'majority') {
      const ret = pairs[i]!;
      const untilNs = ret === NONE ? Number.POSITIVE_INFINITY : history.time(ret);
      const window = { fromNs: history.time(i) - graceNs, untilNs };
      if (spans.some((span) => !spares(history, span, sides.get(span)!, history.node(i), window))) {
        excused++;
        continue;
      }
    }
    asked++;
    if (fine) served++;
    else unserved.push(i);
  }
  const share = asked === 0 ? 1 : served / asked;
  const least = typeof demand === 'number' ? demand : 1;
  const evidence = new Evidence(history);
  if (share < least && meter.stopped === null) {
    evidence.add('unavailable', () => finding(history, unserved, { demand, asked, served, share }));
  }
  const stats: Record<string, Json> = {
    demand,
    asked,
    served,
    share: Math.round(share * 1e6) / 1e6,
    ...(demand === 'majority' ? { excused } : {}),
  };
  const nobody = demand === 'majority' ? 'no operation was asked where a majority could serve it' : null;
  return evidence.conclude(stats, {
    stopped: meter.stopped,
    vacuous: asked === 0 ? (nobody ?? 'no operation was asked') : null,
  });
}

function demandOf(options: CheckerOptions): Demand {
  const demand = options['demand'] ?? 'total';
  if (demand === 'total' || demand === 'majority') return demand;
  if (typeof demand === 'number' && demand >= 0 && demand <= 1) return demand;
  throw new OptionError('demand', 'total, majority or a share from 0 to 1', demand);
}

function isServed(history: History, call: number): boolean {
  const ret = history.pair(call);
  if (ret === NONE) return false;
  if (history.columns.types[ret] === OK) return true;
  const error = history.columns.errors[ret]!;
  if (error === NONE || history.type(ret) !== 'fail') return false;
  const { kind } = history.values.get(error) as { kind?: string };
  return kind !== undefined && ANSWERS.includes(kind);
}

/** The side of a partition that holds a majority; null where there is none, or clients were cut off as well. */
function majoritySide(history: History, span: FaultSpan): readonly string[] | null {
  const value = history.value(span.at) as { params?: { clientsFrom?: Json } } | null;
  if (span.groups === null || (value?.params?.clientsFrom ?? null) !== null) return null;
  const all = span.groups.reduce((sum, group) => sum + group.length, 0);
  return span.groups.find((group) => 2 * group.length > all) ?? null;
}

/**
 * Whether a fault leaves an operation at this node no excuse: it was over before the window, or began after it, or
 * it is a partition that held all through the window with the node on the side of the majority.
 */
function spares(
  history: History,
  span: FaultSpan,
  side: readonly string[] | null,
  node: string | undefined,
  { fromNs, untilNs }: { fromNs: number; untilNs: number },
): boolean {
  if (span.undoneNs <= fromNs || history.time(span.at) >= untilNs) return true;
  if (!span.installed || side === null || node === undefined || !side.includes(node)) return false;
  return span.fromNs <= fromNs && span.untilNs >= untilNs;
}

function finding(
  history: History,
  unserved: readonly number[],
  { demand, asked, served, share }: { demand: Demand; asked: number; served: number; share: number },
) {
  const first = unserved[0]!;
  const f = history.f(first);
  const missed = counted(unserved.length, 'operation');
  const promise =
    demand === 'total'
      ? 'Every operation must be served'
      : demand === 'majority'
        ? 'Every operation at a node that can reach a majority must be served'
        : `At least ${demand * 100} % of all operations must be served`;
  return {
    sentence:
      `${promise}, but ${missed} of ${asked} ${unserved.length === 1 ? 'was' : 'were'} not ` +
      `(${(100 * share).toFixed(2)} % served); the first was ${f} by ${who(history, first)}.`,
    steps: unserved
      .slice(0, SHOWN)
      .map((call) => step(history, call, `${history.f(call)} ${why(history, call)}.`)),
    detail: { asked, served, demand },
  };
}

function why(history: History, call: number): string {
  const ret = history.pair(call);
  if (ret === NONE) return 'was never answered';
  const error = history.columns.errors[ret]!;
  const kind = error === NONE ? null : (history.values.get(error) as { kind?: string }).kind;
  return kind === null || kind === undefined ? 'was not acknowledged' : `ended with ${kind}`;
}

/** The `availability` checker. */
export const availabilityChecker: Checker = {
  name: 'availability',
  summary: 'enough of what clients asked was served',
  options: {
    demand: {
      summary:
        'total: every operation; majority: every one at a node that could reach a majority for long enough; a number: that share',
      default: 'total',
    },
    graceMs: {
      summary: 'majority: how long after a fault began or ended a system may take to serve again',
      default: 5_000,
      type: 'number',
      min: 0,
    },
  },
  reads: {},
  anomalies: { unavailable: 'fewer operations served than demanded' },
  check: availability,
};
