/**
 * Unique ids: no two acknowledged `generate` operations may return equal values. Equality is deep JSON
 * equality, which the history's interning already decided: equal ids of interned values.
 */
import { type History, INVOKE, NONE, OK } from '../harness/history/history.ts';
import type { Anomaly, CheckerResult } from '../harness/verdict.ts';
import type { Checker } from './contract.ts';
import { moment } from './quantiles.ts';

const MAX_ANOMALIES = 10;

/** Judges acknowledged ids. O(n). */
export function uniqueIds(history: History): CheckerResult {
  const { types, processes, fs, values, pairs } = history.columns;
  const generate = history.names.find('generate');
  const first = new Int32Array(history.values.size).fill(NONE);
  const anomalies: Anomaly[] = [];
  let attempted = 0;
  let acknowledged = 0;
  let duplicates = 0;
  for (let i = 0; i < history.length; i++) {
    if (fs[i] !== generate || processes[i]! < 0) continue;
    if (types[i] === INVOKE) attempted++;
    if (types[i] !== OK || pairs[i] === NONE) continue;
    acknowledged++;
    const earlier = first[values[i]!]!;
    if (earlier === NONE) {
      first[values[i]!] = i;
      continue;
    }
    duplicates++;
    if (anomalies.length < MAX_ANOMALIES) anomalies.push(duplicate(history, earlier, i));
  }
  const stats = { attempted, acknowledged, duplicates };
  if (duplicates > 0) return { verdict: 'fail', anomalies, anomalyCount: duplicates, stats };
  if (acknowledged > 0) return { verdict: 'pass', anomalies, stats };
  return { verdict: 'vacuous', anomalies, stats, note: 'no id was acknowledged' };
}

function duplicate(history: History, a: number, b: number): Anomaly {
  const value = history.value(b);
  const by = (i: number): string => {
    const node = history.node(i) ?? history.node(history.pair(i));
    return `process ${history.process(i)}${node === undefined ? '' : ` at ${node}`}`;
  };
  return {
    kind: 'duplicate-id',
    sentence:
      `Ids were promised to be unique, but ${JSON.stringify(value)} was given to ${by(a)} at ` +
      `${moment(history.time(a))} and to ${by(b)} at ${moment(history.time(b))}.`,
    certainty: 'proved',
    ops: [history.pair(a), a, history.pair(b), b].sort((x, y) => x - y),
    steps: [a, b].map((i) => ({
      text: `${by(i)} was given ${JSON.stringify(value)} at ${moment(history.time(i))}.`,
      ops: [history.pair(i), i],
    })),
    fromNs: history.time(a),
    toNs: history.time(b),
    detail: { value },
  };
}

/** The `unique-ids` checker. */
export const uniqueIdsChecker: Checker = {
  name: 'unique-ids',
  summary: 'no id is given out twice',
  options: {},
  reads: {
    generate: 'generate -> id',
  },
  anomalies: {
    'duplicate-id': 'one id given out twice',
  },
  check: (history) => uniqueIds(history),
};
