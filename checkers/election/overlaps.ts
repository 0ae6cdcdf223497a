/**
 * Pairs of nodes that led at the same time: a sweep over certain spans of leadership.
 */
import type { History } from '../../harness/history/history.ts';
import type { Pace } from '../pace.ts';
import type { Observation } from './observations.ts';
import type { Session } from './sessions.ts';

/** Two nodes that both led from `from` to `to` (history indexes, `from` < `to`). */
export interface Overlap {
  a: Session;
  b: Session;
  from: number;
  to: number;
  fromNs: number;
  toNs: number;
  certainty: 'proved' | 'suspected';
  /** How often the answers went back and forth between the two within the overlap. */
  alternations: number;
}

/**
 * Handovers it would take to explain away an overlap that no term vouches for. Four in a row, each falling
 * exactly between two questions, and never a denial seen, is no longer an explanation.
 */
const ENOUGH_ALTERNATIONS = 4;

/**
 * Every overlap of two sessions of different nodes, in order of beginning. An overlap is proved when terms or
 * counts vouch for both sessions; otherwise only when it lasts twice `maxGapMs` and the answers alternate at
 * least four times. Throws OutOfBudget. O(s log s + overlaps) for s sessions and few nodes.
 */
export function leadershipOverlaps(
  history: History,
  sessions: readonly Session[],
  maxGapMs: number,
  pace: Pace,
): Overlap[] {
  const overlaps: Overlap[] = [];
  let active: Session[] = [];
  for (const b of sessions) {
    pace.step();
    active = active.filter((a) => a.last.call > b.first.ret);
    for (const a of active) {
      if (a.node === b.node) continue;
      const from = b.first.ret;
      const to = Math.min(a.last.call, b.last.call);
      if (from < to) overlaps.push(overlapOf(history, a, b, from, to, maxGapMs));
      else if (ledWithin(a, b)) overlaps.push(overlapOf(history, a, b, b.first.call, b.first.ret, maxGapMs));
    }
    active.push(b);
  }
  return overlaps;
}

/**
 * One answer proves that a node led at some instant between question and answer: where the other certainly led all
 * that time, both led then. Without terms or counts one answer is too little.
 */
function ledWithin(a: Session, b: Session): boolean {
  if (!a.anchored || !b.anchored || b.observations.length > 1) return false;
  return a.first.ret < b.first.call && b.first.ret < a.last.call;
}

function overlapOf(
  history: History,
  a: Session,
  b: Session,
  from: number,
  to: number,
  maxGapMs: number,
): Overlap {
  const fromNs = history.time(from);
  const toNs = history.time(to);
  const alternations = countAlternations(a, b, from, to);
  const long = toNs - fromNs >= 2 * maxGapMs * 1e6 && alternations >= ENOUGH_ALTERNATIONS;
  const proved = (a.anchored && b.anchored) || long;
  return { a, b, from, to, fromNs, toNs, certainty: proved ? 'proved' : 'suspected', alternations };
}

/** Length of the longest chain of answers a, b, a, b... each over before the next was asked for, less one. */
function countAlternations(a: Session, b: Session, from: number, to: number): number {
  const lists = [a.observations, b.observations];
  const next = [0, 0];
  let after = -1;
  let turn = earliest(a, b, from);
  let links = -1;
  for (;;) {
    const list = lists[turn]!;
    let i = next[turn]!;
    while (i < list.length && (list[i]!.ret < from || list[i]!.call <= after)) i++;
    next[turn] = i;
    const seen = list[i];
    if (seen === undefined || seen.call > to) return Math.max(0, links);
    after = seen.ret;
    links++;
    turn = 1 - turn;
  }
}

function earliest(a: Session, b: Session, from: number): 0 | 1 {
  const first = (session: Session): number => session.observations.find((seen) => seen.ret >= from)!.ret;
  return first(a) <= first(b) ? 0 : 1;
}

/** The last answer given before an index and the first question asked from it on: what makes a moment certain. */
export function around(
  session: Session,
  from: number,
  to: number,
): { before: Observation; after: Observation } {
  let before = session.first;
  for (const seen of session.observations) {
    if (seen.ret > from) break;
    before = seen;
  }
  const after = session.observations.find((seen) => seen.call >= to) ?? session.last;
  return { before, after };
}
