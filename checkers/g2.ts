/**
 * Anti-dependencies of predicates (Adya's G2): two transactions each look for rows of a key in two tables, find
 * none, and insert one, each into another table. Whichever comes first, the other should have found its row; so
 * at most one insert of each key may be acknowledged.
 */
import { type History, NONE, OK } from '../harness/history/history.ts';
import type { Json } from '../harness/op.ts';
import type { CheckerResult } from '../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from './contract.ts';
import {
  clientCalls,
  Evidence,
  type Finding,
  Meter,
  ofKey,
  outcomeCode,
  step,
  ValueIds,
  who,
} from './evidence.ts';

/** Judges `insert` of `[a, null]` or `[null, b]` by key; a value `[key, [a, b]]` names its key itself. O(n). */
export function g2(history: History, _options = {}, budget: Budget = UNLIMITED): CheckerResult {
  const ids = new ValueIds(history);
  const meter = new Meter(budget);
  const evidence = new Evidence(history);
  const first = new Map<number, number>();
  const stats = { inserts: 0, acknowledged: 0, keys: 0, contested: 0 };
  const tried = new Map<number, number>();
  for (const call of clientCalls(history, 'insert')) {
    if (meter.over(1)) break;
    stats.inserts++;
    const key = keyOf(history, call);
    const id = key === undefined ? NONE : ids.of(key);
    const times = (tried.get(id) ?? 0) + 1;
    tried.set(id, times);
    if (times === 2) stats.contested++;
    const outcome = outcomeCode(history, call);
    if (outcome !== OK) continue;
    stats.acknowledged++;
    const other = first.get(id);
    if (other === undefined) first.set(id, call);
    else evidence.add('G2', () => explain(history, key, other, call));
  }
  stats.keys = tried.size;
  const vacuous =
    stats.acknowledged === 0
      ? 'no insert was acknowledged'
      : stats.contested === 0
        ? 'no key was inserted twice, so that nothing could go wrong'
        : null;
  return evidence.conclude(stats, { stopped: meter.stopped, vacuous });
}

/** `[key, [a, b]]` as histories of other tools have it, or the key of the operation. */
function keyOf(history: History, call: number): Json | undefined {
  const key = history.key(call);
  const value = history.value(call);
  return key === undefined && Array.isArray(value) && Array.isArray(value[1]) ? value[0] : key;
}

function explain(history: History, key: Json | undefined, a: number, b: number): Finding {
  const value = (call: number): string => JSON.stringify(history.value(call));
  return {
    key,
    sentence:
      `At most one insert may commit that found no other${ofKey(key)}, but ${value(a)} by ${who(history, a)} ` +
      `and ${value(b)} by ${who(history, b)} both did: write skew over a predicate.`,
    steps: [
      step(
        history,
        a,
        `${who(history, a)} found no row and inserted ${value(a)}: it did not see ${value(b)}.`,
      ),
      step(
        history,
        b,
        `${who(history, b)} found no row and inserted ${value(b)}: it did not see ${value(a)}.`,
      ),
    ],
  };
}

/** The `g2` checker. */
export const g2Checker: Checker = {
  name: 'g2',
  summary: 'of two transactions that insert what the other looked for and did not find, one commits at most',
  options: {},
  reads: {
    insert: 'insert [a, null] or [null, b], with its key: ok when neither table had a row of the key',
  },
  anomalies: { G2: 'two inserts of one key were acknowledged: anti-dependencies of predicates in a circle' },
  check: g2,
};
