/**
 * The part of a history that fails by itself: the operations of a witness and nothing else, or, where a checker
 * needs more around them, the smallest stretch that is found to do. Whatever is offered was judged again first.
 */
import type { History } from '../harness/history/history.ts';
import type { Anomaly, CheckerResult } from '../harness/verdict.ts';
import type { CheckerSpec } from '../harness/workload.ts';
import { withSources } from './sources.ts';

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

/** A checker that failed, with the anomaly that is to be shown and the kinds of all it found. */
export interface Failure {
  spec: CheckerSpec;
  anomaly: Anomaly;
  kinds: ReadonlySet<string>;
}

/** The first failure that is proved and points at operations; null when there is none. */
export function firstFailure(
  specs: readonly CheckerSpec[],
  results: readonly Pick<CheckerResult, 'verdict' | 'anomalies'>[],
): Failure | null {
  for (const [i, spec] of specs.entries()) {
    const result = results[i];
    if (result?.verdict !== 'fail') continue;
    const anomaly = result.anomalies.find(({ certainty, ops }) => certainty === 'proved' && ops.length > 0);
    if (anomaly === undefined) continue;
    return { spec, anomaly, kinds: new Set(result.anomalies.map(({ kind }) => kind)) };
  }
  return null;
}

/** The smallest failing part around a failure. At most four calls of `judge`, each on a part of the history. */
export async function failingPart(
  history: History,
  failure: Failure,
  judge: JudgeOnce,
): Promise<FailingPart> {
  const { spec, anomaly } = failure;
  for (const { part, positions, what, must, minimal } of parts(history, failure)) {
    const result = await judge(part, spec);
    if (result.verdict !== 'fail') continue;
    const { anomalies } = result;
    if (must === 'same kind' && !sameKind(anomalies, failure)) continue;
    if (must === 'same' && !anomalies.some((found) => isSame(found, anomaly, positions))) continue;
    return { spec, history: part, what, minimal };
  }
  const minimal = withPairs(history, anomaly.ops).length === history.length;
  return { spec, history, what: `all ${history.length} operations`, minimal };
}

interface Part {
  part: History;
  /** Where its operations are in the whole history; empty when that is not asked. */
  positions: Int32Array;
  what: string;
  /**
   * What its failure must be to count. Without the writes that explain them, reads are wrong in ways the history
   * is not; only what starts at the beginning, and what holds whatever came before, may fail in any way.
   */
  must: 'any' | 'same kind' | 'same';
  /** It is the witness and nothing else. */
  minimal: boolean;
}

/** Candidates, smallest first, made as they are asked for; a part as large as the history is none. */
function* parts(history: History, { spec, anomaly }: Failure): Generator<Part> {
  const witness = withPairs(history, anomaly.ops);
  if (witness.length === history.length) return;
  // The core of a linearizability witness is illegal whatever the object held before.
  const must = spec.name === 'linearizable' ? 'any' : 'same kind';
  const alone = `the ${witness.length} operations of the witness`;
  // Some witnesses start from what the object held then; by themselves they would be wrong in another way.
  if (!startsLate(anomaly)) {
    yield { part: history.pick(witness), positions: witness, what: alone, must, minimal: true };
    const { history: explained, sources } = withSources(history, witness);
    if (sources > 0 && explained.length < history.length) {
      const what = `${alone} and ${sources} invocations that wrote what they read`;
      yield { part: explained, positions: new Int32Array(0), what, must, minimal: false };
    }
  }
  const first = witness[0]!;
  const last = witness.at(-1)!;
  const related = relatedTo(history, anomaly, witness);
  const between = history.indexesWhere((i) => related(i) && overlaps(history, i, first, last));
  const upToLast = history.indexesWhere((i) => i <= last && related(i));
  for (const [positions, where, must] of [
    [between, 'around', 'same'],
    [upToLast, 'up to', 'any'],
  ] as const) {
    if (positions.length <= witness.length || positions.length === history.length) continue;
    const what = `the ${positions.length} operations ${where} the witness`;
    yield { part: history.pick(positions), positions, what, must, minimal: false };
  }
}

/** Does the witness leave out operations that it needs to begin with? */
function startsLate({ detail }: Anomaly): boolean {
  return Array.isArray((detail as { startsFrom?: unknown } | null | undefined)?.startsFrom);
}

/** The operations and their other halves, ascending. */
function withPairs(history: History, ops: readonly number[]): Int32Array {
  const all = new Set(ops);
  for (const i of ops) if (history.pair(i) >= 0) all.add(history.pair(i));
  return Int32Array.from(all).sort();
}

/** Whether an operation concerns the object of a witness: its one key, or the harness; everything without a key. */
function relatedTo(history: History, anomaly: Anomaly, witness: Int32Array): (i: number) => boolean {
  const { keys, processes } = history.columns;
  const key = anomaly.key === undefined ? -1 : history.values.find(anomaly.key);
  if (key < 0 || witness.some((i) => processes[i]! >= 0 && keys[i] !== key)) return () => true;
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

function sameKind(found: readonly Anomaly[], { anomaly, kinds }: Failure): boolean {
  return found.some(({ kind }) => kind === anomaly.kind) && found.every(({ kind }) => kinds.has(kind));
}
