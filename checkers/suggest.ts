/**
 * What a history should be judged by, told from the functions its clients called. For histories that come
 * without a plan: `faultline check` of a file, the test matchers, histories of other tools.
 */
import type { CheckerOptions } from '../harness/contracts.ts';
import { type History, INVOKE, OK } from '../harness/history/history.ts';
import type { ModelName } from './models/registry.ts';
import { CHECKERS, type CheckerName } from './registry.ts';

/** A checker by name, with options. */
export interface Suggestion {
  name: string;
  options: CheckerOptions;
}

interface Rule {
  /** Every function the clients called is one of these... */
  only: readonly string[];
  /** ...and these were all called. */
  with?: readonly string[];
  /** What reads and gets answer. */
  reads?: AnswerShape;
  /** Null: several checkers fit, none of them more than another. */
  suggests: Suggestion | null;
}

const linearizable = (model: ModelName): Suggestion => ({ name: 'linearizable', options: { model } });

const by = (name: CheckerName): Suggestion => ({ name, options: {} });

/** The first rule that fits decides. */
const RULES: readonly Rule[] = [
  { only: ['add', 'read'], with: ['add'], reads: 'number', suggests: by('counter') },
  { only: ['read', 'write', 'add'], with: ['write'], reads: 'list', suggests: null },
  { only: ['read'], reads: 'number', suggests: by('monotonic') },
  { only: ['transfer', 'read'], with: ['transfer'], suggests: by('bank') },
  {
    only: ['send', 'poll', 'txn', 'assign', 'subscribe', 'crash', 'commit', 'committed'],
    with: ['poll'],
    suggests: by('kafka'),
  },
  { only: ['commit', 'committed'], with: ['committed'], suggests: by('kafka') },
  { only: ['broadcast', 'read'], with: ['broadcast'], suggests: by('broadcast') },
  { only: ['submit', 'execute', 'read'], with: ['submit'], suggests: by('exactly-once') },
  { only: ['enqueue', 'dequeue', 'drain'], with: ['drain'], suggests: by('queue') },
  { only: ['acquire', 'release', 'renew', 'write'], with: ['acquire', 'renew'], suggests: by('lock') },
  { only: ['acquire', 'release', 'write'], with: ['acquire', 'write'], suggests: by('lock') },
  { only: ['add', 'delete', 'read'], with: ['delete'], reads: 'list', suggests: by('read-your-deletes') },
  { only: ['propose', 'decide'], with: ['decide'], suggests: by('agreement') },
  { only: ['say'], suggests: by('equivocation') },
  { only: ['election'], suggests: by('message-complexity') },
  { only: ['put', 'get'], with: ['put'], reads: 'list', suggests: by('siblings') },
  { only: ['read', 'write', 'cas'], suggests: linearizable('cas-register') },
  { only: ['add', 'read'], with: ['add'], suggests: { name: 'set-full', options: {} } },
  { only: ['generate'], suggests: { name: 'unique-ids', options: {} } },
  { only: ['insert'], suggests: { name: 'g2', options: {} } },
  { only: ['echo'], suggests: { name: 'echo', options: {} } },
  { only: ['command'], suggests: { name: 'election-safety', options: {} } },
  { only: ['get', 'put', 'append'], with: ['append'], suggests: linearizable('append-kv') },
  { only: ['get', 'put', 'delete', 'cas'], with: ['get'], suggests: linearizable('kv') },
  { only: ['enqueue', 'dequeue', 'peek'], with: ['enqueue'], suggests: linearizable('queue') },
  { only: ['push', 'pop', 'peek'], with: ['push'], suggests: linearizable('stack') },
  { only: ['acquire', 'release'], with: ['acquire'], suggests: linearizable('mutex') },
  {
    only: ['acquire-read', 'release-read', 'acquire-write', 'release-write'],
    suggests: linearizable('rw-lock'),
  },
  { only: ['add', 'remove', 'contains', 'read'], with: ['add', 'remove'], suggests: linearizable('set') },
  { only: ['add', 'contains', 'read'], with: ['add', 'contains'], suggests: linearizable('set') },
  {
    only: ['fetch-and-increment', 'read', 'get'],
    with: ['fetch-and-increment'],
    suggests: linearizable('fetch-and-increment'),
  },
  { only: ['increment', 'decrement', 'read'], with: ['increment'], suggests: linearizable('counter') },
];

