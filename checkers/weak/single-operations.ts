/**
 * Some promises are defined for single reads, writes and cas only.
 */
import { type MicroOperations, READ } from './micro-operations.ts';
import type { Transactions } from './transactions.ts';

/** Whether some transaction is more than one read, one write, or a read and then a write. O(n). */
export function severalOperations({ count, micro, writeStart, readStart }: Transactions): boolean {
  for (let t = 0; t < count; t++) {
    const reads = readStart[t + 1]! - readStart[t]!;
    const writes = writeStart[t + 1]! - writeStart[t]!;
    const size = micro.start[t + 1]! - micro.start[t]!;
    if (size > 2) return true;
    if (size === 2 && (reads > 1 || writes !== 1 || !startsLikeCas(micro, micro.start[t]!))) return true;
  }
  return false;
}

/** A read, or what stands for the read of a cas of unknown outcome: a second write of the same. */
function startsLikeCas({ kinds, keys, values }: MicroOperations, m: number): boolean {
  return kinds[m] === READ || (keys[m] === keys[m + 1] && values[m] === values[m + 1]);
}
