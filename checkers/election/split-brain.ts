/**
 * Words and pictures of a split brain: who led, for how long, under which fault, who followed whom, and what
 * each of the two accepted meanwhile.
 */
import type { History } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { Anomaly, Step } from '../../harness/verdict.ts';
import { counted } from '../evidence.ts';
import { activeFaults, type FaultSpan, faultWords } from '../fault-spans.ts';
import { moment, span } from '../quantiles.ts';
import type { Command, Leadership } from './observations.ts';
import { around, type Overlap } from './overlaps.ts';
import type { Session } from './sessions.ts';

/** Commands listed by value in the detail; the rest is counted. */
const LISTED_COMMANDS = 20;

/** One side of a split brain. */
interface Side {
  session: Session;
  commands: Command[];
  followers: string[];
}

/** The anomaly an overlap of exclusive leadership is. */
export function splitBrain(
  history: History,
  leadership: Leadership,
  overlap: Overlap,
  faults: readonly FaultSpan[],
  maxGapMs: number,
): Anomaly {
  const sides = [overlap.a, overlap.b].map((session) => sideOf(leadership, session, overlap));
  const during = activeFaults(faults, overlap.fromNs, overlap.toNs);
  const [a, b] = [overlap.a, overlap.b];
  const times = `from ${moment(overlap.fromNs)} to ${moment(overlap.toNs)}`;
  const under =
    during.length === 0
      ? ''
      : ` while ${during.map(faultWords).join(' and ')} ${during.length === 1 ? 'was' : 'were'} in force`;
  const ops = sides.flatMap(({ session }) => witnessOf(history, session, overlap, maxGapMs * 1e6));
  return {
    kind: 'split-brain',
    sentence: `One leader at any instant was promised, but ${a.node} and ${b.node} both led ${times}${under}.`,
    certainty: overlap.certainty,
    ops: [...new Set(ops)].sort((x, y) => x - y),
    steps: stepsOf(history, overlap, sides, during),
    fromNs: overlap.fromNs,
    toNs: overlap.toNs,
    detail: {
      overlapNs: overlap.toNs - overlap.fromNs,
      alternations: overlap.alternations,
      leaders: sides.map((side) => sideDetail(history, side)),
      faults: during.map(faultDetail),
    },
  };
}

/**
 * Answers that prove by themselves that a side led within the overlap: its ends, and what joins the answers at its
 * beginning. Where nothing but their alternation vouches for them, that is a longer stretch.
 */
function witnessOf(history: History, session: Session, overlap: Overlap, maxGapNs: number): number[] {
  const { before, after } = around(session, overlap.from, overlap.to);
  const anchored = overlap.a.anchored && overlap.b.anchored;
  const untilNs = anchored ? overlap.fromNs : overlap.fromNs + 3 * maxGapNs;
  const kept = [before];
  for (const seen of session.observations) {
    const last = kept.at(-1)!;
    if (seen.call <= last.call || seen.call > after.call) continue;
    if (history.time(last.call) > untilNs) break;
    // A third of the gap allowed: dense enough to alternate with the other side's.
    if (!anchored && history.time(seen.ret) - history.time(last.call) < maxGapNs / 3) continue;
    kept.push(seen);
  }
  return [...kept, after].flatMap(({ call, ret }) => [call, ret]);
}

function sideOf(leadership: Leadership, session: Session, overlap: Overlap): Side {
  const inside = (call: number, ret: number): boolean => ret > overlap.from && call < overlap.to;
  const commands = leadership.commands.filter(
    (command) =>
      command.by === session.node &&
      inside(command.call, command.ret) &&
      (command.term === null || session.term === null || command.term === session.term),
  );
  const followers: string[] = [];
  for (const [node, observations] of leadership.observations) {
    if (node === session.node) continue;
    const followed = observations.some(
      (seen) => !seen.leading && seen.leader === session.node && inside(seen.call, seen.ret),
    );
    if (followed) followers.push(node);
  }
  return { session, commands, followers };
}

function stepsOf(
  history: History,
  overlap: Overlap,
  sides: readonly Side[],
  during: readonly FaultSpan[],
): Step[] {
  const steps: Step[] = during.map((fault) => ({
    text: `From ${moment(fault.fromNs)} on, ${faultWords(fault)} was in force (${fault.id}).`,
    ops: [fault.at],
  }));
  for (const { session } of sides) {
    const { before, after } = around(session, overlap.from, overlap.to);
    const answers = session.observations.filter((seen) => seen.ret >= before.ret && seen.call <= after.call);
    const term = session.term === null ? '' : ` in term ${session.term}`;
    steps.push({
      text:
        `${session.node} said it leads${term} at ${moment(history.time(before.ret))}, at ` +
        `${moment(history.time(after.call))}, and in all ${answers.length} answers between.`,
      ops: [before.call, before.ret, after.call, after.ret],
    });
  }
  steps.push({ text: conclusion(overlap), ops: [] });
  for (const { session, commands } of sides) {
    if (commands.length === 0) continue;
    steps.push({
      text: `In that time ${session.node} accepted ${counted(commands.length, 'command')}.`,
      ops: commands.slice(0, 3).flatMap((command) => [command.call, command.ret]),
    });
  }
  return steps;
}

/** Says what the proof rests on, because only terms make it free of assumptions. */
function conclusion(overlap: Overlap): string {
  const both = `So both led at once for ${span(overlap.toNs - overlap.fromNs)}`;
  if (overlap.a.anchored && overlap.b.anchored) return `${both}.`;
  const times = overlap.alternations === 1 ? 'once' : `${overlap.alternations} times`;
  const handovers = `the answers went back and forth ${times} without one denial`;
  return overlap.certainty === 'proved'
    ? `${both}: ${handovers}.`
    : `${both}, unless leadership changed hands unseen between the questions: ${handovers}.`;
}

function sideDetail(history: History, { session, commands, followers }: Side): Json {
  return {
    node: session.node,
    term: session.term,
    fromNs: history.time(session.first.ret),
    toNs: history.time(session.last.call),
    answers: session.observations.length,
    followers,
    commandCount: commands.length,
    commands: commands.slice(0, LISTED_COMMANDS).map((command) => command.value),
  };
}

function faultDetail(fault: FaultSpan): Json {
  return {
    id: fault.id,
    fault: fault.fault,
    mode: fault.mode,
    nodes: fault.nodes,
    groups: fault.groups,
    fromNs: fault.fromNs,
    toNs: Number.isFinite(fault.untilNs) ? fault.untilNs : null,
  };
}
