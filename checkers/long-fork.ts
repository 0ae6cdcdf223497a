/**
 * Long fork: two writes to different keys may not be seen in opposite orders. Every key is written once and
 * reads cover whole groups of keys, so the sets of keys seen must form a chain: sorted by size, each must lie
 * within the next. One sort instead of comparing all pairs of reads.
 */
import { FAIL, type History, NONE, OK } from '../harness/history/history.ts';
import type { Json } from '../harness/op.ts';
import type { CheckerResult } from '../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from './contract.ts';
import {
  both,
  clientCalls,
  counted,
  Evidence,
  type Finding,
  Meter,
  outcomeCode,
  step,
  ValueIds,
  who,
} from './evidence.ts';

type MicroOp = [f: string, key: Json, value: Json];

/** Writes of one key: the first that may have happened, one that failed, and how many may have happened. */
interface Key {
  write: number;
  failed: number;
  writes: number;
  value: Json;
}

/** One read of a group: its invocation and which keys had a value, ascending. */
interface View {
  call: number;
  present: number[];
}

interface Group {
  keys: readonly number[];
  views: View[];
}

/** Judges transactions of `w` and `r` micro-operations, keys written once. O(size of the reads, sorted). */
export function longFork(history: History, _options = {}, budget: Budget = UNLIMITED): CheckerResult {
  const ids = new ValueIds(history);
  const meter = new Meter(budget);
  const evidence = new Evidence(history);
  const calls = clientCalls(history, 'txn', 'read', 'write');
  const keys = new Map<number, Key>();
  for (const call of calls) noteWrites(history, ids, keys, call);
  const groups = new Map<string, Group>();
  let reads = 0;
  for (const call of calls) {
    if (outcomeCode(history, call) !== OK) continue;
    const ops = microOps(history.value(history.pair(call)));
    if (ops === null || ops.length < 2 || ops.some(([f]) => f !== 'r')) continue;
    if (meter.over(ops.length)) break;
    reads++;
    noteRead(history, ids, keys, groups, call, ops, evidence);
  }
  let ambiguous = 0;
  let compared = 0;
  for (const { keys: members, views } of groups.values()) {
    if (members.some((key) => (keys.get(key)?.writes ?? 0) > 1)) ambiguous++;
    else compared += judgeGroup(history, ids, keys, views, evidence);
  }
  const stats = { reads, groups: groups.size, compared, ambiguousGroups: ambiguous };
  return evidence.conclude(stats, {
    stopped: meter.stopped,
    unsettled:
      ambiguous > 0
        ? `${counted(ambiguous, 'group')} could not be judged, as keys were written more than once; writing each key once would settle it`
        : null,
    vacuous: compared === 0 ? 'no two reads of the same group of keys, each of two or more' : null,
  });
}

function microOps(value: Json): MicroOp[] | null {
  if (!Array.isArray(value)) return null;
  const ops: MicroOp[] = [];
  for (const op of value) {
    if (!Array.isArray(op) || op.length < 2 || typeof op[0] !== 'string') return null;
    ops.push([op[0], op[1]!, op[2] ?? null]);
  }
  return ops;
}

function noteWrites(history: History, ids: ValueIds, keys: Map<number, Key>, call: number): void {
  for (const [f, key, value] of microOps(history.value(call)) ?? []) {
    if (f !== 'w') continue;
    const id = ids.of(key);
    let of = keys.get(id);
    if (of === undefined) keys.set(id, (of = { write: NONE, failed: NONE, writes: 0, value: null }));
    if (outcomeCode(history, call) === FAIL) of.failed = call;
    else {
      of.writes++;
      if (of.write === NONE) {
        of.write = call;
        of.value = value;
      }
    }
  }
}

