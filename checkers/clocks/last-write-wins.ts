/**
 * What last-write-wins loses. Once writes have ended, a key must show a write that no other acknowledged
 * write came after. Of concurrent writes one may win, and the loss of the others is counted, not failed; a
 * write that began after the winner had been acknowledged is lost only when timestamps disagree with what
 * happened, as under clock skew: X = 1 at 100, then X = 2 at 99; and where nothing is left of a key, every
 * acknowledged write of it is lost. Keys that anything but plain reads and
 * writes touched are left out.
 */
import type { CheckerOptions } from '../../harness/contracts.ts';
import { type History, NONE } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { Anomaly, CheckerResult } from '../../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from '../contract.ts';
import { inTime, Pace } from '../pace.ts';
import { instant } from '../quantiles.ts';
import { LastWrites, NOBODY, SEVERAL } from './last-writes.ts';

const MAX_ANOMALIES = 10;

interface Write {
  call: number;
  /** Completion of an acknowledged write; NONE when its outcome is not known. */
  ret: number;
}

/**
 * Judges `write` and `read` by key. Final reads are those of the phase `final`; in a history without phases,
 * the last read of a key if it began after every write of the key had ended. O(n), plus the writes of a key for each
 * of its final reads.
 */
export function lastWriteWins(
  history: History,
  _options: CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  const found: Found = { anomalies: [], lost: 0, concurrent: 0, judged: 0 };
  const pace = new Pace(budget);
  const keys = inTime(
    () => {
      const writes = new LastWrites(history, pace);
      for (let k = 0; k < writes.names.length; k++) judgeKey(history, writes, k, found, pace);
      return writes.judged;
    },
    () => null,
  );
  const { anomalies, lost, concurrent, judged } = found;
  const stats = { keys, finalReads: judged, lost, overwrittenConcurrent: concurrent };
  if (lost > 0) return { verdict: 'fail', anomalies, anomalyCount: lost, stats };
  if (keys === null) {
    const note = `stopped at the ${budget.reason} after ${judged} final reads; a higher limit would settle the rest`;
    return { verdict: 'unknown', anomalies, stats, note };
  }
  if (judged > 0) return { verdict: 'pass', anomalies, stats };
  const note = 'no read after the end of all writes returned a value that one acknowledged write wrote';
  return { verdict: 'vacuous', anomalies, stats, note };
}

interface Found {
  anomalies: Anomaly[];
  lost: number;
  concurrent: number;
  judged: number;
}

function judgeKey(history: History, writes: LastWrites, k: number, found: Found, pace: Pace): void {
  const blamed = new Set<number>();
  const at = (w: number): Write => ({ call: writes.calls.items[w]!, ret: writes.rets.items[w]! });
  const blame = (call: number, anomaly: () => Anomaly): void => {
    if (blamed.has(call)) return;
    blamed.add(call);
    found.lost++;
    if (found.anomalies.length < MAX_ANOMALIES) found.anomalies.push(anomaly());
  };
  for (const read of writes.reads[k]!) {
    const w = writes.writerOf(k, history.columns.values[read]!);
    if (w === NOBODY) {
      const gone = history.value(read) === null ? lastOf(writes, k) : -1;
      if (gone < 0) continue;
      found.judged++;
      blame(at(gone).call, () => lostKey(history, writes.names[k]!, at(gone), read));
      continue;
    }
    if (w === SEVERAL || writes.rets.items[w] === NONE) continue;
    const winner = at(w);
    found.judged++;
    for (const other of writes.alone(k)) {
      pace.step();
      if (other === w) continue;
      const call = writes.calls.items[other]!;
      const how = laterThan(history, winner, call);
      if (how !== null) {
        blame(call, () => lostWrite(history, writes.names[k]!, winner, at(other), read, how));
      } else if (writes.rets.items[other]! > winner.call) found.concurrent++;
    }
  }
}

/** The acknowledged write of a key that ended last, or -1. */
function lastOf(writes: LastWrites, k: number): number {
  let last = -1;
  for (const w of writes.alone(k)) {
    if (last < 0 || writes.rets.items[w]! > writes.rets.items[last]!) last = w;
  }
  return last;
}

