/**
 * Election liveness: after the last fault was undone, a majority agrees on a leader within a bound; and, for
 * the record, how long every fault left the cluster without one.
 */
import type { CheckerOptions } from '../harness/contracts.ts';
import type { History } from '../harness/history/history.ts';
import type { Json } from '../harness/op.ts';
import type { Anomaly, CheckerResult } from '../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from './contract.ts';
import { type Agreement, agreements, voicesOf } from './election/agreement.ts';
import { type Leadership, type Observation, readLeadership } from './election/observations.ts';
import { type FaultSpan, faultSpans } from './fault-spans.ts';
import { numberOption } from './options.ts';
import { inTime, Pace } from './pace.ts';
import { moment, quantilesMs, span, toMs } from './quantiles.ts';

/** Nodes a sentence lists by name. */
const MAX_NAMED = 9;

/** When the cluster was healthy again, and until when it was watched; history indexes and times. */
interface Watch {
  from: number;
  fromNs: number;
  to: number;
  toNs: number;
  /** What it is counted from, in words. */
  since: 'the last fault' | 'the first question';
}

/** Judges how soon a leader is back. Options: `boundMs`, `maxGapMs`. O(answers * nodes). */
export function electionLiveness(
  history: History,
  options: CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  return inTime(
    () => judge(history, options, new Pace(budget)),
    () => {
      const note = `stopped at the ${budget.reason} before all answers were judged; a higher limit would settle it`;
      return { verdict: 'unknown', anomalies: [], stats: {}, note };
    },
  );
}

function judge(history: History, options: CheckerOptions, pace: Pace): CheckerResult {
  const boundMs = numberOption(options, 'boundMs', 10_000);
  const maxGapMs = numberOption(options, 'maxGapMs', 2_000);
  const leadership = readLeadership(history, pace);
  if (leadership.observations.size === 0) return vacuous('no node was ever observed');
  const faults = faultSpans(history, pace);
  const changes = agreements(history, leadership, pace);
  const watch = watchOf(history, leadership);
  const reached = firstLeader(changes, watch);
  pace.look();
  const stats = statsOf(changes, faults, watch, reached);
  const waitedNs = (reached === null ? watch.toNs : Math.max(reached.atNs, watch.fromNs)) - watch.fromNs;
  if (reached !== null && waitedNs <= boundMs * 1e6) return { verdict: 'pass', anomalies: [], stats };
  if (waitedNs < boundMs * 1e6) {
    const note =
      `no leader yet ${span(waitedNs)} after ${watch.since}, when watching ended; ` +
      `watching for ${span(boundMs * 1e6)} would settle it`;
    return { verdict: 'unknown', anomalies: [], stats, note };
  }
  const lasting = faults.find((fault) => fault.installed && fault.undoneNs === Number.POSITIVE_INFINITY);
  if (lasting !== undefined) {
    return {
      verdict: 'unknown',
      anomalies: [],
      stats,
      note: `${lasting.id} was never undone; undoing it and watching on would settle it`,
    };
  }
  const answered = voicesOf(leadership).answeredAfter(watch.from);
  if (answered * 2 <= leadership.nodes.length) {
    const note = `only ${answered} of ${leadership.nodes.length} nodes answered after ${watch.since}; answers of a majority would settle it`;
    return { verdict: 'unknown', anomalies: [], stats, note };
  }
  const watched = watchedNodes(history, leadership, watch, watch.fromNs + boundMs * 1e6, maxGapMs * 1e6);
  if (watched.blind !== null) {
    const { fromNs, toNs } = watched.blind;
    const note =
      `no majority answered between ${moment(fromNs)} and ${moment(toNs)}: a leader may have come and gone; ` +
      `answers every ${span(maxGapMs * 1e6)} would settle it`;
    return { verdict: 'unknown', anomalies: [], stats, note };
  }
  const anomaly = leaderless(leadership, watch, reached, boundMs, waitedNs, watched.answers);
  return { verdict: 'fail', anomalies: [anomaly], stats };
}

function vacuous(note: string): CheckerResult {
  return { verdict: 'vacuous', anomalies: [], stats: {}, note };
}

