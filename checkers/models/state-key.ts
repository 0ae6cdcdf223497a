/**
 * A text that is equal exactly for equal plain values, so that states of a model of somebody's own can be told
 * apart. Beyond JSON it knows what programs keep states in; of anything else it cannot know when two are equal.
 */
import { typeName } from './define.ts';

/** Plain values as text. `mutable`: something in it cannot be frozen. Throws `TypeError` for what is not plain. */
export function stateKey(value: unknown): { key: string; mutable: boolean } {
  const found = { mutable: false };
  return { key: textOf(value, found), mutable: found.mutable };
}

function textOf(value: unknown, found: { mutable: boolean }): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return String(value);
    case 'boolean':
    case 'undefined':
      return `${value}`;
    case 'bigint':
      return `${value}n`;
    case 'object':
      return value === null ? 'null' : textOfObject(value, found);
    default:
      throw new TypeError(`${typeName(value)} is no plain value`);
  }
}

function textOfObject(value: object, found: { mutable: boolean }): string {
  const text = (part: unknown): string => textOf(part, found);
  if (Array.isArray(value)) return `[${value.map(text).join(',')}]`;
  if (value instanceof Map) {
    found.mutable = true;
    return `Map{${Array.from(value, ([k, v]) => `${text(k)}:${text(v)}`)
      .sort()
      .join(',')}}`;
  }
  if (value instanceof Set) {
    found.mutable = true;
    return `Set{${Array.from(value, text).sort().join(',')}}`;
  }
  if (value instanceof Date) {
    found.mutable = true;
    return `Date(${value.getTime()})`;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) {
    throw new TypeError(`${typeName(value)} is no plain value; say hash and equal to use it`);
  }
  const fields = Object.entries(value).map(([name, part]) => `${JSON.stringify(name)}:${text(part)}`);
  return `{${fields.sort().join(',')}}`;
}

/** Freezes lists and plain objects, all the way down, so that whoever changes one is told so. */
export function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== null && prototype !== Object.prototype) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
  return value;
}
