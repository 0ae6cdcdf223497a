/**
 * The second look: whatever anomalies a checker is about to show are judged once more, each on its own operations
 * (or, where the history is short, on all of it) by the oracle of that checker. What the oracle refutes is not
 * shown: it is no fault of the system but of the checker, and a verdict that rests on nothing else is `unknown`.
 */
import type { CheckerOptions } from '../../harness/contracts.ts';
import { type History, INVOKE, NONE } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { Anomaly, CheckerResult } from '../../harness/verdict.ts';
import type { Checker } from '../contract.ts';
import { type Charge, type Oracle, plainOps, textOf } from './plain.ts';

/** What an oracle says of an anomaly. */
export type SecondLook = 'confirmed' | 'refuted' | 'too-large';

/** Histories of so many events are judged as a whole. */
const MAX_WHOLE = 400;
/** Witnesses of more operations are not judged... */
const MAX_WITNESS = 1500;
/** ...nor those of more values; for light oracles, of more values times operations. */
const MAX_VALUES = 2000;
const MAX_WORK = 20_000_000;
/** Most values that are looked up, and operations that may excuse an anomaly. */
const MAX_ABOUT = 20;
const MAX_EXCUSES = 200;
/** Most events of observers and nemeses that are taken into a witness. */
const MAX_MEANWHILE = 3000;

/** The checker, with every proved anomaly it shows looked at again. */
export function verified<C extends Checker>(checker: C, oracle: Oracle | undefined): C {
  if (oracle === undefined) return checker;
  const check: Checker['check'] = (history, options, budget) =>
    lookedAtAgain(history, options, checker.check(history, options, budget), oracle);
  return { ...checker, check };
}

function lookedAtAgain(
  history: History,
  options: CheckerOptions,
  result: CheckerResult,
  oracle: Oracle,
): CheckerResult {
  if (result.verdict !== 'fail') return result;
  const promised = oracle.promised?.(options, result.stats) ?? options;
  const looks = result.anomalies.map((anomaly) =>
    anomaly.certainty === 'proved' ? secondLook(history, anomaly, oracle, promised) : 'too-large',
  );
  const count = (look: SecondLook): number => looks.filter((each) => each === look).length;
  const refuted = count('refuted');
  const stats: Record<string, Json> = { ...result.stats, confirmed: count('confirmed') };
  if (refuted === 0) return { ...result, stats };
  stats['refuted'] = refuted;
  const anomalies = result.anomalies.filter((_, n) => looks[n] !== 'refuted');
  const anomalyCount = (result.anomalyCount ?? result.anomalies.length) - refuted;
  if (anomalies.some(({ certainty }) => certainty === 'proved')) {
    return { ...result, anomalies, anomalyCount, stats };
  }
  const kinds = [...new Set(result.anomalies.map(({ kind }) => kind))].join(', ');
  const note =
    `a violation was found (${kinds}) that a second look refuted: this is a fault of the checker, please ` +
    'report it; a version without it would settle it';
  return { verdict: 'unknown', anomalies, stats, note };
}

/** Judges one anomaly. `maxWhole`: histories of so many events are judged as a whole. */
export function secondLook(
  history: History,
  anomaly: Anomaly,
  oracle: Oracle,
  options: CheckerOptions,
  maxWhole = MAX_WHOLE,
): SecondLook {
  if (oracle.knows !== undefined && !oracle.knows.includes(anomaly.kind)) return 'too-large';
  const about = aboutOf(oracle, anomaly);
  const judged = (events: Iterable<number>, partial = true): Charge[] | null => {
    const ops = plainOps(history, events);
    const size = ops.reduce((sum, op) => sum + sizeOf(op.value) + sizeOf(op.answer), 0);
    if (oracle.light === true ? size * ops.length > MAX_WORK : size > MAX_VALUES) return null;
    const charges = oracle.charges(ops, options, partial);
    return charges === null ? null : charges.filter((charge) => answers(charge, anomaly.kind, about));
  };
  if (history.length <= maxWhole) {
    const charges = judged(
      Array.from({ length: history.length }, (_, i) => i),
      false,
    );
    if (charges !== null) return charges.length > 0 ? 'confirmed' : 'refuted';
  }
  if (anomaly.ops.length === 0 || anomaly.ops.length > 2 * MAX_WITNESS) return 'too-large';
  const others =
    oracle.meanwhile === undefined ? [] : meanwhile(history, anomaly, oracle.meanwhile.functions);
  if (others === null && oracle.meanwhile?.needed === true) return 'too-large';
  const witness = [...anomaly.ops, ...(others ?? [])];
  const charges = judged(witness);
  if (charges === null) return 'too-large';
  if (charges.length === 0) return 'refuted';
  const excuses = excusesOf(history, oracle, charges);
  if (excuses === null) return 'too-large';
  if (excuses.length === 0) return 'confirmed';
  const left = judged([...witness, ...excuses]);
  return left === null ? 'too-large' : left.length > 0 ? 'confirmed' : 'refuted';
}

function aboutOf(oracle: Oracle, anomaly: Anomaly): string | null {
  const detail = anomaly.detail as Record<string, Json | undefined> | null | undefined;
  const plain = Array.isArray(detail) || typeof detail !== 'object' || detail === null ? {} : detail;
  const about = oracle.about === undefined ? (plain['element'] ?? plain['value']) : oracle.about(anomaly);
  return about === undefined ? null : textOf(about);
}

function answers(charge: Charge, kind: string, about: string | null): boolean {
  if (charge.kind !== kind) return false;
  return about === null || charge.about === undefined || textOf(charge.about) === about;
}

/**
 * What others than clients did between the first and the last event of a witness, at its nodes or at none; null when
 * that is too much. O(length of the stretch).
 */
function meanwhile(history: History, { ops }: Anomaly, functions?: readonly string[]): number[] | null {
  const { nodes, processes, fs } = history.columns;
  const named = functions?.map((f) => history.names.find(f));
  const wanted = new Set<number>([NONE, ...ops.map((i) => nodes[i]!)]);
  const found: number[] = [];
  for (let i = ops[0]!; i <= ops.at(-1)!; i++) {
    if (processes[i]! >= 0 || !wanted.has(nodes[i]!) || named?.includes(fs[i]!) === false) continue;
    if (found.push(i) > MAX_MEANWHILE) return null;
  }
  return found;
}

/** Operations anywhere in the history that may excuse what is charged; null when there are too many. O(n). */
function excusesOf(history: History, oracle: Oracle, charges: readonly Charge[]): number[] | null {
  const values = charges.flatMap(({ about }) => (about === undefined ? [] : [about]));
  if (oracle.excuses === undefined || values.length === 0) return [];
  if (values.length > MAX_ABOUT) return null;
  const wanted = new Set(values.map((value) => history.values.find(value)).filter((id) => id >= 0));
  const functions = new Set(oracle.excuses.map((f) => history.names.find(f)));
  const { types, processes, fs, values: ids, pairs } = history.columns;
  const found: number[] = [];
  for (let i = 0; i < history.length; i++) {
    if (types[i] !== INVOKE || processes[i]! < 0 || !functions.has(fs[i]!)) continue;
    const ret = pairs[i]!;
    if (!wanted.has(ids[i]!) && (ret === NONE || !wanted.has(ids[ret]!))) continue;
    if (found.push(i) > MAX_EXCUSES) return null;
  }
  return found;
}

/** How many values a value is made of, in lists and maps at any depth. */
function sizeOf(value: Json): number {
  if (value === null || typeof value !== 'object') return 1;
  return Object.values(value).reduce<number>((sum, part) => sum + sizeOf(part), 1);
}