/** From the last thing the nemesis did (else the first question) to the last answer or failed question. */
function watchOf(history: History, leadership: Leadership): Watch {
  let from = -1;
  const nemeses = new Map<number, boolean>();
  for (let i = history.length - 1; i >= 0 && from < 0; i--) {
    const process = history.columns.processes[i]!;
    if (process >= 0) continue;
    let nemesis = nemeses.get(process);
    if (nemesis === undefined) {
      nemesis = String(history.process(i)).startsWith('nemesis');
      nemeses.set(process, nemesis);
    }
    if (nemesis) from = i;
  }
  const asked = [...leadership.observations.values()];
  const since = from < 0 ? 'the first question' : 'the last fault';
  if (from < 0) from = asked.reduce((first, list) => Math.min(first, list[0]!.call), history.length - 1);
  let to = from;
  for (const list of asked) to = Math.max(to, list.at(-1)!.ret);
  for (const silence of leadership.silences) to = Math.max(to, silence.ret, silence.call);
  return { from, fromNs: history.time(from), to, toNs: history.time(to), since };
}

/**
 * Whether a majority answered all the time from the start of the watch to its bound, never longer apart than a gap;
 * and of the answers of such a majority as few as show it. O(answers).
 */
function watchedNodes(
  history: History,
  leadership: Leadership,
  watch: Watch,
  untilNs: number,
  gapNs: number,
): { blind: { fromNs: number; toNs: number } | null; answers: Observation[] } {
  const views = leadership.nodes.map((node) => {
    const kept: Observation[] = [];
    let longest = { fromNs: watch.fromNs, toNs: watch.fromNs };
    let lastNs = watch.fromNs;
    let next: Observation | null = null;
    const see = (atNs: number): void => {
      if (atNs - lastNs > longest.toNs - longest.fromNs) longest = { fromNs: lastNs, toNs: atNs };
      lastNs = atNs;
    };
    let keptNs = watch.fromNs;
    for (const seen of leadership.observations.get(node) ?? []) {
      const atNs = history.time(seen.call);
      if (seen.call < watch.from || atNs > untilNs) continue;
      see(atNs);
      if (next !== null && atNs - keptNs > gapNs) {
        kept.push(next);
        keptNs = history.time(next.call);
      }
      next = seen;
    }
    if (next !== null) kept.push(next);
    see(Math.max(lastNs, untilNs));
    return { kept, longest };
  });
  views.sort((a, b) => a.longest.toNs - a.longest.fromNs - (b.longest.toNs - b.longest.fromNs));
  const majority = views.slice(0, Math.floor(views.length / 2) + 1);
  const { longest } = majority.at(-1)!;
  const blind = longest.toNs - longest.fromNs > gapNs ? longest : null;
  return { blind, answers: majority.flatMap(({ kept }) => kept) };
}

/** The agreement in force at the start of the watch or the first within it. */
function firstLeader(changes: readonly Agreement[], watch: Watch): Agreement | null {
  let current: Agreement | null = null;
  for (const change of changes) {
    if (change.at > watch.from && current?.leader != null) return current;
    current = change;
  }
  return current?.leader != null ? current : null;
}

function leaderless(
  leadership: Leadership,
  watch: Watch,
  reached: Agreement | null,
  boundMs: number,
  waitedNs: number,
  watched: readonly Observation[],
): Anomaly {
  const late =
    reached === null
      ? `none was agreed on until ${moment(watch.toNs)}, when watching ended`
      : `it took until ${moment(reached.atNs)}`;
  const { nodes } = leadership;
  const who = nodes.length > MAX_NAMED ? `${nodes.length} nodes` : nodes.join(', ');
  const last: number[] = [];
  for (const list of leadership.observations.values()) {
    const seen = list.findLast((each) => each.call > watch.from);
    if (seen !== undefined) last.push(seen.call, seen.ret);
  }
  for (const { call, ret } of watched) last.push(call, ret);
  const naming = namingAnswer(leadership);
  const custom = naming === null ? [] : [naming.call, naming.ret];
  return {
    kind: 'no-leader-after-heal',
    sentence:
      `A majority of ${who} was to agree on a leader within ${span(boundMs * 1e6)} of ${watch.since}, ` +
      `${watch.since === 'the last fault' ? 'which was over' : 'asked'} at ${moment(watch.fromNs)}, but ${late}.`,
    certainty: 'proved',
    ops: [...new Set([watch.from, ...last, ...custom])].sort((a, b) => a - b),
    steps: [
      {
        text:
          watch.since === 'the last fault'
            ? `The last fault was over at ${moment(watch.fromNs)}.`
            : `The first question was asked at ${moment(watch.fromNs)}.`,
        ops: [watch.from],
      },
      { text: `For ${span(waitedNs)} no majority named one leader.`, ops: last },
      ...(naming === null
        ? []
        : [
            {
              text: `Nodes here name whom they follow, as ${naming.node} did: that one claims to lead is not enough.`,
              ops: custom,
            },
          ]),
    ],
    fromNs: watch.fromNs,
    toNs: reached?.atNs ?? watch.toNs,
    detail: { waitedNs, boundMs, leader: reached?.leader ?? null },
  };
}

