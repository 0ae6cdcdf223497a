/**
 * Puts beside each anomaly what a reader needs: its operations with both halves, the stretch of the run, and
 * the faults that were in force. Order: the one the verdict is worded after, then proved before suspected, smallest
 * witness first.
 */
import type { History } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { Anomaly } from '../../harness/verdict.ts';
import type { CheckerRow, FaultRow, Finding } from '../model.ts';
import { list, number, numbers, record, text } from '../read-json.ts';
import { placedSteps, witnessOf } from './witness.ts';

/** Findings of all checkers; `headline` is the sentence of the verdict. */
export function findingsOf(
  checkers: readonly CheckerRow[],
  faults: readonly FaultRow[],
  history: History,
  headline: string,
): Finding[] {
  const findings = checkers.flatMap((checker) =>
    checker.anomalies.map((anomaly) => finding(checker.name, anomaly, faults, history)),
  );
  const rank = (one: Finding): number =>
    one.anomaly.sentence === headline ? -1 : one.anomaly.certainty === 'proved' ? 0 : 1;
  return findings.sort((a, b) => rank(a) - rank(b) || a.ops.length - b.ops.length || a.fromNs - b.fromNs);
}

function finding(checker: string, anomaly: Anomaly, faults: readonly FaultRow[], history: History): Finding {
  const { ops, more } = witnessOf(anomaly, history);
  // A witness may have more operations than a call may have arguments.
  const first = ops.reduce((least, op) => Math.min(least, op.fromNs), Number.POSITIVE_INFINITY);
  const last = ops.reduce((most, op) => Math.max(most, op.toNs ?? op.fromNs), 0);
  const fromNs = anomaly.fromNs ?? (ops.length > 0 ? first : 0);
  const toNs = Math.max(fromNs, anomaly.toNs ?? last);
  const during = faults
    .filter((fault) => fault.fromNs !== null && fault.fromNs <= toNs && (fault.toNs ?? toNs) >= fromNs)
    // A witness that spans a long stretch has many pass by: those in force at its beginning tell most.
    .sort((a, b) => Number(a.fromNs! > fromNs) - Number(b.fromNs! > fromNs))
    .map((fault) => fault.id);
  const placed = { ...anomaly, steps: placedSteps(anomaly, ops) };
  return { checker, anomaly: placed, ops, more, fromNs, toNs, during };
}

/** An anomaly from JSON of unknown quality. */
export function anomalyOf(value: unknown): Anomaly {
  const raw = record(value);
  const anomaly: Anomaly = {
    kind: text(raw['kind'], 'anomaly'),
    sentence: text(raw['sentence'], 'a promise was broken (the checker gave no sentence)'),
    certainty: raw['certainty'] === 'suspected' ? 'suspected' : 'proved',
    ops: numbers(raw['ops']),
    steps: list(raw['steps']).map((step) => ({
      text: text(record(step)['text']),
      ops: numbers(record(step)['ops']),
    })),
  };
  if (raw['key'] !== undefined) anomaly.key = raw['key'] as Json;
  if (raw['detail'] !== undefined) anomaly.detail = raw['detail'] as Json;
  const fromNs = number(raw['fromNs']);
  const toNs = number(raw['toNs']);
  if (fromNs !== null) anomaly.fromNs = fromNs;
  if (toNs !== null) anomaly.toNs = toNs;
  return anomaly;
}
