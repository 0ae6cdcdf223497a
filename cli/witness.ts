/**
 * The part of a history that fails by itself: the operations of a witness and nothing else, or, where a checker
 * needs more around them, the smallest stretch that is found to do. Whatever is offered was judged again first.
 */
import type { History } from '../harness/history/history.ts';
import type { Anomaly, CheckerResult } from '../harness/verdict.ts';
import type { CheckerSpec } from '../harness/workload.ts';
import { sourcesOf, withSources } from './sources.ts';

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

/** The smallest failing part around a failure. At most five calls of `judge`, each on a part of the history. */
export async function failingPart(
  history: History,
  failure: Failure,
  judge: JudgeOnce,
): Promise<FailingPart> {
  const { spec, anomaly } = failure;
  let core: FailingPart | null = null;
  for (const { part, positions, what, must, minimal } of parts(history, failure)) {
    // Nothing but its sources could tell a core better.
    if (core !== null && must !== 'explained') break;
    const result = await judge(part, spec);
    if (result.verdict !== 'fail') continue;
    const { anomalies } = result;
    const found = { spec, history: part, what, minimal };
    if (must === 'explained' && !explained(anomalies, failure)) {
      core ??= found;
      continue;
    }
    if (must === 'same kind' && !sameKind(anomalies, failure)) continue;
    if (must === 'same' && !anomalies.some((one) => isSame(one, anomaly, positions))) continue;
    return found;
  }
  if (core !== null) return core;
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
   * is not; only what starts at the beginning may fail in any way. What holds whatever came before is `explained`
   * where nothing looks invented that was not; it is the core, and will do where that cannot be had.
   */
  must: 'any' | 'explained' | 'same kind' | 'same';
  /** It is the witness and nothing else. */
  minimal: boolean;
}

/** Candidates, smallest first, made as they are asked for; a part as large as the history is none. */
function* parts(history: History, { spec, anomaly }: Failure): Generator<Part> {
  const witness = withPairs(history, anomaly.ops);
  if (witness.length === history.length) return;
  const alone = `the ${witness.length} operations of the witness`;
  // Some witnesses start from what the object held then; by themselves they would be wrong in another way.
  if (!startsLate(anomaly)) {
    const must = spec.name === 'linearizable' ? 'explained' : 'same kind';
    yield { part: history.pick(witness), positions: witness, what: alone, must, minimal: true };
    if (spec.name === 'linearizable') yield* withWholeSources(history, witness, alone);
    else yield* withOpenSources(history, witness, alone);
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

/**
 * A witness and the whole operations that wrote what it read: a stale value that nobody wrote would look invented,
 * and one whose write is open could still be written later.
 */
function* withWholeSources(history: History, witness: Int32Array, alone: string): Generator<Part> {
  const sources = sourcesOf(history, witness);
  const positions = withPairs(history, [...witness, ...sources]);
  if (sources.length === 0 || positions.length === history.length) return;
  const what = `${alone} and ${sources.length} that wrote what they read`;
  yield { part: history.pick(positions), positions, what, must: 'explained', minimal: false };
}

/** A witness and the invocations of whatever wrote what it read, which say enough where no order is told by time. */
function* withOpenSources(history: History, witness: Int32Array, alone: string): Generator<Part> {
  const { history: part, sources } = withSources(history, witness);
  if (sources === 0 || part.length >= history.length) return;
  const what = `${alone} and ${sources} invocations that wrote what they read`;
  yield { part, positions: new Int32Array(0), what, must: 'same kind', minimal: false };
}

/** What a read looks like whose write was left out. */
const INVENTED: ReadonlySet<string> = new Set(['garbage-read', 'phantom-element']);

function explained(found: readonly Anomaly[], { kinds }: Failure): boolean {
  return found.every(({ kind }) => kinds.has(kind) || !INVENTED.has(kind));
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
