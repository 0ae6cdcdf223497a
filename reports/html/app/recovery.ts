/**
 * How soon clients were served again after each fault: from its end to the first acknowledgement of an operation that
 * began since. The table of faults says the same.
 */
import type { OpColumns } from '../codec.ts';
import type { OverviewFault } from '../overview.ts';

/** What this reads of the operations; rows in order of their start. */
export interface RecoveryData {
  readonly loaded: number;
  readonly columns: Pick<OpColumns, 'start' | 'duration' | 'kind'>;
  readonly overview: { readonly end: number; readonly faults: readonly OverviewFault[] };
  firstAt(time: number): number;
}

/** A stretch from the end of a fault to the first acknowledgement, microseconds. */
export interface Recovery {
  fault: string;
  from: number;
  to: number;
}

/** Of every fault that ended and after which something was acknowledged. O(faults x (log n + rows looked at)). */
export function recoveries(data: RecoveryData): Recovery[] {
  const { start, duration, kind } = data.columns;
  return data.overview.faults.flatMap(({ id, from, to }) => {
    if (from === null || to === null || to >= data.overview.end) return [];
    let first = Number.POSITIVE_INFINITY;
    // One that begins later than another was answered cannot be answered before it.
    for (let row = data.firstAt(to); row < data.loaded && start[row]! < first; row++) {
      if ((kind[row]! & 3) === 0) first = Math.min(first, start[row]! + duration[row]!);
    }
    return Number.isFinite(first) ? [{ fault: id, from: to, to: first }] : [];
  });
}
