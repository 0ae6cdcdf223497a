/**
 * Changes who belongs to the cluster while it runs: removes members, adds nodes that are outside, replaces one by
 * the other, by the system's own administration; the members of before come back when it is undone. Everything is
 * asked for at once and of every node, so that a leader that is cut off gets to decide as well.
 */
import {
  type Evidence,
  type Fault,
  type FaultContext,
  type Json,
  type NodeId,
  OpFailure,
  type PlannedFault,
} from '../harness/contracts.ts';
import { resolveParams } from '../harness/faults/parameters.ts';
import {
  changeFor,
  type Membership,
  type MembershipChange,
  type MembersSeen,
} from '../harness/membership.ts';
import { monotonicNs, sleep } from '../harness/time.ts';
import { failed, installed, skipped } from './evidence.ts';
import { isUp } from './nodes.ts';
import { Notebook } from './notebook.ts';
import { drawTarget, nodesNow } from './targets.ts';

const notes = new Notebook<{ before: MembersSeen; change: MembershipChange }>();

/** Pause between two rounds of asking, ms. */
const ROUND_MS = 100;
/**
 * An injection asks for so long at most, and no longer than a share of its stretch: etcd changes no members before all of
 * them have been connected for 5 s. An undo asks for so long, ms.
 */
const PATIENCE = 0.75;
const INJECT_MS = 10_000;
const UNDO_MS = 30_000;

const NOBODY: Evidence = skipped('the system does not let its members be changed');

async function inject(fault: PlannedFault, context: FaultContext): Promise<Evidence> {
  const { cluster, signal, membership } = context;
  signal.throwIfAborted();
  const targets = await nodesNow(fault, context);
  if (targets.length === 0) return skipped('nobody leads at this moment');
  if (membership === undefined) return NOBODY;
  const before = await latest(membership, context);
  if (before === null) return skipped('no node says who the members are');
  const change = changeFor(fault.mode, targets, before.members, cluster.nodes);
  if (change.add.length + change.remove.length === 0) {
    return skipped(fault.mode === 'remove' ? 'they are no members' : 'every node is a member', {
      members: before.members,
    });
  }
  signal.throwIfAborted();
  notes.write(cluster, fault.id, { before, change });
  const patienceMs = Math.min(INJECT_MS, (PATIENCE * (fault.untilNs - fault.atNs)) / 1e6);
  const unanswered = await carryOut(membership, context, change, nowMs() + patienceMs);
  const after = await latest(membership, context);
  // Who leaves may be gone before it can say so: what the others know of their members decides.
  const missed = unanswered.filter(({ kind, member }) => !isSo(kind, member, after));
  const measures = { ...measuresOf(targets, before, after, change), ...refusalsOf(missed) };
  const isMade = (kind: 'add' | 'remove', member: NodeId): boolean =>
    !missed.some((one) => one.kind === kind && one.member === member);
  const words = wordsOf({
    add: change.add.filter((member) => isMade('add', member)),
    remove: change.remove.filter((member) => isMade('remove', member)),
  });
  // Asked for all the same: whoever was asked may still do it.
  if (missed.length === change.add.length + change.remove.length)
    return failed(
      `nobody did it within ${(patienceMs / 1e3).toFixed(1)} s: ${missed.map(told).join(', ')}`,
      measures,
    );
  return installed(
    missed.length === 0 ? words : `${words}; not yet: ${missed.map(told).join(', ')}`,
    true,
    measures,
  );
}

async function undo(fault: PlannedFault, context: FaultContext): Promise<Evidence> {
  const { cluster, membership } = context;
  const note = notes.read(cluster, fault.id);
  if (note === undefined || membership === undefined) return skipped('was not installed');
  const deadlineMs = nowMs() + UNDO_MS;
  const back = inverseOf(note.change);
  for (;;) {
    const missed = await carryOut(membership, context, back, deadlineMs);
    if (missed.length > 0) {
      const what = missed.map(told).join(', ');
      return failed(`the members of before could not be restored: ${what}`, refusalsOf(missed));
    }
    // A request of the injection may have been under way all the time.
    const now = await latest(membership, context);
    if (now === null || same(now.members, note.before.members, note.change)) {
      notes.erase(cluster, fault.id);
      return installed(`${wordsOf(back)}, as before`, null, measuresOf([], note.before, now, back));
    }
    if (nowMs() > deadlineMs) return failed(`the members are ${now.members.join(', ')}`);
    await sleep(ROUND_MS, context.signal);
  }
}

function nowMs(): number {
  return monotonicNs() / 1e6;
}

/** As far as the change goes: others may change other members. */
function same(now: readonly NodeId[], before: readonly NodeId[], change: MembershipChange): boolean {
  return [...change.add, ...change.remove].every((node) => now.includes(node) === before.includes(node));
}

