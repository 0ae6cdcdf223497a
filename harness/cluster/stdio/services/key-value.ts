/**
 * What the key-value services of the Maelstrom protocol have in common: `read`, `write` and `cas` as bodies,
 * on anything that can be looked up and stored. How consistent a service is, is how it picks that store.
 */
import type { Json } from '../../../op.ts';

/** A store a request runs on. Keys are canonical JSON, so that `1` and `"1"` differ and key order does not. */
export interface Store {
  get(key: string): Json | undefined;
  set(key: string, value: Json): void;
}

/** The body of a request, integers wrapped where they would be rounded. */
export type Body = Record<string, Json>;

/** Runs a request; the reply's body without `in_reply_to`. Unknown types get error 10. */
export function runKeyValue(body: Body, store: Store, mayCreate: boolean): Body {
  const key = canonical(body['key'] ?? null);
  const current = store.get(key);
  switch (body['type']) {
    case 'read':
      return current === undefined ? missing(key) : { type: 'read_ok', value: current };
    case 'write':
      store.set(key, body['value'] ?? null);
      return { type: 'write_ok' };
    case 'cas': {
      const create = mayCreate && body['create_if_not_exists'] === true;
      if (current === undefined && !create) return missing(key);
      if (current !== undefined && canonical(current) !== canonical(body['from'] ?? null)) {
        const text = `expected ${JSON.stringify(body['from'] ?? null)}, had ${JSON.stringify(current)}`;
        return { type: 'error', code: 22, text };
      }
      store.set(key, body['to'] ?? null);
      return { type: 'cas_ok' };
    }
    default:
      return {
        type: 'error',
        code: 10,
        text: `unknown request type ${JSON.stringify(body['type'] ?? null)}`,
      };
  }
}

/** JSON with sorted keys: equal exactly when the values are. */
export function canonical(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key]!)}`).join(',')}}`;
}

function missing(key: string): Body {
  return { type: 'error', code: 20, text: `no key ${key}` };
}
