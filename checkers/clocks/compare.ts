/**
 * Comparing vector timestamps: a is before b when no entry of a is larger and some entry is smaller.
 */

/** How two vector timestamps relate. */
export type VectorRelation = 'before' | 'after' | 'concurrent' | 'equal';

/** Compares entry by entry; entries that one of them lacks count as 0. O(entries). */
export function compareVectors(a: readonly number[], b: readonly number[]): VectorRelation {
  let smaller = false;
  let larger = false;
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference < 0) smaller = true;
    if (difference > 0) larger = true;
  }
  if (smaller && larger) return 'concurrent';
  if (smaller) return 'before';
  return larger ? 'after' : 'equal';
}