/** The last answer of a follower that names its leader; null where none ever does. */
function namingAnswer({ observations }: Leadership): Observation | null {
  let found: Observation | null = null;
  for (const list of observations.values()) {
    const naming = list.findLast(({ leading, leader }) => !leading && leader !== null);
    if (naming !== undefined && (found === null || naming.call > found.call)) found = naming;
  }
  return found;
}

function statsOf(
  changes: readonly Agreement[],
  faults: readonly FaultSpan[],
  watch: Watch,
  reached: Agreement | null,
): Record<string, Json> {
  const failovers = new Map<string, number[]>();
  const list: Json[] = [];
  for (const fault of faults) {
    if (!fault.installed) continue;
    const failover = failoverOf(changes, fault);
    if (failover === null) continue;
    const times = failovers.get(fault.fault);
    if (times === undefined) failovers.set(fault.fault, [failover.tookNs]);
    else times.push(failover.tookNs);
    list.push({ ...failover, fault: fault.id, tookMs: toMs(failover.tookNs) });
  }
  const byFault = [...failovers].map(([fault, times]) => [fault, quantilesMs(Float64Array.from(times))]);
  return {
    leaders: [...new Set(changes.map(({ leader }) => leader).filter((leader) => leader !== null))],
    leaderChanges: changes.filter(({ leader }) => leader !== null).length,
    leaderlessMs: toMs(leaderlessNs(changes, watch.toNs)),
    healedNs: watch.fromNs,
    leaderAfterHealMs: reached === null ? null : toMs(Math.max(0, reached.atNs - watch.fromNs)),
    failoverMs: Object.fromEntries(byFault),
    failovers: list,
  };
}

/** From injection to the first agreement on another leader, or on any after none was agreed on. */
function failoverOf(
  changes: readonly Agreement[],
  fault: FaultSpan,
): { from: string; to: string; tookNs: number } | null {
  let before: string | null = null;
  let lost = false;
  for (const { atNs, leader } of changes) {
    if (atNs < fault.fromNs) {
      before = leader;
      continue;
    }
    if (before === null) return null;
    // A change that only came once the fault was long undone belongs to no fault.
    if (!lost && atNs > fault.undoneNs) return null;
    if (leader === null) lost = true;
    else return { from: before, to: leader, tookNs: atNs - fault.fromNs };
  }
  return null;
}

function leaderlessNs(changes: readonly Agreement[], endNs: number): number {
  let total = 0;
  for (const [i, { atNs, leader }] of changes.entries()) {
    if (leader === null) total += Math.max(0, (changes[i + 1]?.atNs ?? endNs) - atNs);
  }
  return total;
}

/** The `election-liveness` checker. */
export const electionLivenessChecker: Checker = {
  name: 'election-liveness',
  summary: 'a majority agrees on a leader soon after the last fault; failover times',
  options: {
    boundMs: {
      summary: 'time after the last fault within which a leader must be agreed on',
      default: 10_000,
    },
    maxGapMs: {
      summary:
        'longest time without answers of a majority through which no leader is taken to have come and gone, ms',
      default: 2000,
    },
  },
  reads: {
    leader: 'leader -> {leading, leader?, term?}, by observer:<node>',
  },
  anomalies: {
    'no-leader-after-heal': 'no majority agreed on a leader in time after the last fault',
  },
  check: electionLiveness,
};
