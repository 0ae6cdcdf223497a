/**
 * Keeps nodes from sharing memory: what one sends, another gets as if it had travelled as text.
 */
import type { Json } from '../op.ts';

/**
 * `copy`: the receiver gets a copy. `freeze`: both share one value that neither can change any more; faster,
 * and a program that changes what it has sent throws. `json`: through text and back, to prove that it can be.
 */
export type Isolation = 'copy' | 'freeze' | 'json';

/** The value as somebody else may have it. O(size). */
export function isolate<T extends Json>(value: T, how: Isolation): T {
  if (typeof value !== 'object' || value === null) return value;
  if (how === 'freeze') return frozen(value as T & object);
  if (how === 'copy') return copied(value) as T;
  return JSON.parse(JSON.stringify(value)) as T;
}

function frozen<T extends object>(value: T): T {
  if (Object.isFrozen(value)) return value;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i];
      if (typeof item === 'object' && item !== null) frozen(item);
    }
  } else {
    for (const name in value) {
      const field: unknown = value[name];
      if (typeof field === 'object' && field !== null) frozen(field);
    }
  }
  return Object.freeze(value);
}

function copied(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.slice();
    for (let i = 0; i < items.length; i++) {
      const item = items[i];
      if (typeof item === 'object' && item !== null) items[i] = copied(item);
    }
    return items;
  }
  // A spread keeps the shape of the object, which makes it far faster than field after field.
  const out: { [name: string]: Json } = { ...value };
  for (const name in out) {
    const field = out[name];
    if (typeof field === 'object' && field !== null) out[name] = copied(field);
    // As in JSON: a field that is not there.
    else if (field === undefined) delete out[name];
  }
  return out;
}
