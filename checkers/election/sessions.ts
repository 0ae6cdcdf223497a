/**
 * Leadership sessions: stretches in which a node led without interruption, built from answers at instants.
 *
 * An answer proves leadership at one unknown instant between question and answer, so a session is certain only
 * from its first answer to its last question. What joins two answers into one session:
 *  - same node, same term (and same count of its own leaderships, where it tells one), no answer between that
 *    denies it, no start or kill of the node between, and no gap longer than `maxGapMs`;
 *  - a term or a count makes the join a proof, because a node that stops leading leads again only with a new
 *    one; should a node be seen to regain one, its sessions lose that standing (`anchored` false);
 *  - without either, the join rests on the assumption that nobody loses and regains leadership unseen within
 *    `maxGapMs`. Callers must ask for more evidence before they call that proved.
 */
import type { History } from '../../harness/history/history.ts';
import type { Pace } from '../pace.ts';
import type { Leadership, Observation } from './observations.ts';

/** A stretch of leadership of one node. Certain in (first.ret, last.call), as history indexes. */
export interface Session {
  node: string;
  term: number | null;
  epoch: number | null;
  observations: Observation[];
  first: Observation;
  last: Observation;
  /** Term or count vouch for every join; see above. */
  anchored: boolean;
}

/** Every session of every node in order of its first answer. Throws OutOfBudget. O(observations). */
export function leadershipSessions(
  history: History,
  leadership: Leadership,
  maxGapMs: number,
  pace: Pace,
): Session[] {
  const sessions: Session[] = [];
  for (const [node, observations] of leadership.observations) {
    for (const session of ofNode(
      history,
      observations,
      leadership.breaks.get(node) ?? [],
      maxGapMs * 1e6,
      pace,
    )) {
      sessions.push(session);
    }
  }
  return sessions.sort((a, b) => a.first.ret - b.first.ret);
}

function ofNode(
  history: History,
  observations: readonly Observation[],
  breaks: readonly number[],
  maxGapNs: number,
  pace: Pace,
): Session[] {
  const sessions: Session[] = [];
  let open: Session | null = null;
  let nextBreak = 0;
  for (const seen of observations) {
    pace.step();
    if (open !== null) {
      while (nextBreak < breaks.length && breaks[nextBreak]! < open.last.call) nextBreak++;
      const broken = nextBreak < breaks.length && breaks[nextBreak]! < seen.ret;
      const gapNs = history.time(seen.ret) - history.time(open.last.call);
      if (!seen.leading || broken || !sameTenure(open, seen) || gapNs > maxGapNs) open = null;
    }
    if (!seen.leading) continue;
    if (open === null) {
      open = start(seen);
      sessions.push(open);
    } else {
      open.observations.push(seen);
      open.last = seen;
    }
  }
  pace.look();
  unanchorRegained(sessions, observations, pace);
  return sessions;
}

function sameTenure(open: Session, seen: Observation): boolean {
  return open.term === seen.term && open.epoch === seen.epoch;
}

function start(seen: Observation): Session {
  return {
    node: seen.node,
    term: seen.term,
    epoch: seen.epoch,
    observations: [seen],
    first: seen,
    last: seen,
    anchored: seen.term !== null || seen.epoch !== null,
  };
}

/** A tenure that a denial interrupted was regained, so its term or count identifies nothing. */
function unanchorRegained(sessions: Session[], observations: readonly Observation[], pace: Pace): void {
  const denials = observations.filter((seen) => !seen.leading);
  const tenureOf = ({ term, epoch }: Session): string => `${term} ${epoch}`;
  const latest = new Map<string, Session>();
  const regained = new Set<string>();
  for (const session of sessions) {
    pace.step();
    const before = latest.get(tenureOf(session));
    latest.set(tenureOf(session), session);
    if (before === undefined) continue;
    const denial = firstAskedFrom(denials, before.last.ret);
    if (denial !== undefined && denial.ret < session.first.call) regained.add(tenureOf(session));
  }
  for (const session of sessions) if (regained.has(tenureOf(session))) session.anchored = false;
}

/** The first of these, in order of their questions, that was asked at or after this event. O(log n). */
function firstAskedFrom(observations: readonly Observation[], event: number): Observation | undefined {
  let low = 0;
  let high = observations.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (observations[mid]!.call < event) low = mid + 1;
    else high = mid;
  }
  return observations[low];
}
