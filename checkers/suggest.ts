/**
 * What a history should be judged by, told from the functions its clients called. For histories that come
 * without a plan: `faultline check` of a file, the test matchers, histories of other tools.
 */
import type { CheckerOptions } from '../harness/contracts.ts';
import { type History, INVOKE } from '../harness/history/history.ts';
import type { ModelName } from './models/registry.ts';
import { CHECKERS } from './registry.ts';

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
  suggests: Suggestion;
}

const linearizable = (model: ModelName): Suggestion => ({ name: 'linearizable', options: { model } });

/** The first rule that fits decides. */
const RULES: readonly Rule[] = [
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
  if (functions.length === 0) {
    const observed = history.select({ f: 'leader', by: 'harness' }).length > 0;
    return observed ? { name: 'election-safety', options: {} } : null;
  }
  if (functions.length === 1 && functions[0] === 'txn') return known(transactionChecker(history));
  const rule = RULES.find(
    (each) =>
      functions.every((f) => each.only.includes(f)) && (each.with ?? []).every((f) => functions.includes(f)),
  );
  return rule === undefined ? null : known(rule.suggests.name, rule.suggests.options);
}

function known(name: string | null, options: CheckerOptions = {}): Suggestion | null {
  return name !== null && Object.hasOwn(CHECKERS, name) ? { name, options } : null;
}

/** Transactions that append are lists, those that write are registers; which, the first writing one tells. */
export function transactionChecker(history: History): 'list-append' | 'rw-register' | null {
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
      if (verb !== 'r' && verb !== 'scan') return null;
      read = true;
    }
  }
  return read ? 'rw-register' : null;
}