/** How `later` is known to come after `earlier`; null when they are concurrent or the other way round. */
function laterThan(history: History, earlier: Write, later: number): 'real time' | 'session' | null {
  const { processes } = history.columns;
  if (later > earlier.call && processes[later] === processes[earlier.call]) return 'session';
  return later > earlier.ret ? 'real time' : null;
}

/** The key shows nothing at all, although it had been written. */
function lostKey(history: History, keyId: number, write: Write, read: number): Anomaly {
  const name = nameOf(history, keyId);
  const gone = JSON.stringify(bare(history.value(write.call)));
  const ops = [write.call, write.ret, history.pair(read), read].sort((a, b) => a - b);
  return {
    kind: 'lost-write',
    sentence:
      `The last write of a key wins, but ${name} = ${gone}, acknowledged at ${instant(history.time(write.ret))}, ` +
      `was lost: at ${instant(history.time(read))} ${name} held nothing.`,
    certainty: 'proved',
    key: keyId === NONE ? null : history.values.get(keyId),
    ops,
    steps: [
      { text: `${name} = ${gone} was written and acknowledged.`, ops: [write.call, write.ret] },
      { text: `When all writes had ended, ${name} held nothing.`, ops: [history.pair(read), read] },
    ],
    fromNs: history.time(ops[0]!),
    toNs: history.time(ops.at(-1)!),
  };
}

function nameOf(history: History, keyId: number): string {
  const key = keyId === NONE ? null : history.values.get(keyId);
  return key === null ? 'the register' : typeof key === 'string' ? key : `key ${JSON.stringify(key)}`;
}

function lostWrite(
  history: History,
  keyId: number,
  winner: Write,
  write: Write,
  read: number,
  how: string,
): Anomaly {
  const key = keyId === NONE ? null : history.values.get(keyId);
  const name = nameOf(history, keyId);
  const text = (i: number): string => JSON.stringify(bare(history.value(i)));
  const stamped = stamps(history.value(winner.call), history.value(write.call));
  const kept = text(winner.call);
  const gone = text(write.call);
  const ops = [winner.call, winner.ret, write.call, write.ret, history.pair(read), read].sort(
    (a, b) => a - b,
  );
  return {
    kind: 'lost-write',
    sentence:
      `The last write of a key wins, but ${name} = ${gone}, written at ${instant(history.time(write.call))} after ` +
      `${name} = ${kept} had been acknowledged, was lost: ${name} was ${kept} at ${instant(history.time(read))}` +
      `${stamped === null ? '' : `, because its timestamp ${stamped[1]} is behind ${stamped[0]}`}.`,
    certainty: 'proved',
    key,
    ops,
    steps: [
      {
        text: `${name} = ${kept} was acknowledged at ${instant(history.time(winner.ret))}.`,
        ops: [winner.call, winner.ret],
      },
      {
        text: `${name} = ${gone} was written later (by ${how}) and acknowledged.`,
        ops: [write.call, write.ret],
      },
      { text: `When all writes had ended, ${name} was ${kept}.`, ops: [history.pair(read), read] },
    ],
    fromNs: history.time(ops[0]!),
    toNs: history.time(ops.at(-1)!),
    detail: { kept: history.value(winner.call), lost: history.value(write.call), order: how },
  };
}

/** The value itself where a system reports `{value, timestamp}`. */
function bare(value: Json): Json {
  return timestampOf(value) === null ? value : ((value as { value?: Json }).value ?? null);
}

function timestampOf(value: Json): number | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return typeof value['timestamp'] === 'number' ? value['timestamp'] : null;
}

/** Both timestamps where they say that the later write is the older one. */
function stamps(winner: Json, lost: Json): [number, number] | null {
  const [a, b] = [timestampOf(winner), timestampOf(lost)];
  return a !== null && b !== null && b < a ? [a, b] : null;
}

/** The `last-write-wins` checker. */
export const lastWriteWinsChecker: Checker = {
  name: 'last-write-wins',
  summary: 'no acknowledged write is lost to an older one',
  options: {},
  reads: {
    write: 'write v or {value, timestamp}, with a key',
    read: 'read -> v or {value, timestamp}, with a key',
  },
  anomalies: {
    'lost-write': 'a write lost to one that was acknowledged before it began, or to nothing at all',
  },
  check: lastWriteWins,
};
