/**
 * Counts client operations by function, outcome and error kind. One pass, O(n).
 */
import { type History, NONE } from '../../harness/history/history.ts';
import type { OpCounts } from '../model.ts';
import { flag, record, text } from '../read-json.ts';
import { eachInvocation, outcomeAt } from './operations.ts';

/** Counts of a history; functions and errors by frequency, then name. */
export function countOps(history: History): OpCounts {
  const total = { ok: 0, fail: 0, info: 0, open: 0 };
  const byFunction = new Map<number, { ok: number; fail: number; info: number }>();
  const byError = new Map<number, number>();
  const { fs, pairs, errors } = history.columns;
  eachInvocation(history, (i) => {
    const outcome = outcomeAt(history, i);
    total[outcome]++;
    let row = byFunction.get(fs[i]!);
    if (row === undefined) byFunction.set(fs[i]!, (row = { ok: 0, fail: 0, info: 0 }));
    row[outcome === 'open' ? 'info' : outcome]++;
    const pair = pairs[i]!;
    if (pair !== NONE && errors[pair] !== NONE) {
      byError.set(errors[pair]!, (byError.get(errors[pair]!) ?? 0) + 1);
    }
  });
  return {
    ...total,
    total: total.ok + total.fail + total.info + total.open,
    byFunction: [...byFunction]
      .map(([id, row]) => ({ f: history.names.get(id), ...row }))
      .sort((a, b) => b.ok + b.fail + b.info - (a.ok + a.fail + a.info) || compare(a.f, b.f)),
    errors: mergeErrors(history, byError),
  };
}

/** Errors differ by message; a table wants kinds. */
function mergeErrors(history: History, byError: Map<number, number>): OpCounts['errors'] {
  const kinds = new Map<string, { count: number; definite: boolean }>();
  for (const [id, count] of byError) {
    const error = record(history.values.get(id));
    const kind = text(error['kind'], 'unnamed');
    const row = kinds.get(kind) ?? { count: 0, definite: flag(error['definite']) === true };
    row.count += count;
    kinds.set(kind, row);
  }
  return [...kinds]
    .map(([kind, row]) => ({ kind, ...row }))
    .sort((a, b) => b.count - a.count || compare(a.kind, b.kind));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
