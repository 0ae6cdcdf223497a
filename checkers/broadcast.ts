/**
 * Broadcast: a value that was acknowledged reaches every node, once, and nothing else does. Each node is
 * judged by its last read at the end of the run; how long values took to be everywhere is measured, and the
 * messages it cost when the harness counted them.
 */
import type { CheckerOptions } from '../harness/contracts.ts';
import { FAIL, type History, NONE, OK } from '../harness/history/history.ts';
import type { Json } from '../harness/op.ts';
import type { CheckerResult } from '../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from './contract.ts';
import {
  atTheEnd,
  clientCalls,
  counted,
  Evidence,
  Meter,
  NEVER,
  outcomeCode,
  returned,
  step,
  ValueIds,
  who,
} from './evidence.ts';
import { IdColumn } from './id-column.ts';
import { numberOption } from './options.ts';
import { quantilesMs } from './quantiles.ts';

/** One value. */
interface Value {
  id: number;
  value: Json;
  /** One that failed, NONE for none. */
  failed: number;
  acknowledged: number;
  acknowledgedBy: number;
  told: boolean;
  /** When it was last missing at some node in a read invoked after its acknowledgement: that read, or NONE. */
  lateRead: number;
  /** Missing at the end from a node that should have had it. */
  lost: boolean;
}

/** All values, with what every element of a read is asked for in columns by id. */
class Values {
  readonly all: Value[] = [];
  readonly #ids: ValueIds;
  /** Place in `all`, NONE for a value not met yet. */
  readonly #places: IdColumn;
  /** First broadcast that may have happened, NEVER for none. */
  readonly calls: IdColumn;
  /** Read that last had it, while reads of one node are gone through in order. */
  readonly marks: IdColumn;

  constructor(history: History, ids: ValueIds) {
    this.#ids = ids;
    this.#places = new IdColumn(history.values.size, NONE);
    this.calls = new IdColumn(history.values.size, NEVER);
    this.marks = new IdColumn(history.values.size, NONE);
  }

  of(value: Json): Value {
    const id = this.#ids.of(value);
    const place = this.#places.get(id);
    if (place !== NONE) return this.all[place]!;
    this.#places.set(id, this.all.length);
    const added = fresh(id, value);
    this.all.push(added);
    return added;
  }
}

/** Judges `broadcast` and `read`, reads by node. Options: `messages`, `maxMessagesPerOp`. O(size of the reads + nodes * values). */
export function broadcast(
  history: History,
  options: CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  const messages = numberOption(options, 'messages', Number.NaN);
  const limit = numberOption(options, 'maxMessagesPerOp', Number.POSITIVE_INFINITY);
  const ids = new ValueIds(history);
  const meter = new Meter(budget);
  const evidence = new Evidence(history);
  const { values, readsByNode, operations } = readBroadcasts(history, ids, meter);
  const acked = values.all.filter((value) => value.acknowledged !== NEVER);
  const places = new IdColumn(history.values.size, NONE);
  for (const [n, value] of acked.entries()) places.set(value.id, n);
  let reads = 0;
  let unsettled = 0;
  for (const calls of readsByNode.values()) {
    for (const call of calls) {
      const list = history.value(history.pair(call)) as Json[];
      if (meter.over(list.length + 1)) break;
      reads++;
      judgeRead(history, ids, values, call, list, evidence);
    }
    if (meter.over(acked.length) || meter.stopped !== null) break;
    if (calls.length > 0) noteLate(history, ids, acked, places, calls, meter);
    if (meter.stopped !== null) break;
    unsettled += judgeNode(history, values.marks, acked, calls, evidence);
  }
  const perOp = messages / operations;
  // With operations left uncounted this would be too much.
  if (perOp > limit && meter.stopped === null) {
    evidence.add('too-many-messages', () => ({
      sentence: `At most ${limit} messages per operation were promised, but ${messages} were sent for ${counted(operations, 'operation')}, ${perOp.toFixed(2)} each.`,
      steps: [],
      detail: { messages, operations },
    }));
  }
  // What never was everywhere took no time to be there.
  const arrived = meter.stopped === null ? acked.filter((value) => !value.lost) : [];
  const late = arrived.filter((value) => value.lateRead !== NONE);
  const spread = late.map((value) => history.time(value.lateRead) + 1 - history.time(value.acknowledged));
  const stats: Record<string, Json> = {
    attempted: values.all.length,
    acknowledged: acked.length,
    reads,
    nodes: readsByNode.size,
    // Of values that got there: from the acknowledgement to the last read at any node that should have had it and did not.
    timeToEverywhereMs: quantilesMs(spreadOf(spread, arrived.length)),
  };
  if (!Number.isNaN(perOp)) stats['messagesPerOp'] = Math.round(perOp * 100) / 100;
  return evidence.conclude(stats, {
    stopped: meter.stopped,
    unsettled:
      unsettled > 0
        ? `${counted(unsettled, 'value')} may not have reached every node; a read of each node at the end, after their ` +
          'acknowledgement, would settle it'
        : null,
    vacuous:
      acked.length === 0 ? 'no broadcast was acknowledged' : reads === 0 ? 'no read was acknowledged' : null,
  });
}

/** Those not late took no time. */
function spreadOf(late: readonly number[], count: number): Float64Array {
  const all = new Float64Array(count);
  all.set(late);
  return all;
}

