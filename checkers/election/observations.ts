/**
 * What a history says about leadership, in columns: who answered what when asked who leads, which commands
 * were acknowledged by whom, and when a node was certainly restarted.
 */
import { type History, INVOKE, NONE, OK } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { Pace } from '../pace.ts';

/** One answer of a node about leadership. The answer held at some instant between `call` and `ret`. */
export interface Observation {
  /** History indexes of the question and the answer. */
  call: number;
  ret: number;
  node: string;
  leading: boolean;
  leader: string | null;
  term: number | null;
  epoch: number | null;
}

/** A question that brought no answer. */
export interface Silence {
  call: number;
  /** NONE when it never completed. */
  ret: number;
  node: string;
}

/** A command a leader acknowledged. */
export interface Command {
  call: number;
  ret: number;
  /** The node that accepted it, as the answer says, else the node that was asked; null when neither is known. */
  by: string | null;
  /** The answer itself says who accepted it: whoever was asked may only have passed it on. */
  signed: boolean;
  term: number | null;
  value: Json;
}

/** Everything about leadership, each list in history order. */
export interface Leadership {
  nodes: string[];
  /** By node, in order of the questions. */
  observations: Map<string, Observation[]>;
  silences: Silence[];
  commands: Command[];
  /** By node: indexes at which it was started, killed, or ended by itself. */
  breaks: Map<string, number[]>;
  /** Answers whose term could not be read. */
  unreadableTerms: number;
}

/** Reads it all in one pass. Throws OutOfBudget. O(n). */
export function readLeadership(history: History, pace: Pace): Leadership {
  const { types, processes, pairs } = history.columns;
  const found: Leadership = {
    nodes: [],
    observations: new Map(),
    silences: [],
    commands: [],
    breaks: new Map(),
    unreadableTerms: 0,
  };
  const leaderF = history.names.find('leader');
  const commandF = history.names.find('command');
  const cluster = -1 - history.names.find('cluster');
  const killers = new Set(
    ['inject-kill', 'undo-kill', 'inject-stop', 'undo-stop'].map((f) => history.names.find(f)),
  );
  const seen = new Set<string>();
  for (let i = 0; i < history.length; i++) {
    pace.step();
    const f = history.columns.fs[i]!;
    const client = processes[i]! >= 0;
    const node = history.columns.nodes[i] === NONE ? undefined : history.node(i);
    if (node !== undefined) seen.add(node);
    if (!client && processes[i] === cluster && node !== undefined) pushTo(found.breaks, node, i);
    if (!client && killers.has(f)) addKill(found, history, i);
    if (types[i] !== INVOKE) continue;
    const ret = pairs[i]!;
    if (f === leaderF && !client) addObservation(found, history, i, ret, seen);
    else if (f === commandF && client && ret !== NONE && types[ret] === OK) {
      if (unreadable(asRecord(history.value(ret))?.['term'])) found.unreadableTerms++;
      found.commands.push(commandAt(history, i, ret));
    }
  }
  found.nodes = [...seen].sort(byNumber);
  return found;
}

function addObservation(
  found: Leadership,
  history: History,
  call: number,
  ret: number,
  seen: Set<string>,
): void {
  const process = String(history.process(call));
  if (!process.startsWith('observer:')) return;
  const node = history.node(call) ?? process.slice('observer:'.length);
  seen.add(node);
  const value = ret === NONE || history.columns.types[ret] !== OK ? null : asRecord(history.value(ret));
  if (value === null || typeof value['leading'] !== 'boolean') {
    found.silences.push({ call, ret, node });
    return;
  }
  if (unreadable(value['term'])) found.unreadableTerms++;
  pushTo(found.observations, node, {
    call,
    ret,
    node,
    leading: value['leading'],
    leader: typeof value['leader'] === 'string' ? value['leader'] : null,
    term: numberOrNull(value['term']),
    epoch: numberOrNull(value['epoch']),
  });
}

function commandAt(history: History, call: number, ret: number): Command {
  const answer = asRecord(history.value(ret));
  const by = answer?.['by'];
  return {
    call,
    ret,
    by: typeof by === 'string' ? by : (history.node(call) ?? null),
    signed: typeof by === 'string',
    term: numberOrNull(answer?.['term']),
    value: history.value(call),
  };
}

/** A kill ends tenures of its nodes at its invocation and again at its completion: it was in between. */
function addKill(found: Leadership, history: History, i: number): void {
  const nodes = asRecord(history.value(i))?.['nodes'];
  if (!Array.isArray(nodes)) return;
  for (const node of nodes) if (typeof node === 'string') pushTo(found.breaks, node, i);
}

function pushTo<K, V>(lists: Map<K, V[]>, key: K, item: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}

function asRecord(value: Json): { [name: string]: Json } | null {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : null;
}

/** Also the text of a number, as gateways write integers of 64 bits. */
function numberOrNull(value: Json | undefined): number | null {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !/^\d+$/.test(value)) return null;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : null;
}

/** Something that is meant to be a term and cannot be read as one. */
const unreadable = (term: Json | undefined): boolean =>
  term !== undefined && term !== null && numberOrNull(term) === null;

/** n2 before n10. */
function byNumber(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
