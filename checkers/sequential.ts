/**
 * Sequential visibility: a process writes one thing after the other; whoever sees a later write must see the
 * earlier ones of the same process. For reads that are not atomic this holds when the newest is read first.
 */
import { FAIL, type History, NONE, OK } from '../harness/history/history.ts';
import type { Json } from '../harness/op.ts';
import type { CheckerResult } from '../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from './contract.ts';
import {
  clientCalls,
  counted,
  Evidence,
  type Finding,
  Meter,
  ofKey,
  outcomeCode,
  step,
  ValueIds,
  who,
} from './evidence.ts';

/** One write; `rank` counts the acknowledged writes of its process before it. */
interface Write {
  call: number;
  value: Json;
  writer: Writer;
  rank: number;
  acknowledged: boolean;
  /** Written more than once: which write a read saw is not known. */
  ambiguous: boolean;
  failed: boolean;
  mark: number;
}

/** One process writing to one object. */
interface Writer {
  acknowledged: Write[];
  /** Scratch of the read being judged: that read, and its newest write seen. */
  read: number;
  newest: Write | null;
}

interface Writes {
  byValue: Map<number, Write>;
  writers: Map<number, Writer>;
}

/** Judges `write` or `add` of distinct values and `read`s of lists of them, by key. O(n + size of the reads). */
export function sequential(history: History, _options = {}, budget: Budget = UNLIMITED): CheckerResult {
  const { fs, keys } = history.columns;
  const readF = history.names.find('read');
  const ids = new ValueIds(history);
  const meter = new Meter(budget);
  const evidence = new Evidence(history);
  const objects = new Map<number, Writes>();
  const stats = { writes: 0, reads: 0, constrained: 0, repeatedValues: 0 };
  const calls = clientCalls(history, 'write', 'add', 'read');
  for (const call of calls) {
    if (fs[call] === readF) continue;
    stats.writes++;
    if (noteWrite(history, ids, writesOf(objects, keys[call]!), call)) stats.repeatedValues++;
  }
  for (const call of calls) {
    if (fs[call] !== readF || outcomeCode(history, call) !== OK) continue;
    const list = history.value(history.pair(call));
    if (!Array.isArray(list)) continue;
    if (meter.over(list.length + 1)) break;
    stats.reads++;
    if (judgeRead(history, ids, writesOf(objects, keys[call]!), call, list, evidence)) stats.constrained++;
  }
  return evidence.conclude(stats, {
    stopped: meter.stopped,
    vacuous:
      stats.constrained === 0
        ? `no read saw a write with another of its process before it${stats.repeatedValues > 0 ? `; ${counted(stats.repeatedValues, 'write')} repeated a value` : ''}`
        : null,
  });
}

function writesOf(objects: Map<number, Writes>, key: number): Writes {
  let of = objects.get(key);
  if (of === undefined) objects.set(key, (of = { byValue: new Map(), writers: new Map() }));
  return of;
}

/** True when the value was written before. */
function noteWrite(history: History, ids: ValueIds, of: Writes, call: number): boolean {
  const process = history.columns.processes[call]!;
  let writer = of.writers.get(process);
  if (writer === undefined) {
    writer = { acknowledged: [], read: NONE, newest: null };
    of.writers.set(process, writer);
  }
  const value = history.value(call);
  const id = ids.of(value);
  const outcome = outcomeCode(history, call);
  const earlier = of.byValue.get(id);
  if (earlier !== undefined) {
    if (outcome === FAIL) return true;
    if (!earlier.failed) {
      earlier.ambiguous = true;
      return true;
    }
  }
  const write: Write = {
    call,
    value,
    writer,
    rank: writer.acknowledged.length,
    acknowledged: outcome === OK,
    ambiguous: false,
    failed: outcome === FAIL,
    mark: NONE,
  };
  of.byValue.set(id, write);
  if (write.acknowledged) writer.acknowledged.push(write);
  return earlier !== undefined;
}

/** True when the read saw a write with another acknowledged one of its process before it. */
function judgeRead(
  history: History,
  ids: ValueIds,
  of: Writes,
  call: number,
  list: readonly Json[],
  evidence: Evidence,
): boolean {
  const writers: Writer[] = [];
  for (const value of list) {
    const write = value === null ? undefined : of.byValue.get(ids.of(value));
    if (write === undefined || write.failed) {
      if (value !== null) evidence.add('phantom-read', () => phantom(history, call, value, write));
      continue;
    }
    write.mark = call;
    if (write.ambiguous) continue;
    const { writer } = write;
    if (writer.read !== call) {
      writers.push(writer);
      writer.read = call;
      writer.newest = write;
    } else if (write.rank > writer.newest!.rank) writer.newest = write;
  }
  let constrained = false;
  for (const writer of writers) {
    const newest = writer.newest!;
    if (newest.rank === 0) continue;
    constrained = true;
    // Stops at the first gap; without one all it visits were in the read, so the cost is its size.
    const missing = firstUnmarked(writer.acknowledged, newest.rank, call);
    if (missing !== null) {
      evidence.add('out-of-order-visibility', () => outOfOrder(history, missing, newest, call));
    }
  }
  return constrained;
}

function firstUnmarked(writes: readonly Write[], count: number, call: number): Write | null {
  for (let n = 0; n < count; n++) if (writes[n]!.mark !== call) return writes[n]!;
  return null;
}

function outOfOrder(history: History, missing: Write, newest: Write, call: number): Finding {
  const key = history.key(call);
  const [first, second] = [JSON.stringify(missing.value), JSON.stringify(newest.value)];
  const process = history.process(newest.call);
  return {
    sentence:
      `Writes of one process must be seen in their order, but ${who(history, call)} saw ${second}${ofKey(key)} ` +
      `and not ${first}, which process ${process} had written before it.`,
    steps: [
      step(history, missing.call, `Process ${process} wrote ${first}; it was acknowledged.`),
      step(history, newest.call, `Afterwards it wrote ${second}.`),
      step(history, call, `A read saw ${second} and not ${first}.`),
    ],
    key,
    detail: { missing: missing.value, seen: newest.value },
  };
}

function phantom(history: History, call: number, value: Json, failed: Write | undefined): Finding {
  const key = history.key(call);
  const name = JSON.stringify(value);
  return {
    sentence:
      `Only what was written may be read, but ${who(history, call)} read ${name}${ofKey(key)}, ` +
      `${failed === undefined ? 'which nobody wrote' : 'whose write failed'}.`,
    steps: [
      ...(failed === undefined
        ? []
        : [step(history, failed.call, `The write of ${name} failed for certain.`)]),
      step(history, call, `A read returned ${name}.`),
    ],
    key,
  };
}

/** The `sequential` checker. */
export const sequentialChecker: Checker = {
  name: 'sequential',
  summary: 'whoever sees a write of a process sees what that process wrote before',
  options: {},
  reads: {
    write: 'write v',
    add: 'add v',
    read: 'read -> [v...]',
  },
  anomalies: {
    'out-of-order-visibility': 'a later write of a process seen without an earlier one',
    'phantom-read': 'a value that nobody wrote',
  },
  check: sequential,
};