function readBroadcasts(history: History, ids: ValueIds, meter: Meter) {
  const { fs, nodes } = history.columns;
  const readF = history.names.find('read');
  const values = new Values(history, ids);
  // Nodes that were written to are expected to show what they have, too.
  const readsByNode = new Map<number, number[]>();
  let operations = 0;
  for (const call of clientCalls(history, 'broadcast', 'read')) {
    if (meter.over(1)) break;
    const outcome = outcomeCode(history, call);
    if (outcome !== FAIL) operations++;
    let reads = readsByNode.get(nodes[call]!);
    if (reads === undefined) readsByNode.set(nodes[call]!, (reads = []));
    if (fs[call] === readF) {
      if (outcome === OK && Array.isArray(history.value(history.pair(call)))) reads.push(call);
      continue;
    }
    const value = values.of(history.value(call));
    const ret = returned(history, call);
    if (outcome === FAIL) value.failed = call;
    else if (call < values.calls.get(value.id)) values.calls.set(value.id, call);
    if (ret < value.acknowledged) {
      value.acknowledged = ret;
      value.acknowledgedBy = call;
    }
  }
  return { values, readsByNode, operations };
}

function fresh(id: number, value: Json): Value {
  return {
    id,
    value,
    failed: NONE,
    acknowledged: NEVER,
    acknowledgedBy: NONE,
    told: false,
    lateRead: NONE,
    lost: false,
  };
}

/** Values twice in one read, or that nobody had broadcast. Each is told of once. */
function judgeRead(
  history: History,
  ids: ValueIds,
  values: Values,
  call: number,
  list: readonly Json[],
  evidence: Evidence,
): void {
  const { calls, marks } = values;
  const completed = history.pair(call);
  for (const item of list) {
    const id = ids.of(item);
    const again = marks.get(id) === call;
    marks.set(id, call);
    const origin = calls.get(id);
    if (!again && origin < completed) continue;
    const value = values.of(item);
    if (value.told) continue;
    const name = JSON.stringify(item);
    const failed = origin === NEVER ? value.failed : NONE;
    if (origin > completed) {
      value.told = true;
      evidence.add(failed === NONE ? 'phantom-value' : 'aborted-read', () => ({
        sentence: `Only what was broadcast may be delivered, but ${name}, ${failed === NONE ? 'which nobody had broadcast' : 'whose broadcast failed'}, was in the read of ${who(history, call)}.`,
        steps: [
          ...(failed === NONE ? [] : [step(history, failed, `The broadcast of ${name} failed for certain.`)]),
          step(history, call, `A read had ${name}.`),
        ],
        detail: { value: item },
      }));
    } else if (again) {
      value.told = true;
      evidence.add('duplicated-value', () => ({
        sentence: `A value must be delivered once, but ${name} was in the read of ${who(history, call)} more than once.`,
        steps: [
          step(history, origin, `${name} was broadcast.`),
          step(history, call, `A read had ${name} twice.`),
        ],
        detail: { value: item },
      }));
    }
  }
}

/**
 * What the last read of one node misses. Returns how many acknowledged values the node was not asked for at
 * the end.
 */
function judgeNode(
  history: History,
  marks: IdColumn,
  acked: readonly Value[],
  calls: readonly number[],
  evidence: Evidence,
): number {
  const last = calls.at(-1);
  const final = last !== undefined && atTheEnd(history, last) ? last : NONE;
  let unsettled = 0;
  for (const value of acked) {
    if (last !== undefined && marks.get(value.id) === last) continue;
    if (final === NONE || final < value.acknowledged) {
      unsettled++;
      continue;
    }
    value.lost = true;
    const name = JSON.stringify(value.value);
    evidence.add('lost-value', () => ({
      sentence: `An acknowledged value must reach every node, but ${name}, broadcast by ${who(history, value.acknowledgedBy)}, was missing from the last read of ${who(history, final)}.`,
      steps: [
        step(history, value.acknowledgedBy, `The broadcast of ${name} was acknowledged.`),
        step(history, final, `The last read there did not have ${name}.`),
      ],
      detail: { value: value.value, node: history.node(final) ?? null },
    }));
  }
  return unsettled;
}

/** For every value the last read of this node, invoked after its acknowledgement, that missed it. */
function noteLate(
  history: History,
  ids: ValueIds,
  acked: readonly Value[],
  places: IdColumn,
  calls: readonly number[],
  meter: Meter,
): void {
  const present = new Int32Array(acked.length).fill(NONE);
  const absent = new Int32Array(acked.length).fill(NONE);
  for (let read = 0; read < calls.length; read++) {
    const list = history.value(history.pair(calls[read]!)) as Json[];
    if (meter.over(list.length + 1)) return;
    for (const item of list) {
      const n = places.get(ids.of(item));
      if (n === NONE) continue;
      if (present[n]! < read - 1) absent[n] = read - 1;
      present[n] = read;
    }
  }
  for (let n = 0; n < acked.length; n++) {
    const value = acked[n]!;
    const missed = present[n] === calls.length - 1 ? absent[n]! : calls.length - 1;
    const call = missed === NONE ? NONE : calls[missed]!;
    if (call > value.acknowledged && call > value.lateRead) value.lateRead = call;
  }
}

/** The `broadcast` checker. */
export const broadcastChecker: Checker = {
  name: 'broadcast',
  summary: 'every acknowledged value reaches every node, once; how long that takes and what it costs',
  options: {
    messages: {
      summary: 'messages sent between nodes during the run, where counted',
      default: null,
      type: 'number',
      min: 0,
    },
    maxMessagesPerOp: {
      summary: 'most messages per operation that are allowed',
      default: null,
      type: 'number',
      min: 0,
    },
  },
  reads: {
    broadcast: 'broadcast v, with its node',
    read: 'read -> [v...], with its node',
  },
  anomalies: {
    'lost-value': 'an acknowledged value missing from the last read of a node',
    'duplicated-value': 'a value twice in one read',
    'phantom-value': 'a value that nobody broadcast',
    'aborted-read': 'a value whose broadcast had failed',
    'too-many-messages': 'more messages per operation than allowed',
  },
  check: broadcast,
};
