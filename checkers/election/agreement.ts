/**
 * Who leads by majority, over time: the leader whom more than half of all nodes name in their latest answer.
 */
import { type History, NONE } from '../../harness/history/history.ts';
import type { Pace } from '../pace.ts';
import type { Leadership, Observation } from './observations.ts';

/** From here on (index and time of an answer), this leader was agreed on; null: none was. */
export interface Agreement {
  at: number;
  atNs: number;
  leader: string | null;
}

/** How many nodes answered at least once after an index, and whether followers ever name their leader. */
export interface Voices {
  answeredAfter(index: number): number;
  followersName: boolean;
}

interface Event {
  at: number;
  node: string;
  seen: Observation | null;
}

/**
 * Changes of agreement in order. An answer holds until the next question to the same node is answered or
 * fails. Where followers never name their leader, one node alone saying that it leads is agreement, as long
 * as a majority answers. Throws OutOfBudget. O(answers * nodes).
 */
export function agreements(history: History, leadership: Leadership, pace: Pace): Agreement[] {
  const events: Event[] = [];
  for (const [node, observations] of leadership.observations) {
    for (const seen of observations) {
      pace.step();
      events.push({ at: seen.ret, node, seen });
    }
  }
  for (const { node, ret, call } of leadership.silences) {
    events.push({ at: ret === NONE ? call : ret, node, seen: null });
  }
  pace.look();
  events.sort((a, b) => a.at - b.at);
  const named = voicesOf(leadership).followersName;
  const majority = Math.floor(leadership.nodes.length / 2) + 1;
  const latest = new Map<string, Observation>();
  const changes: Agreement[] = [];
  let leader: string | null = null;
  for (const { at, node, seen } of events) {
    pace.step();
    if (seen === null) latest.delete(node);
    else latest.set(node, seen);
    const now = named ? mostNamed(latest, majority) : onlyClaim(latest, majority);
    if (now === leader && changes.length > 0) continue;
    leader = now;
    changes.push({ at, atNs: history.time(at), leader });
  }
  return changes;
}

/** What can be told of who spoke. */
export function voicesOf(leadership: Leadership): Voices {
  const all = [...leadership.observations.values()];
  return {
    followersName: all.some((list) => list.some((seen) => !seen.leading && seen.leader !== null)),
    answeredAfter: (index) => all.filter((list) => list.some((seen) => seen.call > index)).length,
  };
}

function mostNamed(latest: ReadonlyMap<string, Observation>, majority: number): string | null {
  const votes = new Map<string, number>();
  for (const [node, seen] of latest) {
    const choice = seen.leading ? node : seen.leader;
    if (choice === null) continue;
    const count = (votes.get(choice) ?? 0) + 1;
    // The one who is named must itself say that it leads, or not have answered otherwise.
    if (count >= majority && latest.get(choice)?.leading !== false) return choice;
    votes.set(choice, count);
  }
  return null;
}

function onlyClaim(latest: ReadonlyMap<string, Observation>, majority: number): string | null {
  if (latest.size < majority) return null;
  const claims = [...latest].filter(([, seen]) => seen.leading);
  return claims.length === 1 ? claims[0]![0] : null;
}
