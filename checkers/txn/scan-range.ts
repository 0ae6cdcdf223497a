/**
 * What one scan asked for: a range of keys, or all of them.
 */
import type { Json } from '../../harness/op.ts';

/** A scan: its reads are the mops `from` to `to` of transaction `txn`. */
export interface Scan {
  txn: number;
  from: number;
  to: number;
  /** First and last key, or null for all. */
  range: readonly [number, number] | null;
}

/** The range of a scan: `[from, to]` or null; undefined when it is neither. */
export function rangeOf(value: Json | undefined): Scan['range'] | undefined {
  if (value === null || value === undefined) return null;
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [from, to] = value;
  return typeof from === 'number' && typeof to === 'number' ? [from, to] : undefined;
}
