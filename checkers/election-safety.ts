/**
 * Election safety: at most one leader per term, and, where that is promised, at most one at any instant.
 *
 * Leaders are observed by asking, so everything rests on what answers prove; `election/sessions.ts` says what
 * joins two answers, `election/overlaps.ts` when an overlap counts as proved. Suspicion alone never fails a
 * run: it leaves it `unknown`.
 */
import type { CheckerOptions } from '../harness/contracts.ts';
import type { History } from '../harness/history/history.ts';
import type { Json } from '../harness/op.ts';
import type { Anomaly, CheckerResult } from '../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from './contract.ts';
import { type Leadership, readLeadership } from './election/observations.ts';
import { leadershipOverlaps, type Overlap } from './election/overlaps.ts';
import { leadershipSessions, type Session } from './election/sessions.ts';
import { splitBrain } from './election/split-brain.ts';
import { staleLeaderAccepted, twoLeadersInTerm } from './election/terms.ts';
import { faultSpans } from './fault-spans.ts';
import { choiceOption, numberOption } from './options.ts';
import { inTime, Pace } from './pace.ts';
import { toMs } from './quantiles.ts';

const MAX_ANOMALIES = 10;
const PROMISES = ['auto', 'per-term', 'exclusive'] as const;

/** Judges who led when. Options: `leadership`, `maxGapMs`. O(n log n). */
export function electionSafety(
  history: History,
  options: CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  return withinBudget(history, options, budget, () => true);
}

function withinBudget(
  history: History,
  options: CheckerOptions,
  budget: Budget,
  wanted: (anomaly: Anomaly) => boolean,
): CheckerResult {
  return inTime(
    () => analyse(history, options, new Pace(budget), wanted),
    () => {
      const note = `stopped at the ${budget.reason} before all answers were judged; a higher limit would settle it`;
      return { verdict: 'unknown', anomalies: [], stats: {}, note };
    },
  );
}

function analyse(
  history: History,
  options: CheckerOptions,
  pace: Pace,
  wanted: (anomaly: Anomaly) => boolean,
): CheckerResult {
  const maxGapMs = numberOption(options, 'maxGapMs', 500);
  const leadership = readLeadership(history, pace);
  const sessions = leadershipSessions(history, leadership, maxGapMs, pace);
  const overlaps = leadershipOverlaps(history, sessions, maxGapMs, pace);
  const promised = choiceOption(options, 'leadership', PROMISES, 'auto');
  const promise = promised === 'auto' ? guessPromise(sessions, leadership) : promised;
  const faults = faultSpans(history, pace);
  const anomalies = [
    ...twoLeadersInTerm(history, leadership, pace),
    ...staleLeaderAccepted(history, leadership, pace),
    ...(promise === 'exclusive'
      ? overlaps.map((overlap) => splitBrain(history, leadership, overlap, faults, maxGapMs))
      : []),
  ];
  const stats = statsOf(leadership, sessions, overlaps, promise);
  return resultOf(
    anomalies.filter(wanted),
    stats,
    missingEvidence(leadership, sessions, promise),
    leadership.unreadableTerms,
  );
}

/** Without terms there is nothing to promise but one leader at any instant. */
function guessPromise(
  sessions: readonly Session[],
  { unreadableTerms }: Leadership,
): 'per-term' | 'exclusive' {
  const termed = unreadableTerms > 0 || sessions.every((session) => session.term !== null);
  return termed ? 'per-term' : 'exclusive';
}

/** What the history lacks for a verdict, or null. */
function missingEvidence(
  leadership: Leadership,
  sessions: readonly Session[],
  promise: 'per-term' | 'exclusive',
): string | null {
  const accepted = leadership.commands.some((command) => command.term !== null);
  if (leadership.observations.size === 0 && !accepted) return 'no node was ever observed';
  if (sessions.length === 0 && !accepted) return 'no node was ever observed to lead';
  if (promise === 'per-term' && !accepted && sessions.every((session) => session.term === null)) {
    return 'one leader per term is promised, but no answer named a term';
  }
  return null;
}

