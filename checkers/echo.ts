/**
 * Echo: an acknowledged `echo` returns exactly what was sent, by deep JSON equality.
 */
import { type History, INVOKE, NONE, OK } from '../harness/history/history.ts';
import type { Anomaly, CheckerResult } from '../harness/verdict.ts';
import type { Checker } from './contract.ts';
import { moment } from './quantiles.ts';

const MAX_ANOMALIES = 10;

/** Compares every acknowledged echo with its invocation. O(n). */
export function echo(history: History): CheckerResult {
  const { types, processes, fs, values, pairs } = history.columns;
  const wanted = history.names.find('echo');
  const anomalies: Anomaly[] = [];
  let attempted = 0;
  let acknowledged = 0;
  let wrong = 0;
  for (let i = 0; i < history.length; i++) {
    if (fs[i] !== wanted || processes[i]! < 0 || types[i] !== INVOKE) continue;
    attempted++;
    const ret = pairs[i]!;
    if (ret === NONE || types[ret] !== OK) continue;
    acknowledged++;
    if (values[i] === values[ret]) continue;
    wrong++;
    if (anomalies.length < MAX_ANOMALIES) anomalies.push(mismatch(history, i, ret));
  }
  const stats = { attempted, acknowledged, wrong };
  if (wrong > 0) return { verdict: 'fail', anomalies, anomalyCount: wrong, stats };
  if (acknowledged > 0) return { verdict: 'pass', anomalies, stats };
  return { verdict: 'vacuous', anomalies, stats, note: 'no echo was acknowledged' };
}

function mismatch(history: History, call: number, ret: number): Anomaly {
  const sent = JSON.stringify(history.value(call));
  const got = JSON.stringify(history.value(ret));
  const who = `process ${history.process(call)}`;
  return {
    kind: 'wrong-echo',
    sentence:
      `An echo returns what was sent, but ${who} sent ${sent} at ${moment(history.time(call))} ` +
      `and was given ${got} at ${moment(history.time(ret))}.`,
    certainty: 'proved',
    ops: [call, ret],
    steps: [
      { text: `${who} sent ${sent}.`, ops: [call] },
      { text: `It was answered ${got}.`, ops: [ret] },
    ],
    fromNs: history.time(call),
    toNs: history.time(ret),
    detail: { sent: history.value(call), got: history.value(ret) },
  };
}

/** The `echo` checker. */
export const echoChecker: Checker = {
  name: 'echo',
  summary: 'every echo returns what was sent',
  options: {},
  reads: {
    echo: 'echo v -> v',
  },
  anomalies: {
    'wrong-echo': 'an answer other than what was sent',
  },
  check: (history) => echo(history),
};