function noteRead(
  history: History,
  ids: ValueIds,
  keys: Map<number, Key>,
  groups: Map<string, Group>,
  call: number,
  ops: readonly MicroOp[],
  evidence: Evidence,
): void {
  const members: number[] = [];
  const present: number[] = [];
  let sound = true;
  for (const [, key, value] of ops) {
    const id = ids.of(key);
    members.push(id);
    if (value === null) continue;
    present.push(id);
    const of = keys.get(id);
    if (of !== undefined && (of.writes > 1 || (of.writes === 1 && ids.of(of.value) === ids.of(value))))
      continue;
    sound = false;
    const aborted = of !== undefined && of.writes === 0;
    evidence.add(aborted ? 'aborted-read' : 'phantom-read', () => ({
      sentence:
        `Only what was written may be read, but ${who(history, call)} read ${JSON.stringify(value)} for key ` +
        `${JSON.stringify(key)}, ${aborted ? 'whose write failed' : 'which nobody wrote'}.`,
      steps: [
        ...(aborted
          ? [step(history, of.failed, `The write of key ${JSON.stringify(key)} failed for certain.`)]
          : []),
        step(history, call, `A read returned ${JSON.stringify(value)} for it.`),
      ],
      key,
    }));
  }
  members.sort((a, b) => a - b);
  if (!sound || members.some((id, n) => n > 0 && id === members[n - 1])) return;
  present.sort((a, b) => a - b);
  const name = members.join(' ');
  let group = groups.get(name);
  if (group === undefined) groups.set(name, (group = { keys: members, views: [] }));
  group.views.push({ call, present });
}

/** Sorted by how much they saw, each read must have seen all that the one before it saw. Returns reads compared. */
function judgeGroup(
  history: History,
  ids: ValueIds,
  keys: Map<number, Key>,
  views: View[],
  evidence: Evidence,
): number {
  views.sort((a, b) => a.present.length - b.present.length);
  for (let n = 1; n < views.length; n++) {
    const [less, more] = [views[n - 1]!, views[n]!];
    const seen = new Set(more.present);
    const missed = less.present.find((id) => !seen.has(id));
    if (missed === undefined) continue;
    const own = new Set(less.present);
    const other = more.present.find((id) => !own.has(id))!;
    evidence.add('long-fork', () => explainFork(history, ids, keys, less, more, missed, other));
  }
  return views.length > 1 ? views.length : 0;
}

function explainFork(
  history: History,
  ids: ValueIds,
  keys: Map<number, Key>,
  less: View,
  more: View,
  x: number,
  y: number,
): Finding {
  const [a, b] = [less.call, more.call];
  // The reads rest on whatever else they saw, too.
  const writes = [...less.present, ...more.present].map((id) => keys.get(id)!.write);
  const [nameX, nameY] = [x, y].map((id) => JSON.stringify(ids.get(id)));
  return {
    sentence:
      `All must see writes in one order, but ${who(history, a)} saw the write of ${nameX} without that of ` +
      `${nameY}, and ${who(history, b)} saw the write of ${nameY} without that of ${nameX}.`,
    steps: [
      step(history, keys.get(x)!.write, `Key ${nameX} was written.`),
      step(history, keys.get(y)!.write, `Key ${nameY} was written.`),
      step(history, a, `This read saw ${nameX} and not ${nameY}, so ${nameX} came first.`),
      step(history, b, `This read saw ${nameY} and not ${nameX}, so ${nameY} came first.`),
    ],
    detail: { keys: [ids.get(x), ids.get(y)] },
    alsoOps: writes.flatMap((write) => both(history, write)),
  };
}

/** The `long-fork` checker. */
export const longForkChecker: Checker = {
  name: 'long-fork',
  summary: 'no two reads see two writes in opposite orders',
  options: {},
  reads: {
    write: 'write of ["w", k, v]...',
    read: 'read of ["r", k, v]...',
    txn: 'txn of ["w", k, v] or of ["r", k, v]',
  },
  anomalies: {
    'long-fork': 'two reads that saw two writes in opposite orders',
    'phantom-read': 'a value that nobody wrote',
    'aborted-read': 'a value whose write had failed',
  },
  check: longFork,
};
