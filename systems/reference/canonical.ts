/**
 * Text that is equal for equal JSON values: names of keys and elements.
 */
import { canonicalJson } from '../../harness/history/interner.ts';
import type { Json } from '../../harness/op.ts';

/** Equal values, equal text, keys of objects in any order. */
export function textOf(value: Json | undefined): string {
  return canonicalJson(value ?? null);
}