function resultOf(
  anomalies: Anomaly[],
  stats: Record<string, Json>,
  missing: string | null,
  unreadableTerms: number,
): CheckerResult {
  const rank = (anomaly: Anomaly): number => (anomaly.certainty === 'proved' ? 0 : 1);
  // Proofs first, then the longest overlap: that is the one worth drawing.
  anomalies.sort((a, b) => rank(a) - rank(b) || length(b) - length(a) || a.fromNs! - b.fromNs!);
  const shown = anomalies.slice(0, MAX_ANOMALIES);
  const result: CheckerResult = { verdict: 'pass', anomalies: shown, stats };
  if (anomalies.length > shown.length) result.anomalyCount = anomalies.length;
  if (anomalies.some((anomaly) => anomaly.certainty === 'proved')) {
    result.verdict = 'fail';
  } else if (anomalies.length > 0) {
    result.verdict = 'unknown';
    result.note =
      'two nodes seem to have led at once, but not long enough to be certain; ' +
      'terms in the answers, or more frequent questions, would settle it';
  } else if (unreadableTerms > 0) {
    result.verdict = 'unknown';
    result.note =
      `terms that are no numbers below 2^53 (${unreadableTerms}) were not compared; ` +
      'terms that can be compared would settle it';
  } else if (missing !== null) {
    result.verdict = 'vacuous';
    result.note = missing;
  }
  return result;
}

function length(anomaly: Anomaly): number {
  return anomaly.kind === 'split-brain' ? anomaly.toNs! - anomaly.fromNs! : 0;
}

function statsOf(
  leadership: Leadership,
  sessions: readonly Session[],
  overlaps: readonly Overlap[],
  promise: string,
): Record<string, Json> {
  const answers = [...leadership.observations.values()].reduce((sum, list) => sum + list.length, 0);
  const terms = new Set(sessions.map((session) => session.term).filter((term) => term !== null));
  const longest = overlaps.reduce((max, { fromNs, toNs }) => Math.max(max, toNs - fromNs), 0);
  const found = { count: overlaps.length, longestMs: toMs(longest) };
  return {
    promise,
    observations: answers,
    unanswered: leadership.silences.length,
    leaders: [...new Set(sessions.map((session) => session.node))].sort(),
    sessions: sessions.length,
    terms: terms.size,
    commands: leadership.commands.length,
    // Legal when leadership is promised per term: the older leader has not heard of its successor yet.
    [promise === 'per-term' ? 'staleLeadership' : 'overlaps']: found,
  };
}

const OPTIONS = {
  leadership: {
    summary:
      'what is promised: one leader per term, or one at any instant; auto: per term if all answers name terms',
    default: 'auto',
    choices: [...PROMISES],
  },
  maxGapMs: {
    summary: 'longest time between two questions through which leadership is taken to have lasted, ms',
    default: 500,
  },
};

/** The `election-safety` checker. */
export const electionSafetyChecker: Checker = {
  name: 'election-safety',
  summary:
    'one leader per term; where promised, one leader at any instant; nothing accepted by a deposed one',
  options: OPTIONS,
  reads: {
    leader: 'leader -> {leading, leader?, term?, epoch?}, by observer:<node>',
    command: 'command v -> {command, by?, term?}',
  },
  anomalies: {
    'two-leaders-in-term': 'two nodes led in one term',
    'stale-leader-accepted': 'a command accepted in an old term after one of a newer term was acknowledged',
    'split-brain': 'two nodes led at the same time',
  },
  check: electionSafety,
};

/** The `split-brain` checker: the same analysis, asked only whether two nodes led at once. */
export const splitBrainChecker: Checker = {
  name: 'split-brain',
  summary: 'no two nodes lead at once (the overlap part of election-safety)',
  options: { ...OPTIONS, leadership: { ...OPTIONS.leadership, default: 'exclusive' } },
  reads: {
    leader: 'leader -> {leading, leader?, term?, epoch?}, by observer:<node>',
    command: 'command v -> {command, by?, term?}',
  },
  anomalies: {
    'split-brain': 'two nodes led at the same time',
  },
  check: (history, options, budget) =>
    withinBudget(
      history,
      { leadership: 'exclusive', ...options },
      budget,
      ({ kind }) => kind === 'split-brain',
    ),
};
