/**
 * JSON values as models compare and name them.
 */
import { canonicalJson } from '../../harness/history/interner.ts';
import type { Json } from '../../harness/op.ts';

/** Deep equality. */
export const same = (a: Json, b: Json): boolean =>
  a === b || (typeof a === 'object' && typeof b === 'object' && canonicalJson(a) === canonicalJson(b));

/** Longest value a sentence shows whole; values of kilobytes are in the history. */
const LONGEST = 160;

/** A value as JSON, shortened in the middle when it is long. */
function brief(value: Json): string {
  const json = JSON.stringify(value);
  if (json.length <= LONGEST) return json;
  const half = LONGEST / 2 - 3;
  return `${json.slice(0, half)}...${json.slice(-half)}`;
}

/** A value in words; null is `nothing`. */
export const text = (value: Json): string => (value === null ? 'nothing' : brief(value));

/** Values in words: `[1 2 3]`, long lists shortened in the middle. */
export function listed(values: readonly Json[]): string {
  const shown = values.map(brief);
  if (shown.length > 12) shown.splice(6, shown.length - 12, `... ${shown.length - 12} more ...`);
  return `[${shown.join(' ')}]`;
}

/** A JSON array, or the fallback for null; undefined for anything else. */
export function arrayOf(value: Json): Json[] | undefined {
  if (value === null) return [];
  return Array.isArray(value) ? value : undefined;
}
