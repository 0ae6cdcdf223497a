/**
 * Tolerant access to JSON of unknown quality: a report of a half-written run folder must still say what is
 * there. Each reader gives a typed value or a neutral one, and never throws.
 */
import type { Json } from '../harness/op.ts';
import type { Verdict } from '../harness/verdict.ts';

const VERDICTS: readonly string[] = ['pass', 'fail', 'unknown', 'vacuous', 'broken'];

/** The value as an object, or an empty one. */
export function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

/** The value as an object of JSON values, or an empty one. */
export function jsonRecord(value: unknown): Record<string, Json> {
  return record(value) as Record<string, Json>;
}

/** The value as a list, or an empty one. */
export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The strings of a list. */
export function strings(value: unknown): string[] {
  return list(value).filter((item): item is string => typeof item === 'string');
}

/** The finite numbers of a list. */
export function numbers(value: unknown): number[] {
  return list(value).filter((item): item is number => number(item) !== null);
}

/** The value as text; numbers are written out; `otherwise` for anything else. */
export function text(value: unknown, otherwise = ''): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : otherwise;
}

/** The value as a finite number, or null. */
export function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** True or false as given, or null. */
export function flag(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

/** The value as a verdict, or null. */
export function verdictOf(value: unknown): Verdict | null {
  return typeof value === 'string' && VERDICTS.includes(value) ? (value as Verdict) : null;
}