/** The latest that any node knows of the members; null when none answers. */
async function latest(
  membership: Membership,
  { cluster, signal }: FaultContext,
): Promise<MembersSeen | null> {
  const up = cluster.nodes.filter((node) => isUp(cluster, node));
  const answers = await Promise.allSettled(up.map((node) => membership.members(node, signal)));
  let found: MembersSeen | null = null;
  for (const answer of answers) {
    if (answer.status !== 'fulfilled') continue;
    if (found === null || answer.value.version > found.version) found = answer.value;
  }
  return found;
}

/** True where the members are known to be so already. */
function isSo(kind: 'add' | 'remove', member: NodeId, seen: MembersSeen | null): boolean {
  return seen !== null && seen.members.includes(member) === (kind === 'add');
}

/** A change that nobody confirmed, and what those said who were asked last. */
interface Missed {
  kind: 'add' | 'remove';
  member: NodeId;
  because: string[];
}

/** `remove n1 (etcdserver: unhealthy cluster)`. */
function told({ kind, member, because }: Missed): string {
  const what = `${kind} ${member}`;
  return because.length === 0 ? what : `${what} (${because.join('; ')})`;
}

function refusalsOf(missed: readonly Missed[]): Record<string, Json> {
  return missed.length === 0
    ? {}
    : { refusals: missed.map(({ kind, member, because }) => ({ what: `${kind} ${member}`, because })) };
}

/** In the words of the system, each once; what no node answered says less than what one did. */
function reasonsOf(errors: readonly unknown[]): string[] {
  const isAnswer = (error: unknown): boolean =>
    !(error instanceof OpFailure) || !SILENT.has(error.error.kind);
  const answers = errors.filter(isAnswer);
  const words = (answers.length > 0 ? answers : errors).map((error) => (error as Error).message);
  return [...new Set(words)].sort();
}

const SILENT: ReadonlySet<string> = new Set([
  'timeout',
  'connection-refused',
  'connection-reset',
  'connection-lost',
  'aborted',
]);

/** Asks for everything until it is done; returns what is not when time is over. */
async function carryOut(
  membership: Membership,
  context: FaultContext,
  { add, remove }: MembershipChange,
  deadlineMs: number,
): Promise<Missed[]> {
  const { cluster, signal } = context;
  const one = async (kind: 'add' | 'remove', member: NodeId): Promise<Missed | null> => {
    let because: string[] = [];
    while (!signal.aborted) {
      const up = cluster.nodes.filter((node) => isUp(cluster, node));
      const asked = up.map((node) => membership.change(node, kind, member, signal));
      const isDone = await Promise.any(asked).then(
        () => true,
        (error: AggregateError) => {
          because = reasonsOf(error.errors);
          return false;
        },
      );
      if (isDone) return null;
      if (nowMs() > deadlineMs) break;
      // Aborted while it rests: the loop ends by itself.
      await sleep(ROUND_MS, signal).catch(() => undefined);
    }
    return { kind, member, because };
  };
  const all = await Promise.all([
    ...remove.map((member) => one('remove', member)),
    ...add.map((member) => one('add', member)),
  ]);
  return all.filter((missed) => missed !== null);
}

function wordsOf({ add, remove }: MembershipChange): string {
  return [
    ...(remove.length > 0 ? [`${remove.join(', ')} removed`] : []),
    ...(add.length > 0 ? [`${add.join(', ')} added`] : []),
  ].join(', ');
}

function measuresOf(
  nodes: readonly NodeId[],
  before: MembersSeen,
  after: MembersSeen | null,
  { add, remove }: MembershipChange,
): Record<string, Json> {
  return {
    ...(nodes.length > 0 ? { nodes: [...nodes] } : {}),
    removed: remove,
    added: add,
    before: before.members,
    after: after?.members ?? null,
  };
}

function inverseOf({ add, remove }: MembershipChange): MembershipChange {
  return { add: remove, remove: add };
}

/** The membership fault, one lane. */
export const membership: Fault = {
  name: 'membership',
  summary: 'Removes, adds or replaces members of the running cluster, and restores them when it ends.',
  modes: {
    remove: { summary: 'members leave; of all members, one stays' },
    add: { summary: 'nodes that are outside join, those of the target first' },
    replace: { summary: 'members leave and as many nodes from outside join' },
  },
  defaultMode: 'remove',
  lane: 'membership',
  conflicts: [],
  span: { label: 'members', colour: 20 },
  needs: () => ['members.change'],
  plan(mode, params, target, nodes, rng) {
    const given = resolveParams(membership, mode, params);
    const drawn = drawTarget(target, nodes, rng, mode === 'add' ? ['one'] : ['one', 'minority', 'leader']);
    return { ...drawn, params: given };
  },
  undoActions: () => [
    { kind: 'none', because: 'who the members are is in the data of the run, which ends with it' },
  ],
  effect: (fault, targets, nodes) => ({
    members: (now) => changeFor(fault.mode, targets, now, nodes),
  }),
  inject,
  undo,
};
