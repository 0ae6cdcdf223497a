/**
 * What terms promise: one leader in each, and no command accepted in an old one after a newer one answered.
 * Neither needs clocks or sampling assumptions; each violation is a proof by two operations.
 */
import type { History } from '../../harness/history/history.ts';
import type { Anomaly } from '../../harness/verdict.ts';
import type { Pace } from '../pace.ts';
import { moment } from '../quantiles.ts';
import type { Command, Leadership } from './observations.ts';

/** A node's own word that it led in a term. */
interface Claim {
  node: string;
  term: number;
  call: number;
  ret: number;
  how: 'said it leads' | 'accepted a command';
}

/** One anomaly per term in which two nodes claimed to lead. Throws OutOfBudget. O(n). */
export function twoLeadersInTerm(history: History, leadership: Leadership, pace: Pace): Anomaly[] {
  const first = new Map<number, Claim>();
  for (const claim of claims(leadership, pace)) keepEarlier(first, claim);
  const other = new Map<number, Claim>();
  for (const claim of claims(leadership, pace)) {
    if (claim.node !== first.get(claim.term)!.node) keepEarlier(other, claim);
  }
  const broken = [...other.values()].sort((a, b) => a.ret - b.ret);
  return broken.map((claim) => inOneTerm(history, first.get(claim.term)!, claim));
}

/** By term the claim that was answered first. */
function keepEarlier(kept: Map<number, Claim>, claim: Claim): void {
  const held = kept.get(claim.term);
  if (held === undefined || claim.ret < held.ret) kept.set(claim.term, claim);
}

/** In no order: to sort them would take longer than all else. */
function* claims(leadership: Leadership, pace: Pace): Generator<Claim> {
  for (const answers of leadership.observations.values()) {
    for (const { node, leading, term, call, ret } of answers) {
      pace.step();
      if (leading && term !== null) yield { node, term, call, ret, how: 'said it leads' };
    }
  }
  for (const { by, signed, term, call, ret } of leadership.commands) {
    pace.step();
    if (by !== null && signed && term !== null)
      yield { node: by, term, call, ret, how: 'accepted a command' };
  }
}

function inOneTerm(history: History, a: Claim, b: Claim): Anomaly {
  const when = (claim: Claim): string => `at ${moment(history.time(claim.ret))}`;
  return {
    kind: 'two-leaders-in-term',
    sentence:
      `At most one leader per term was promised, but in term ${a.term} ${a.node} ${a.how} ${when(a)} ` +
      `and ${b.node} ${b.how} ${when(b)}.`,
    certainty: 'proved',
    ops: [a.call, a.ret, b.call, b.ret].sort((x, y) => x - y),
    steps: [
      { text: `${a.node} ${a.how} in term ${a.term} ${when(a)}.`, ops: [a.call, a.ret] },
      { text: `${b.node} ${b.how} in the same term ${when(b)}.`, ops: [b.call, b.ret] },
    ],
    fromNs: history.time(Math.min(a.call, b.call)),
    toNs: history.time(Math.max(a.ret, b.ret)),
    detail: {
      term: a.term,
      leaders: [a, b].map(({ node, term, how, ret }) => ({ node, term, how, atNs: history.time(ret) })),
    },
  };
}

/**
 * Commands acknowledged in a term although a command of a newer term had been acknowledged before they were
 * even invoked. One anomaly per old term and node. Throws OutOfBudget. O(c log c) for c commands.
 */
export function staleLeaderAccepted(history: History, leadership: Leadership, pace: Pace): Anomaly[] {
  const commands = leadership.commands.filter((command) => command.term !== null);
  const byReturn = [...commands].sort((a, b) => a.ret - b.ret);
  const told = new Set<string>();
  const anomalies: Anomaly[] = [];
  let newest: Command | null = null;
  let next = 0;
  pace.look();
  for (const command of commands) {
    pace.step();
    while (next < byReturn.length && byReturn[next]!.ret < command.call) {
      const done = byReturn[next++]!;
      if (newest === null || done.term! > newest.term!) newest = done;
    }
    if (newest === null || command.term! >= newest.term!) continue;
    const name = `${command.by}/${command.term}`;
    if (told.has(name)) continue;
    told.add(name);
    anomalies.push(stale(history, newest, command));
  }
  return anomalies;
}

function stale(history: History, newer: Command, old: Command): Anomaly {
  const who = (command: Command): string => `${command.by ?? 'a node'} (term ${command.term})`;
  const done = moment(history.time(newer.ret));
  const asked = moment(history.time(old.call));
  return {
    kind: 'stale-leader-accepted',
    sentence:
      `A deposed leader must accept nothing, but ${who(old)} accepted command ${JSON.stringify(old.value)} ` +
      `invoked at ${asked}, after ${who(newer)} had acknowledged one at ${done}.`,
    certainty: 'proved',
    ops: [newer.call, newer.ret, old.call, old.ret].sort((x, y) => x - y),
    steps: [
      { text: `${who(newer)} acknowledged a command at ${done}.`, ops: [newer.call, newer.ret] },
      {
        text: `Only then, at ${asked}, was ${JSON.stringify(old.value)} invoked.`,
        ops: [newer.ret, old.call],
      },
      { text: `${who(old)} acknowledged it all the same.`, ops: [old.call, old.ret] },
    ],
    fromNs: history.time(newer.call),
    toNs: history.time(old.ret),
    detail: {
      newer: { node: newer.by, term: newer.term, ackedNs: history.time(newer.ret), command: newer.value },
      old: { node: old.by, term: old.term, invokedNs: history.time(old.call), command: old.value },
    },
  };
}
