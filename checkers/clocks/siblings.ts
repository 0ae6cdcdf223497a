/**
 * Siblings as in Dynamo: a `put` names the values its client had read (its context) and supersedes them; a
 * `get` returns all values that nothing supersedes. No concurrent write may be dropped, no superseded value
 * may stand beside what superseded it, and none may come back.
 */
import type { CheckerOptions } from '../../harness/contracts.ts';
import { FAIL, type History, INVOKE, NONE, OK } from '../../harness/history/history.ts';
import { canonicalJson } from '../../harness/history/interner.ts';
import type { Json } from '../../harness/op.ts';
import type { Anomaly, CheckerResult } from '../../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from '../contract.ts';
import { inTime, Pace } from '../pace.ts';
import { instant } from '../quantiles.ts';

const MAX_ANOMALIES = 10;
const NEVER = 0x7fffffff;

interface Put {
  call: number;
  ret: number;
  value: Json;
  context: string[];
  outcome: 'ok' | 'fail' | 'info';
}

interface Get {
  call: number;
  ret: number;
  values: Map<string, Json>;
  final: boolean;
}

interface KeyRecord {
  /** Every context names values put before: what a put supersedes was put before it, by others too. */
  ordered: boolean;
  /** By canonical value; null when a value was put more than once. */
  puts: Map<string, Put | null>;
  gets: Get[];
}

/**
 * Judges `put` (value `{value, context: [values]}`) and `get` (completes with an array of values) by key.
 * What must be there is judged on gets of the phase `final`. O(total size of contexts and answers).
 */
export function siblings(
  history: History,
  _options: CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  const pace = new Pace(budget);
  const records = recordsOf(history);
  const anomalies: Anomaly[] = [];
  const counts: Record<string, number> = {};
  let gets = 0;
  let finals = 0;
  let ambiguous = 0;
  let stopped: string | null = null;
  let widest = 0;
  for (const [key, record] of records) {
    for (const put of record.puts.values()) if (put === null) ambiguous++;
    for (const get of record.gets) {
      const faults = inTime(
        () => faultsOf(record, get, pace),
        () => null,
      );
      if (faults === null) {
        stopped = `stopped at the ${budget.reason} after ${gets} gets; a higher limit would settle the rest`;
        break;
      }
      gets++;
      if (get.final) finals++;
      widest = Math.max(widest, get.values.size);
      for (const fault of faults) {
        counts[fault.kind] = (counts[fault.kind] ?? 0) + 1;
        if (anomalies.length < MAX_ANOMALIES) anomalies.push(anomalyOf(history, key, get, fault));
      }
    }
    if (stopped !== null) break;
  }
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const stats = { gets, finalGets: finals, mostSiblings: widest, ambiguousValues: ambiguous, ...counts };
  if (total > 0) return { verdict: 'fail', anomalies, anomalyCount: total, stats };
  if (stopped !== null) return { verdict: 'unknown', anomalies, stats, note: stopped };
  if (gets === 0) return { verdict: 'vacuous', anomalies, stats, note: 'no get was acknowledged' };
  if (ambiguous > 0) {
    const note = `${ambiguous} values were put more than once; unique values would settle it`;
    return { verdict: 'unknown', anomalies, stats, note };
  }
  if (finals === 0) {
    const note = 'no get ran in the phase final, so lost and returning values could not be judged';
    return { verdict: 'vacuous', anomalies, stats, note };
  }
  return { verdict: 'pass', anomalies, stats };
}

interface Fault {
  kind: 'phantom-value' | 'false-sibling' | 'resurrected-value' | 'lost-write';
  value: Json;
  /** The put of the value, if there is one. */
  put: Put | null;
  /** What superseded it. */
  by: Put | null;
  /** Puts the argument rests on besides: of what else was there, and from `by` to what was known to be stored. */
  also: Put[];
}

