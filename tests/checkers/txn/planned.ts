/** Histories written down as lists of transactions, for planted violations. */
import { historyOf } from '../../../harness/history/builder.ts';
import type { Json, Op, OpType } from '../../../harness/op.ts';

export type Planned = [type: OpType, mops: Json[]];

/** Transactions one after the other, or overlapping: all invoked first, then all completed in order. */
export function plannedHistory(planned: Planned[], concurrent: boolean) {
  const ops: Op[] = [];
  const add = (process: number, type: OpType, mops: Json[]) =>
    ops.push({ index: ops.length, time: ops.length * 1e6, process, type, f: 'txn', value: mops });
  const unread = (mops: Json[]) =>
    mops.map((mop) => ((mop as Json[])[0] === 'r' ? [(mop as Json[])[0]!, (mop as Json[])[1]!, null] : mop));
  if (concurrent) {
    for (const [i, [, mops]] of planned.entries()) add(i, 'invoke', unread(mops));
    for (const [i, [type, mops]] of planned.entries()) add(i, type, mops);
  } else {
    for (const [i, [type, mops]] of planned.entries()) {
      add(i, 'invoke', unread(mops));
      add(i, type, mops);
    }
  }
  return historyOf(ops);
}

/** A planted violation, and the nearest history that is legal. */
export interface Case {
  kind: string;
  model: string;
  bad: Planned[];
  good: Planned[];
  /** One after the other instead of all at once. */
  sequential?: boolean;
}
