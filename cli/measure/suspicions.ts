/**
 * Quality of a failure detector from what nodes say (Chen, Toueg and Aguilera, 2002): how long a crash stays
 * unnoticed, how often and for how long a running node is suspected, and what share of the time an answer is right.
 * A node trusts the leader it names.
 */
import type { NodeId } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { type Answer, namedByAll } from './lab.ts';

/** A time that lies between two answers. */
export interface Bounds {
  leastNs: number;
  mostNs: number;
}

/**
 * For each node but the dead one: how long after the crash it stopped naming it. `rounds` hold all answers from
 * before the crash on. Nodes that never stopped are missing. O(answers).
 */
export function detectionTimes(
  rounds: readonly Answer[][],
  dead: NodeId,
  crashedNs: number,
): Map<NodeId, Bounds> {
  const trusted = new Map<NodeId, number>();
  const found = new Map<NodeId, Bounds>();
  for (const { node, said, askedNs, answeredNs } of rounds.flat()) {
    if (node === dead || said === null || found.has(node)) continue;
    if (said.leader === dead) trusted.set(node, askedNs);
    else if (answeredNs > crashedNs) {
      const least = Math.max(0, (trusted.get(node) ?? crashedNs) - crashedNs);
      found.set(node, { leastNs: least, mostNs: answeredNs - crashedNs });
    }
  }
  return found;
}

/** What the answers of a time without crashes tell about accuracy; times summed over all pairs of nodes. */
export interface Accuracy {
  /** Time in which a node's opinion of the leader was known. */
  watchedNs: number;
  /** Of that, the time in which it suspected it. */
  suspectedNs: number;
  mistakes: number;
  /** From the beginning of a mistake to its end, for those that ended. */
  mistakeNs: number[];
  /** From the beginning of one mistake of a node to that of its next. */
  recurrenceNs: number[];
}

/**
 * Follows every node's opinion of the leader, `first` at the beginning; when all name another one, that is the leader
 * from then on, and every mistake is over. What a node thinks holds until its next answer. O(answers).
 */
export function accuracy(rounds: readonly Answer[][], first: NodeId): Accuracy {
  const found: Accuracy = { watchedNs: 0, suspectedNs: 0, mistakes: 0, mistakeNs: [], recurrenceNs: [] };
  const last = new Map<NodeId, { atNs: number; suspects: boolean }>();
  const open = new Map<NodeId, number>();
  const begun = new Map<NodeId, number>();
  let leader = first;
  const end = (node: NodeId, atNs: number): void => {
    const from = open.get(node);
    if (from !== undefined) found.mistakeNs.push(atNs - from);
    open.delete(node);
  };
  for (const round of rounds) {
    const named = namedByAll(round);
    if (named !== null && named !== leader) {
      leader = named;
      for (const node of [...open.keys()]) end(node, round[0]!.answeredNs);
      last.clear();
    }
    for (const { node, said, answeredNs } of round) {
      if (node === leader) continue;
      const before = last.get(node);
      if (before !== undefined) {
        found.watchedNs += answeredNs - before.atNs;
        if (before.suspects) found.suspectedNs += answeredNs - before.atNs;
      }
      // Who does not answer has no opinion, until it has one again.
      if (said === null) {
        last.delete(node);
        continue;
      }
      const suspects = said.leader !== leader;
      last.set(node, { atNs: answeredNs, suspects });
      if (!suspects) end(node, answeredNs);
      else if (!open.has(node)) {
        const previous = begun.get(node);
        if (previous !== undefined) found.recurrenceNs.push(answeredNs - previous);
        found.mistakes++;
        begun.set(node, answeredNs);
        open.set(node, answeredNs);
      }
    }
  }
  return found;
}

/** Figures of a run by their names in the literature; null where nothing of the kind was seen. */
export function accuracyFigures(of: Accuracy): Record<string, Json> {
  const { watchedNs, suspectedNs, mistakes, mistakeNs, recurrenceNs } = of;
  const meanMs = (all: readonly number[]): number | null =>
    all.length === 0 ? null : ms(all.reduce((sum, x) => sum + x, 0) / all.length);
  const share = watchedNs === 0 ? null : 1 - suspectedNs / watchedNs;
  return {
    watchedS: Math.round(watchedNs / 1e7) / 100,
    mistakes,
    mistakesPerS: watchedNs === 0 ? null : Math.round((mistakes / watchedNs) * 1e13) / 1e4,
    meanMistakeMs: meanMs(mistakeNs),
    meanRecurrenceMs: meanMs(recurrenceNs),
    meanGoodPeriodMs: mistakes === 0 ? null : ms((watchedNs - suspectedNs) / mistakes),
    queryAccuracy: share === null ? null : Math.round(share * 1e6) / 1e6,
  };
}

const ms = (ns: number): number => Math.round(ns / 1e4) / 100;
