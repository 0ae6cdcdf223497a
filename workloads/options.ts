/**
 * Reading options a planner has already checked against their specifications.
 */
import type { Json } from '../harness/op.ts';

/** The number under a name; the planner made sure that it is one. */
export function numberOf(options: Readonly<Record<string, Json>>, name: string): number {
  const value = options[name];
  if (typeof value !== 'number')
    throw new TypeError(`option ${name} is not a number: ${JSON.stringify(value)}`);
  return value;
}