function faultsOf({ puts, ordered }: KeyRecord, get: Get, pace: Pace): Fault[] {
  pace.step();
  const faults: Fault[] = [];
  const there = [...get.values.keys()].flatMap((id) => puts.get(id) ?? []);
  for (const [id, value] of get.values) {
    const put = puts.get(id);
    if (put === undefined || put?.outcome === 'fail') {
      faults.push({ kind: 'phantom-value', value, put: put ?? null, by: null, also: there });
    }
  }
  // Whether one of these values superseded another is a question about puts since the first of them; what is
  // missing is a question about all.
  const from = ordered && !get.final ? there.reduce((least, put) => Math.min(least, put.call), NEVER) : NONE;
  const superseded = past(puts, get.values.keys(), pace, from);
  for (const [id, value] of get.values) {
    const by = superseded.get(id);
    if (by !== undefined && puts.get(id))
      faults.push({
        kind: 'false-sibling',
        value,
        put: puts.get(id)!,
        by,
        also: [...there, ...chain(superseded, by)],
      });
  }
  if (!get.final) return faults;
  // Every acknowledged put ended before this get began; one that is still open proves nothing.
  const settled = [...puts].filter(([, put]) => put?.outcome === 'ok' && put.ret < get.call);
  const overwritten = past(
    puts,
    settled.map(([id]) => id),
    pace,
  );
  const returned: string[] = [];
  for (const [id, value] of get.values) {
    const by = overwritten.get(id);
    if (by === undefined || superseded.has(id) || !puts.get(id)) continue;
    returned.push(id);
    const also = [...there, ...chain(overwritten, by)];
    faults.push({ kind: 'resurrected-value', value, put: puts.get(id)!, by, also });
  }
  for (const [id, put] of settled) {
    if (get.values.has(id) || superseded.has(id) || overwritten.has(id)) continue;
    // That what superseded a value is gone is the other side of its coming back.
    if (returned.length > 0 && returned.some((old) => past(puts, [id], pace).has(old))) continue;
    faults.push({ kind: 'lost-write', value: put!.value, put, by: null, also: there });
  }
  return faults;
}

/** Everything these values supersede, directly or through puts invoked after `since`, and by which put. */
function past(
  puts: ReadonlyMap<string, Put | null>,
  ids: Iterable<string>,
  pace: Pace,
  since = NONE,
): Map<string, Put> {
  const found = new Map<string, Put>();
  const queue = [...ids];
  const seen = new Set(queue);
  for (let head = 0; head < queue.length; head++) {
    pace.step();
    const put = puts.get(queue[head]!);
    if (put === undefined || put === null || put.call <= since) continue;
    for (const older of put.context) {
      if (older === queue[head]) continue;
      if (!found.has(older)) found.set(older, put);
      if (seen.has(older)) continue;
      seen.add(older);
      queue.push(older);
    }
  }
  return found;
}

/** What superseded a put, what superseded that, and so on. */
function chain(superseded: ReadonlyMap<string, Put>, from: Put): Put[] {
  const puts: Put[] = [];
  for (let by: Put | undefined = from; by !== undefined && !puts.includes(by); ) {
    puts.push(by);
    by = superseded.get(canonicalJson(by.value));
  }
  return puts;
}

function recordsOf(history: History): Map<number, KeyRecord> {
  const { types, processes, fs, keys, pairs } = history.columns;
  const putName = history.names.find('put');
  const getName = history.names.find('get');
  const records = new Map<number, KeyRecord>();
  for (let i = 0; i < history.length; i++) {
    if (types[i] !== INVOKE || processes[i]! < 0 || (fs[i] !== putName && fs[i] !== getName)) continue;
    let record = records.get(keys[i]!);
    if (record === undefined) records.set(keys[i]!, (record = { ordered: true, puts: new Map(), gets: [] }));
    const ret = pairs[i]!;
    const type = ret === NONE ? -1 : types[ret]!;
    if (fs[i] === putName) {
      const { value, context } = putOf(history.value(i));
      const id = canonicalJson(value);
      const outcome = type === OK ? 'ok' : type === FAIL ? 'fail' : 'info';
      record.puts.set(id, record.puts.has(id) ? null : { call: i, ret, value, context, outcome });
    } else if (type === OK) {
      const answer = history.value(ret);
      const list = Array.isArray(answer) ? answer : answer === null ? [] : [answer];
      const values = new Map(list.map((value) => [canonicalJson(value), value]));
      record.gets.push({ call: i, ret, values, final: history.phase(i) === 'final' });
    }
  }
  for (const record of records.values()) record.ordered = inOrder(record.puts);
  return records;
}

