/**
 * Sends and polls of a partitioned log, picked out of a history: which offset was said to hold which value,
 * by which operation, and what may have been sent at all.
 */
import { FAIL, type History, INFO, NONE, OK } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import { clientCalls, NEVER, outcomeCode, returned, type ValueIds } from '../evidence.ts';

/** One value sent to one log. */
export interface Sent {
  value: Json;
  /** First send that may have happened (invocation), NEVER for none; the first that failed, NONE for none. */
  call: number;
  failed: number;
  /** Event of the first acknowledgement, NEVER for none, and its invocation. */
  acknowledged: number;
  /** How many sends may have happened. */
  sends: number;
}

/** Says that a log holds a value at an offset. */
export interface Sight {
  call: number;
  offset: number;
  value: number;
}

/** One poll (or send) of one log: what it returned, in order. */
export interface Batch {
  call: number;
  process: number;
  sights: Sight[];
}

/** One log. */
export interface Log {
  key: Json;
  sent: Map<number, Sent>;
  polls: Batch[];
  /** Sends whose acknowledgement carried offsets. */
  sends: Batch[];
}

/** All logs, and the moments at which a process was assigned anew, by process, ascending. */
export interface Logs {
  logs: Map<number, Log>;
  resets: Map<number, number[]>;
  /** First `subscribe` by process: from then on logs come and go unannounced. */
  subscribed: Map<number, number>;
  polls: number;
  /** Polls of unknown outcome: they may have consumed anything. */
  unknownPolls: number;
}

/** Reads the history. O(total messages). */
export function readLogs(history: History, ids: ValueIds): Logs {
  const { fs, processes } = history.columns;
  const resetFs = ['assign', 'subscribe', 'crash'].map((f) => history.names.find(f));
  const subscribeF = history.names.find('subscribe');
  const sendF = history.names.find('send');
  const out: Logs = {
    logs: new Map(),
    resets: new Map(),
    subscribed: new Map(),
    polls: 0,
    unknownPolls: 0,
  };
  for (const call of clientCalls(history, 'send', 'poll', 'txn', 'assign', 'subscribe', 'crash')) {
    if (resetFs.includes(fs[call]!)) {
      const list = out.resets.get(processes[call]!);
      if (list === undefined) out.resets.set(processes[call]!, [call]);
      else list.push(call);
      const process = processes[call]!;
      if (fs[call] === subscribeF && !out.subscribed.has(process)) out.subscribed.set(process, call);
      continue;
    }
    const outcome = outcomeCode(history, call);
    for (const op of microOps(history, call, call)) {
      if (op.f === 'send') noteSend(history, ids, logOf(out, ids, op.key), call, op.value);
    }
    if (outcome === INFO && fs[call] !== sendF) out.unknownPolls++;
    if (outcome !== OK) continue;
    for (const op of microOps(history, call, history.pair(call))) {
      if (op.f === 'send') noteOffset(out, ids, history, call, op);
      else notePoll(out, ids, history, call, op.value);
    }
  }
  return out;
}

interface MicroOp {
  f: 'send' | 'poll';
  key: Json;
  value: Json;
}

/** `[["send", k, v], ["poll"]...]`, or a lone operation with its key beside it. */
function microOps(history: History, call: number, i: number): MicroOp[] {
  const value = history.value(i);
  const key = history.key(call);
  const f = history.f(call);
  if (key !== undefined && f === 'send') {
    // The acknowledgement of a lone send is its offset.
    return [{ f, key, value: i === call ? value : [value, history.value(call)] }];
  }
  if (f === 'poll' && value !== null && typeof value === 'object' && !Array.isArray(value)) {
    return [{ f, key: null, value }];
  }
  const ops: MicroOp[] = [];
  for (const op of Array.isArray(value) ? value : []) {
    if (!Array.isArray(op)) continue;
    if (op[0] === 'send') ops.push({ f: 'send', key: op[1] ?? null, value: op[2] ?? null });
    else if (op[0] === 'poll') ops.push({ f: 'poll', key: null, value: op[1] ?? null });
  }
  return ops;
}

/** Keys of logs as maps of JSON have them: texts. */
function logOf(out: Logs, ids: ValueIds, key: Json): Log {
  const id = ids.of(typeof key === 'string' ? key : JSON.stringify(key));
  let log = out.logs.get(id);
  if (log === undefined) out.logs.set(id, (log = { key, sent: new Map(), polls: [], sends: [] }));
  return log;
}

function noteSend(history: History, ids: ValueIds, log: Log, call: number, value: Json): void {
  const id = ids.of(value);
  let sent = log.sent.get(id);
  if (sent === undefined) {
    sent = { value, call: NEVER, failed: NONE, acknowledged: NEVER, sends: 0 };
    log.sent.set(id, sent);
  }
  if (outcomeCode(history, call) === FAIL) {
    if (sent.failed === NONE) sent.failed = call;
    return;
  }
  sent.sends++;
  sent.call = Math.min(sent.call, call);
  sent.acknowledged = Math.min(sent.acknowledged, returned(history, call));
}

function noteOffset(out: Logs, ids: ValueIds, history: History, call: number, op: MicroOp): void {
  if (!Array.isArray(op.value) || typeof op.value[0] !== 'number') return;
  const sight: Sight = { call, offset: op.value[0], value: ids.of(op.value[1] ?? null) };
  addSight(history, logOf(out, ids, op.key).sends, sight);
}

function notePoll(out: Logs, ids: ValueIds, history: History, call: number, value: Json): void {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return;
  out.polls++;
  for (const [key, list] of Object.entries(value)) {
    const log = logOf(out, ids, key);
    for (const pair of Array.isArray(list) ? list : []) {
      if (!Array.isArray(pair) || typeof pair[0] !== 'number') continue;
      addSight(history, log.polls, { call, offset: pair[0], value: ids.of(pair[1] ?? null) });
    }
  }
}

function addSight(history: History, batches: Batch[], sight: Sight): void {
  const last = batches.at(-1);
  if (last?.call === sight.call) last.sights.push(sight);
  else batches.push({ call: sight.call, process: history.columns.processes[sight.call]!, sights: [sight] });
}
