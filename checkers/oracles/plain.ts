/**
 * What oracles see: operations as plain objects, each with its interval, and what an oracle is. An oracle says
 * what a handful of operations break, straight from the definitions, by trying everything. It shares no code with
 * the checker it judges, so that one mistake cannot be in both.
 */
import type { CheckerOptions } from '../../harness/contracts.ts';
import { type History, INVOKE, NONE } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { Anomaly } from '../../harness/verdict.ts';

/** One operation, invocation and completion together. */
export interface PlainOp {
  /** Events of invocation and completion; the completion of what never completed is at infinity. */
  at: number;
  done: number;
  outcome: 'ok' | 'fail' | 'info';
  /** Event without a partner: what the cluster or a nemesis reported. */
  lone: boolean;
  f: string;
  /** Negative for processes that are no clients; `name` tells those apart. */
  process: number;
  name: string;
  node: string | null;
  /** Text of the key; empty for none. */
  key: string;
  value: Json;
  /** What was answered: null unless acknowledged. */
  answer: Json;
  /** What its last event says, whatever the outcome, and which event that is. */
  said: Json;
  end: number;
  endNs: number;
  error: string | null;
  /** Of the final phase, or of a history without phases. */
  final: boolean;
  phased: boolean;
  fromNs: number;
  toNs: number;
}

/** Something that is broken: its kind, and the value it is about where there is one. */
export interface Charge {
  kind: string;
  about?: Json;
}

/** The independent judge of one checker. */
export interface Oracle {
  /**
   * Everything these operations break by themselves; null when they are too many to try. Of `partial` ones it is
   * not asked that they be all that happened.
   */
  charges(ops: readonly PlainOp[], options: CheckerOptions, partial: boolean): Charge[] | null;
  /** The options with what the checker found to be promised, where they leave that open. */
  promised?(options: CheckerOptions, stats: Readonly<Record<string, Json>>): CheckerOptions;
  /** Functions of operations that may excuse what is charged, when they carry the same value. */
  excuses?: readonly string[];
  /** The value an anomaly is about, as charges name it; by default `element` or `value` of its detail. */
  about?(anomaly: Anomaly): Json | undefined;
  /**
   * What observers, nemeses and the cluster reported meanwhile of the nodes of a witness belongs to it (of these
   * functions, else all): where that is too much nothing is judged if it is `needed`, else it is left out.
   */
  meanwhile?: { needed: boolean; functions?: readonly string[] };
  /** Its work grows with values times operations, not with the square of all values. */
  light?: boolean;
  /** The only kinds of its charges that count; anomalies of other kinds are left alone. By default all do. */
  knows?: readonly string[];
}

/** The operations to which these events belong, by invocation. O(events log events). */
export function plainOps(history: History, events: Iterable<number>): PlainOp[] {
  const { types, pairs } = history.columns;
  const calls = new Set<number>();
  for (const i of events) calls.add(types[i] === INVOKE || pairs[i] === NONE ? i : pairs[i]!);
  return [...calls].sort((a, b) => a - b).map((call) => plainOp(history, call));
}

function plainOp(history: History, call: number): PlainOp {
  const { types, processes, pairs } = history.columns;
  const ret = pairs[call]!;
  const ended = ret !== NONE;
  const last = ended ? ret : call;
  const type = history.type(last);
  const outcome = type === 'invoke' ? 'info' : type;
  const key = history.key(call);
  const phase = history.phase(call);
  return {
    at: call,
    done: ended ? ret : Number.POSITIVE_INFINITY,
    outcome,
    lone: types[call] !== INVOKE,
    f: history.f(call),
    process: processes[call]!,
    name: String(history.process(call)),
    node: history.node(call) ?? history.node(last) ?? null,
    key: key === undefined ? '' : textOf(key),
    value: history.value(call),
    answer: outcome === 'ok' && ended ? history.value(ret) : null,
    said: history.value(last),
    end: last,
    endNs: history.time(last),
    error: ended ? (history.error(ret)?.kind ?? null) : null,
    final: phase === undefined || phase === 'final',
    phased: phase !== undefined,
    fromNs: history.time(call),
    toNs: ended ? history.time(ret) : Number.POSITIVE_INFINITY,
  };
}

/** Did it surely happen: was it acknowledged, or noted by the harness? */
export const happened = (op: PlainOp): boolean =>
  op.outcome === 'ok'
    ? op.lone || Number.isFinite(op.done)
    : op.outcome === 'info' && op.lone && op.process < 0;

/** A text that equal values share, whatever the order of their fields. */
export function textOf(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(textOf).join(',')}]`;
  const fields = Object.keys(value).sort();
  return `{${fields.map((name) => `${JSON.stringify(name)}:${textOf(value[name]!)}`).join(',')}}`;
}

/** Whether two values are equal. */
export const same = (a: Json, b: Json): boolean => textOf(a) === textOf(b);

/** Operations of clients with these functions. */
export const ofClients = (ops: readonly PlainOp[], ...functions: readonly string[]): PlainOp[] =>
  ops.filter((op) => op.process >= 0 && !op.lone && functions.includes(op.f));

/** The operations of each key by themselves. */
export function byKey(ops: readonly PlainOp[]): PlainOp[][] {
  const groups = new Map<string, PlainOp[]>();
  for (const op of ops) groups.set(op.key, [...(groups.get(op.key) ?? []), op]);
  return [...groups.values()];
}

/** Acknowledged reads of lists, each with the texts of what it holds. */
export function listReads(ops: readonly PlainOp[]): { op: PlainOp; list: string[] }[] {
  return ofClients(ops, 'read')
    .filter((op) => op.outcome === 'ok' && Array.isArray(op.answer))
    .map((op) => ({ op, list: (op.answer as Json[]).map(textOf) }));
}

/** What occurs more than once. */
export function repeated(list: readonly string[]): string[] {
  const seen = new Set<string>();
  const again = new Set<string>();
  for (const item of list) (seen.has(item) ? again : seen).add(item);
  return [...again];
}

/** The field of an object, undefined for anything else. */
export function field(value: Json, name: string): Json | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value[name] : undefined;
}

/** The value of a text that `textOf` made. */
export const jsonOf = (text: string): Json => JSON.parse(text) as Json;
