/**
 * Crashes: a node that ended without being asked to. What a nemesis kills is not among them, nor what the harness ends
 * itself.
 */
import type { History } from '../harness/history/history.ts';
import type { Json } from '../harness/op.ts';
import type { Anomaly, CheckerResult } from '../harness/verdict.ts';
import type { Checker } from './contract.ts';
import { moment } from './quantiles.ts';

const MAX_ANOMALIES = 10;
const EXCERPT = 200;

/** Judges the events of the cluster. O(n). */
export function crashes(history: History): CheckerResult {
  const anomalies: Anomaly[] = [];
  const perNode: Record<string, Json> = {};
  let ended = 0;
  for (let i = 0; i < history.length; i++) {
    if (history.columns.processes[i]! >= 0 || !endedItself(history, i)) continue;
    const node = history.node(i) ?? 'a node';
    ended++;
    perNode[node] = ((perNode[node] as number | undefined) ?? 0) + 1;
    if (anomalies.length < MAX_ANOMALIES) anomalies.push(anomalyOf(history, i, node));
  }
  const stats = { ended, perNode };
  if (ended === 0) return { verdict: 'pass', anomalies, stats };
  return { verdict: 'fail', anomalies, anomalyCount: ended, stats };
}

function endedItself(history: History, i: number): boolean {
  if (history.process(i) !== 'cluster') return false;
  const f = history.f(i);
  return f === 'crashed' || (f === 'exited' && detailOf(history, i)['by'] === 'itself');
}

function detailOf(history: History, i: number): Readonly<Record<string, Json>> {
  const value = history.value(i);
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}

function anomalyOf(history: History, i: number, node: string): Anomaly {
  const { code, signal, output } = detailOf(history, i);
  const how = typeof signal === 'string' ? `by ${signal}` : `with exit code ${code ?? 'unknown'}`;
  const said = Array.isArray(output) ? output.filter((line) => String(line).trim() !== '').at(-1) : undefined;
  const last = said === undefined ? '.' : `, having said ${JSON.stringify(String(said).slice(0, EXCERPT))}.`;
  const at = moment(history.time(i));
  return {
    kind: 'node-ended',
    sentence: `Nodes were promised to go on by themselves, but ${node} ended ${how} at ${at}${last}`,
    certainty: 'proved',
    ops: [i],
    steps: [{ text: `${node} ended ${how} at ${at}, and nobody had asked it to.`, ops: [i] }],
    fromNs: history.time(i),
    toNs: history.time(i),
    detail: { node, code: code ?? null, signal: signal ?? null },
  };
}

/** The `crashes` checker. */
export const crashesChecker: Checker = {
  name: 'crashes',
  summary: 'no node ended without being killed',
  options: {},
  reads: {},
  anomalies: { 'node-ended': 'a node that ended by itself' },
  check: crashes,
};
