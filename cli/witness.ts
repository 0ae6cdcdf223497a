/**
 * The part of a history that fails by itself: the operations of a witness and nothing else, or, where a checker
 * needs more around them, the smallest stretch that is found to do. Whatever is offered was judged again first.
 */
import type { History } from '../harness/history/history.ts';
import type { Anomaly, CheckerResult } from '../harness/verdict.ts';
import type { CheckerSpec } from '../harness/workload.ts';

/** A history that fails, why it is no smaller, and which checker with which options says so. */
export interface FailingPart {
  spec: CheckerSpec;
  history: History;
  /** What was kept: `the 6 operations of the witness`. */
  what: string;
  /** True when the witness alone fails. */
  minimal: boolean;
}

/** Judges a history by one checker. */
export type JudgeOnce = (history: History, spec: CheckerSpec) => Promise<CheckerResult>;

/** A checker that failed, with the anomaly that is to be shown. */
export interface Failure {
  spec: CheckerSpec;
  anomaly: Anomaly;
}

/** The first failure that points at operations, proved ones before suspected ones; null when there is none. */
export function firstFailure(
  specs: readonly CheckerSpec[],
  results: readonly Pick<CheckerResult, 'verdict' | 'anomalies'>[],
): Failure | null {
  for (const [i, spec] of specs.entries()) {
    const result = results[i];
    if (result?.verdict !== 'fail') continue;
    const anomaly = result.anomalies.find(({ certainty, ops }) => certainty === 'proved' && ops.length > 0);
    if (anomaly !== undefined) return { spec, anomaly };
  }
  return null;
}

/** The smallest failing part around a failure. At most three calls of `judge`, each on a part of the history. */
export async function failingPart(
  history: History,
  { spec, anomaly }: Failure,
  judge: JudgeOnce,
): Promise<FailingPart> {
  for (const { positions, what, must, minimal } of parts(history, anomaly)) {
    const part = history.pick(positions);
    const result = await judge(part, spec);
    if (result.verdict !== 'fail') continue;
    if (must === 'same' && !result.anomalies.some((found) => isSame(found, anomaly, positions))) continue;
    return { spec, history: part, what, minimal };
  }
  const minimal = withPairs(history, anomaly.ops).length === history.length;
  return { spec, history, what: `all ${history.length} operations`, minimal };
}

interface Part {
  positions: Int32Array;
  what: string;
  /** What its failure must be to count: leaving out what came before could make up violations of other kinds. */
  must: 'any' | 'same';
  /** It is the witness and nothing else. */
  minimal: boolean;
}

/** Candidates, smallest first; a part as large as the history is none. */
function parts(history: History, anomaly: Anomaly): Part[] {
  const witness = withPairs(history, anomaly.ops);
  const first = witness[0]!;
  const last = witness.at(-1)!;
  const related = relatedTo(history, anomaly);
  const between = history.indexesWhere((i) => related(i) && overlaps(history, i, first, last));
  const upToLast = history.indexesWhere((i) => i <= last && related(i));
  const wanted: Part[] = [
    {
      positions: witness,
      what: `the ${witness.length} operations of the witness`,
      must: 'any',
      minimal: true,
    },
    {
      positions: between,
      what: `the ${between.length} operations around the witness`,
      must: 'same',
      minimal: false,
    },
    {
      positions: upToLast,
      what: `the ${upToLast.length} operations up to the witness`,
      must: 'any',
      minimal: false,
    },
  ];
  return wanted.filter(({ positions }) => positions.length < history.length);
}

/** The operations and their other halves, ascending. */
function withPairs(history: History, ops: readonly number[]): Int32Array {
  const all = new Set(ops);
  for (const i of ops) if (history.pair(i) >= 0) all.add(history.pair(i));
  return Int32Array.from(all).sort();
}

/** Whether an operation concerns the object of an anomaly: its key, or the harness; everything without a key. */
function relatedTo(history: History, anomaly: Anomaly): (i: number) => boolean {
  if (anomaly.key === undefined) return () => true;
  const { keys, processes } = history.columns;
  const key = history.values.find(anomaly.key);
  return (i) => keys[i] === key || processes[i]! < 0;
}

/** Whether the whole of an operation, from invocation to completion, has anything in [first, last]. */
function overlaps(history: History, i: number, first: number, last: number): boolean {
  const pair = history.pair(i);
  const from = pair >= 0 ? Math.min(i, pair) : i;
  const to = pair >= 0 ? Math.max(i, pair) : i;
  return to >= first && from <= last;
}

function isSame(found: Anomaly, anomaly: Anomaly, positions: Int32Array): boolean {
  if (found.kind !== anomaly.kind || found.ops.length !== anomaly.ops.length) return false;
  const wanted = new Set(anomaly.ops);
  return found.ops.every((i) => wanted.has(positions[i]!));
}
