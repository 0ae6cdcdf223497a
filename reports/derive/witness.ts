/**
 * The operations of a witness and the lines of its argument, for every way to show them: which operations come first
 * where not all have room, and who did when what a line is about.
 */
import type { History } from '../../harness/history/history.ts';
import type { Anomaly, Step } from '../../harness/verdict.ts';
import type { Finding, WitnessOp } from '../model.ts';
import { record } from '../read-json.ts';
import { wholeOp } from './operations.ts';

/** A witness with more operations than this is cut. */
const MAX_WITNESS = 200;

/** What a witness shows, and how many operations more it has. */
export interface Witness {
  ops: WitnessOp[];
  more: number;
}

/** The operations of an anomaly in the order of their invocation; those that the argument names are never cut. */
export function witnessOf(anomaly: Anomaly, history: History): Witness {
  const named = anomaly.steps.filter((step) => aboutOne(step)).flatMap((step) => step.ops);
  const others = anomaly.steps.flatMap((step) => step.ops);
  const seen = new Map<number, WitnessOp>();
  const left = new Set<number>();
  for (const index of new Set([...named, ...anomaly.ops, ...others])) {
    const op = wholeOp(history, index);
    // Injections are shown as faults in force, in words of their own.
    if (op === null || op.process.startsWith('nemesis') || seen.has(op.index)) continue;
    if (seen.size < MAX_WITNESS) seen.set(op.index, op);
    else left.add(op.index);
  }
  return { ops: [...seen.values()].sort((a, b) => a.index - b.index), more: left.size };
}

/** At most `most` operations of a witness, those that the argument names first, in the order of their invocation. */
export function tellingOps({ anomaly, ops }: Finding, most: number): WitnessOp[] {
  if (ops.length <= most) return [...ops];
  const named = new Set(anomaly.steps.filter((step) => aboutOne(step)).flatMap((step) => step.ops));
  const rank = (op: WitnessOp): number => Number(!named.has(op.index));
  const chosen = [...ops].sort((a, b) => rank(a) - rank(b) || a.index - b.index).slice(0, most);
  return chosen.sort((a, b) => a.index - b.index);
}

/**
 * The lines of an argument, each operation with its process, node and times where it is first spoken of by itself,
 * unless the checker said so. What a circle is made of names its transactions in its own way.
 */
export function placedSteps(anomaly: Anomaly, ops: readonly WitnessOp[]): Step[] {
  if (record(anomaly.detail)['edges'] !== undefined) return anomaly.steps;
  const told = new Set<number>();
  return anomaly.steps.map((step) => {
    const cited = ops.filter(
      (op) => step.ops.includes(op.index) || (op.completion !== null && step.ops.includes(op.completion)),
    );
    const [op] = cited;
    if (op === undefined || cited.length > 1 || told.has(op.index)) return step;
    told.add(op.index);
    const says = new RegExp(`\\bprocess ${op.process}\\b`, 'i').test(step.text);
    if (says || !/^\d+$/.test(op.process) || !step.text.endsWith('.')) return step;
    return { ...step, text: `${step.text.slice(0, -1)} (${placeOf(op)}).` };
  });
}

/** `process 3 at n1, 1.200 s to 1.254 s`, as checkers say it. */
function placeOf({ process, node, fromNs, toNs }: WitnessOp): string {
  const at = node === null ? '' : ` at ${node}`;
  const when = toNs === null ? `from ${seconds(fromNs)} on` : `${seconds(fromNs)} to ${seconds(toNs)}`;
  return `process ${process}${at}, ${when}`;
}

function seconds(ns: number): string {
  return `${(ns / 1e9).toFixed(3)} s`;
}

/** The keys that an argument speaks of, as JSON: what to show of a transaction that has more. */
export function keysOf({ key, sentence, steps }: Anomaly): ReadonlySet<string> {
  const keys = new Set(key === undefined ? [] : [JSON.stringify(key)]);
  for (const text of [sentence, ...steps.map((step) => step.text)]) {
    for (const [, name] of text.matchAll(/\bkey ("(?:[^"\\]|\\.)*"|-?\d+)/g)) keys.add(name!);
  }
  return keys;
}

/** Is it about one operation: an invocation, and its completion where it has one? */
function aboutOne({ ops }: Step): boolean {
  return ops.length > 0 && ops.length <= 2;
}
