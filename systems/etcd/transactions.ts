/**
 * Transactions that append to lists. etcd's transactions compare, then write what they were given: so one reads all its
 * keys at one revision, works out what they shall hold, and writes on the condition that none has changed since.
 */
import { OpFailure } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { encode, type Message } from './gateway.ts';
import { type EtcdCall, keyValues, type Operation } from './objects.ts';

type Mop = ['append' | 'r', Json, Json];

/** What a transaction found under a key, and what it shall hold. */
interface Entry {
  modRevision: number;
  list: readonly Json[];
  changed: boolean;
}

/** Operations of the `list-append` workload. */
export const LIST_APPEND: Readonly<Record<string, Operation>> = {
  async txn(op, call) {
    const mops = op.value as Mop[];
    const entries = await readAll([...new Set(mops.map(([, key]) => keyOf(key)))], call);
    const done = mops.map(([f, key, value]): Json => {
      const entry = entries.get(keyOf(key))!;
      if (f === 'r') return [f, key, [...entry.list]];
      entries.set(keyOf(key), { ...entry, list: [...entry.list, value], changed: true });
      return [f, key, value];
    });
    if ([...entries.values()].some(({ changed }) => changed)) await commit(entries, call);
    return done;
  },
};

async function readAll(keys: readonly string[], call: EtcdCall): Promise<Map<string, Entry>> {
  const { gateway, signal, serializable } = call;
  const success = keys.map((key) => ({ requestRange: { key: encode(key), serializable } }));
  const answer = await gateway.call('/v3/kv/txn', { success }, { signal, harmless: true });
  const responses = (answer['responses'] ?? []) as Message[];
  if (responses.length !== keys.length) {
    const message = `${responses.length} answers to ${keys.length} reads`;
    throw new OpFailure({ definite: true, kind: 'malformed-reply', message });
  }
  return new Map(
    keys.map((key, i): [string, Entry] => {
      const range = (responses[i]!['responseRange'] ?? responses[i]!['response_range'] ?? {}) as Message;
      const [found] = keyValues(range);
      if (found === undefined) return [key, { modRevision: 0, list: [], changed: false }];
      const { modRevision, value } = found;
      return [key, { modRevision, list: JSON.parse(value) as Json[], changed: false }];
    }),
  );
}

/** Writes the changed keys if no key that was read has changed meanwhile. */
async function commit(entries: ReadonlyMap<string, Entry>, { gateway, signal }: EtcdCall): Promise<void> {
  const all = [...entries];
  const compare = all.map(([key, { modRevision }]) => ({
    key: encode(key),
    target: 'MOD',
    result: 'EQUAL',
    modRevision: String(modRevision),
  }));
  const success = all
    .filter(([, { changed }]) => changed)
    .map(([key, { list }]) => ({ requestPut: { key: encode(key), value: encode(JSON.stringify(list)) } }));
  const answer = await gateway.call('/v3/kv/txn', { compare, success }, { signal });
  if (answer['succeeded'] === true) return;
  throw new OpFailure({ definite: true, kind: 'conflict', message: 'a key changed after it was read' });
}

function keyOf(key: Json): string {
  return `list/${JSON.stringify(key)}`;
}