function inOrder(puts: ReadonlyMap<string, Put | null>): boolean {
  for (const put of puts.values()) {
    if (put === null) continue;
    for (const id of put.context) {
      const older = puts.get(id);
      // A put that names its own value supersedes nothing by it.
      if (older === null || (older !== undefined && older !== put && older.call > put.call)) return false;
    }
  }
  return true;
}

function putOf(value: Json): { value: Json; context: string[] } {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !('value' in value)) {
    return { value, context: [] };
  }
  const context = value['context'];
  return { value: value['value']!, context: Array.isArray(context) ? context.map(canonicalJson) : [] };
}

function anomalyOf(history: History, keyId: number, get: Get, fault: Fault): Anomaly {
  const { kind, value, put, by } = fault;
  const key = keyId === NONE ? null : history.values.get(keyId);
  const name = key === null ? 'the object' : `key ${JSON.stringify(key)}`;
  const text = JSON.stringify(value);
  const when = instant(history.time(get.ret));
  const newer = JSON.stringify(by?.value ?? null);
  const what: Record<Fault['kind'], string> = {
    'phantom-value': `Values come from puts, but at ${when} ${name} held ${text}, which no put stored.`,
    'false-sibling': `Siblings are concurrent, but at ${when} ${name} held ${text} beside values that superseded it.`,
    'resurrected-value': `Superseded values stay gone, but at ${when} ${name} held ${text}, which ${newer} had superseded.`,
    'lost-write': `Concurrent writes are kept, but at ${when} ${name} had lost ${text}, which nothing superseded.`,
  };
  const opsOf = (half: { call: number; ret: number }): number[] =>
    half.ret === NONE ? [half.call] : [half.call, half.ret];
  const steps = [
    ...(put
      ? [
          {
            text: `A put of ${text} to ${name} began at ${instant(history.time(put.call))}.`,
            ops: opsOf(put),
          },
        ]
      : []),
    ...(by
      ? [
          {
            text: `A put of ${newer} whose client had read ${text} or what followed it superseded it.`,
            ops: opsOf(by),
          },
        ]
      : []),
    { text: `A get at ${when} returned ${JSON.stringify([...get.values.values()])}.`, ops: opsOf(get) },
  ];
  const cited = [...steps.flatMap((step) => step.ops), ...fault.also.flatMap(opsOf)];
  const ops = [...new Set(cited)].sort((a, b) => a - b);
  return {
    kind,
    sentence: what[kind],
    certainty: 'proved',
    key,
    ops,
    steps,
    fromNs: history.time(ops[0]!),
    toNs: history.time(ops.at(-1)!),
  };
}

/** The `siblings` checker. */
export const siblingsChecker: Checker = {
  name: 'siblings',
  summary: 'concurrent puts are all kept, superseded ones stay gone',
  options: {},
  reads: {
    put: 'put {value, context: [value...]}, with a key',
    get: 'get -> [value...], with a key',
  },
  anomalies: {
    'lost-write': 'a value that nothing superseded is gone',
    'false-sibling': 'a value kept though its put was superseded by one that had seen it',
    'resurrected-value': 'a superseded value is back',
    'phantom-value': 'a value that nobody put',
  },
  check: siblings,
};
