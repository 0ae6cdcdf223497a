/**
 * What last-write-wins loses. Once writes have ended, a key must show a write that no other acknowledged
 * write came after. Of concurrent writes one may win, and the loss of the others is counted, not failed; a
 * write that began after the winner had been acknowledged is lost only when timestamps disagree with what
 * happened, as under clock skew: X = 1 at 100, then X = 2 at 99; and where nothing is left of a key, every
 * acknowledged write of it is lost. Keys that anything but plain reads and
 * writes touched are left out.
 */
import { FAIL, type History, INVOKE, NONE, OK } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { Anomaly, CheckerResult } from '../../harness/verdict.ts';
import type { Checker } from '../contract.ts';
import { instant } from '../quantiles.ts';

const MAX_ANOMALIES = 10;

interface Write {
  call: number;
  /** Completion of an acknowledged write; NONE when its outcome is not known. */
  ret: number;
}

interface KeyRecord {
  /** By value id; null when two writes wrote the value. */
  writes: Map<number, Write | null>;
  /** Completions of the reads that show what was left. */
  reads: number[];
}

/**
 * Judges `write` and `read` by key. Final reads are those of the phase `final`; in a history without phases,
 * the last read of a key if it began after every write of the key had ended. O(n).
 */
export function lastWriteWins(history: History): CheckerResult {
  const records = recordsOf(history);
  const anomalies: Anomaly[] = [];
  let lost = 0;
  let concurrent = 0;
  let judged = 0;
  for (const [key, record] of records) {
    const blamed = new Set<number>();
    for (const read of record.reads) {
      const winner = record.writes.get(history.columns.values[read]!);
      const gone = winner === undefined ? lastOf(history, record, read) : null;
      if (gone !== null) {
        judged++;
        if (blamed.has(gone.call)) continue;
        blamed.add(gone.call);
        lost++;
        if (anomalies.length < MAX_ANOMALIES) anomalies.push(lostKey(history, key, gone, read));
        continue;
      }
      if (winner === undefined || winner === null || winner.ret === NONE) continue;
      judged++;
      for (const write of record.writes.values()) {
        if (write === null || write === winner || write.ret === NONE) continue;
        const how = laterThan(history, winner, write);
        if (how === null) {
          if (write.ret > winner.call) concurrent++;
          continue;
        }
        if (blamed.has(write.call)) continue;
        blamed.add(write.call);
        lost++;
        if (anomalies.length < MAX_ANOMALIES)
          anomalies.push(lostWrite(history, key, winner, write, read, how));
      }
    }
  }
  const stats = { keys: records.size, finalReads: judged, lost, overwrittenConcurrent: concurrent };
  if (lost > 0) return { verdict: 'fail', anomalies, anomalyCount: lost, stats };
  if (judged > 0) return { verdict: 'pass', anomalies, stats };
  const note = 'no read after the end of all writes returned a value that one acknowledged write wrote';
  return { verdict: 'vacuous', anomalies, stats, note };
}

/** The acknowledged write that ended last, if the read shows nothing although there is one; else null. */
function lastOf(history: History, record: KeyRecord, read: number): Write | null {
  if (history.value(read) !== null) return null;
  let last: Write | null = null;
  for (const write of record.writes.values()) {
    if (write !== null && write.ret !== NONE && (last === null || write.ret > last.ret)) last = write;
  }
  return last;
}

function recordsOf(history: History): Map<number, KeyRecord> {
  const { types, processes, fs, keys, values, pairs } = history.columns;
  const read = history.names.find('read');
  const write = history.names.find('write');
  const records = new Map<number, KeyRecord>();
  const phased = history.indexesWhere((i) => history.phase(i) !== undefined).length > 0;
  const ends = new Map<number, number>();
  const others = new Set<number>();
  const recordOf = (key: number): KeyRecord => {
    let record = records.get(key);
    if (record === undefined) records.set(key, (record = { writes: new Map(), reads: [] }));
    return record;
  };
  for (let i = 0; i < history.length; i++) {
    if (types[i] !== INVOKE || processes[i]! < 0) continue;
    if (fs[i] !== read && fs[i] !== write) {
      others.add(keys[i]!);
      continue;
    }
    const ret = pairs[i]!;
    const record = recordOf(keys[i]!);
    if (fs[i] === write && (ret === NONE || types[ret] !== FAIL)) {
      const known = ret !== NONE && types[ret] === OK;
      record.writes.set(
        values[i]!,
        record.writes.has(values[i]!) ? null : { call: i, ret: known ? ret : NONE },
      );
      ends.set(keys[i]!, Math.max(ends.get(keys[i]!) ?? -1, known ? ret : i));
    } else if (fs[i] === read && ret !== NONE && types[ret] === OK) {
      if (!phased) record.reads = [ret];
      else if (history.phase(i) === 'final') record.reads.push(ret);
    }
  }
  for (const key of others) records.delete(key);
  for (const [key, record] of records) {
    record.reads = record.reads.filter((ret) => pairs[ret]! > (ends.get(key) ?? -1));
  }
  return records;
}

/** How `later` is known to come after `earlier`; null when they are concurrent or the other way round. */
function laterThan(history: History, earlier: Write, later: Write): 'real time' | 'session' | null {
  const { processes } = history.columns;
  if (later.call > earlier.call && processes[later.call] === processes[earlier.call]) return 'session';
  return later.call > earlier.ret ? 'real time' : null;
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
  check: (history) => lastWriteWins(history),
};
