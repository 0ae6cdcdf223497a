/**
 * Text that is equal for equal JSON values: names of keys and elements.
 */
import type { Json } from '../../harness/op.ts';

/** Equal values, equal text, keys of objects in any order. */
export function textOf(value: Json | undefined): string {
  // As JSON writes them, without asking it.
  if (typeof value === 'number' && Number.isFinite(value)) return `${value}`;
  if (value === null || value === undefined || typeof value !== 'object')
    return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return `[${value.map(textOf).join(',')}]`;
  const fields = Object.keys(value).sort();
  return `{${fields.map((field) => `${JSON.stringify(field)}:${textOf(value[field])}`).join(',')}}`;
}
