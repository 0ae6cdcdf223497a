/**
 * The siblings workload as requests of a Dynamo-style store. A client remembers the causal past of every value it
 * was given, and sends the pasts of those it says it has read with the value that replaces them.
 */
import type { Json } from '../harness/op.ts';
import { textOf } from './reference/canonical.ts';
import { join, NOTHING, type Past } from './reference/dynamo/causal.ts';
import type { Version } from './reference/dynamo/versions.ts';
import { field, keyOf, type RpcTable } from './rpc.ts';

/** The requests of one client. */
export function siblingsRpcs(): RpcTable {
  const known = new Map<string, Past>();
  const nameOf = (key: Json, value: Json): string => `${textOf(key)} ${textOf(value)}`;
  const learn = (key: Json, { value, past, dot }: Version): void => {
    known.set(nameOf(key, value), join(past, NOTHING, dot));
  };
  return {
    get: {
      request: (op) => ({ type: 'get', key: keyOf(op) }),
      value: (reply, op) => {
        const versions = field(reply, 'versions') as unknown as Version[];
        for (const version of versions) learn(keyOf(op), version);
        return versions.map((version) => version.value);
      },
    },
    put: {
      request: (op) => {
        const { value, context } = op.value as { value: Json; context: Json[] };
        const pasts = context.map((read) => known.get(nameOf(keyOf(op), read)) ?? NOTHING);
        const past = pasts.reduce((all, one) => join(all, one), NOTHING);
        return { type: 'put', key: keyOf(op), value, context: past as unknown as Json };
      },
      value: (_, op) => op.value,
    },
  };
}
