/**
 * JSON values as models compare and name them.
 */
import { canonicalJson } from '../../harness/history/interner.ts';
import type { Json } from '../../harness/op.ts';

/** Deep equality. */
export const same = (a: Json, b: Json): boolean =>
  a === b || (typeof a === 'object' && typeof b === 'object' && canonicalJson(a) === canonicalJson(b));

/** A value in words; null is `nothing`. */
export const text = (value: Json): string => (value === null ? 'nothing' : JSON.stringify(value));

/** Values in words: `[1 2 3]`, long lists shortened in the middle. */
export function listed(values: readonly Json[]): string {
  const shown = values.map((value) => JSON.stringify(value));
  if (shown.length > 12) shown.splice(6, shown.length - 12, `... ${shown.length - 12} more ...`);
  return `[${shown.join(' ')}]`;
}

/** A JSON array, or the fallback for null; undefined for anything else. */
export function arrayOf(value: Json): Json[] | undefined {
  if (value === null) return [];
  return Array.isArray(value) ? value : undefined;
}