/** Names of the functions the clients of a history called, in order of first appearance. O(n). */
export function clientFunctions(history: History): string[] {
  const { processes, fs } = history.columns;
  const ids = new Set<number>();
  for (let i = 0; i < history.length; i++) if (processes[i]! >= 0) ids.add(fs[i]!);
  return [...ids].map((id) => history.names.get(id));
}

/**
 * The checker the functions of a history suggest; null when they suggest none, or one that does not exist. A
 * history without clients suggests `election-safety` when it holds observations of leaders. O(n).
 */
export function suggestChecker(history: History): Suggestion | null {
  const functions = clientFunctions(history);
  if (functions.length === 0) return ofEvents(history);
  if (functions.length === 1 && functions[0] === 'txn') return known(transactionChecker(history));
  const shape = answerShape(history);
  const rule = RULES.find(
    (each) =>
      functions.every((f) => each.only.includes(f)) &&
      (each.with ?? []).every((f) => functions.includes(f)) &&
      (each.reads === undefined || each.reads === shape),
  );
  return rule?.suggests ? known(rule.suggests.name, rule.suggests.options) : null;
}

/** What nodes were observed to do, where no client did anything. */
const EVENTS: readonly [f: string, checker: CheckerName][] = [
  ['leader', 'election-safety'],
  ['log', 'state-machine-safety'],
  ['suspect', 'detector'],
  ['decide', 'agreement'],
  ['say', 'equivocation'],
  ['election', 'message-complexity'],
];

function ofEvents(history: History): Suggestion | null {
  const found = EVENTS.find(([f]) => history.select({ f, by: 'harness' }).length > 0);
  return found === undefined ? null : by(found[1]);
}

/** What the first read or get that answered anything answered. */
export type AnswerShape = 'list' | 'number' | 'map' | 'other';

/** The shape of what clients were answered when they read; null when they were not. O(n). */
export function answerShape(history: History): AnswerShape | null {
  const { types, processes, fs } = history.columns;
  const asked = ['read', 'get'].map((f) => history.names.find(f));
  for (let i = 0; i < history.length; i++) {
    if (types[i] !== OK || processes[i]! < 0 || !asked.includes(fs[i]!)) continue;
    const value = history.value(i);
    if (value === null) continue;
    if (Array.isArray(value)) return 'list';
    return typeof value === 'number' ? 'number' : typeof value === 'object' ? 'map' : 'other';
  }
  return null;
}

function known(name: string | null, options: CheckerOptions = {}): Suggestion | null {
  return name !== null && Object.hasOwn(CHECKERS, name) ? { name, options } : null;
}

/** Transactions that append are lists, those that write are registers; which, the first writing one tells. */
export function transactionChecker(history: History): 'list-append' | 'rw-register' | 'kafka' | null {
  const { types, processes } = history.columns;
  let read = false;
  for (let i = 0; i < history.length; i++) {
    if (types[i] !== INVOKE || processes[i]! < 0) continue;
    const value = history.value(i);
    if (!Array.isArray(value)) return null;
    for (const micro of value) {
      const verb = Array.isArray(micro) ? micro[0] : null;
      if (verb === 'append') return 'list-append';
      if (verb === 'w') return 'rw-register';
      if (verb === 'send' || verb === 'poll') return 'kafka';
      if (verb !== 'r' && verb !== 'scan') return null;
      read = true;
    }
  }
  return read ? 'rw-register' : null;
}
