/**
 * Some promises are defined for single reads, writes and cas only.
 */
import { READ } from './micro-operations.ts';
import type { Transactions } from './transactions.ts';

/** Whether some transaction is more than one read, one write, or a read and then a write. O(n). */
export function severalOperations({ count, micro, writeStart, readStart }: Transactions): boolean {
  for (let t = 0; t < count; t++) {
    const reads = readStart[t + 1]! - readStart[t]!;
    const writes = writeStart[t + 1]! - writeStart[t]!;
    const size = micro.start[t + 1]! - micro.start[t]!;
    if (size > 2) return true;
    if (size === 2 && (reads > 1 || writes !== 1 || micro.kinds[micro.start[t]!] !== READ)) return true;
  }
  return false;
}
