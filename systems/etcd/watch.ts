/**
 * Logs on etcd: a message is a put, its offset the revision it made, and reading is watching. A watch must deliver every
 * change of a key once and in order, which is what the `kafka` workload judges.
 */
import type { Json } from '../../harness/op.ts';
import { encode, type Message } from './gateway.ts';
import { type EtcdCall, keyValue, keyValues, type Operation, revisionOf } from './objects.ts';

/** Operations of the `kafka` workload. */
export const LOGS: Readonly<Record<string, Operation>> = {
  async send(op, { gateway, signal }) {
    const body = { key: encode(logKey(op.key ?? null)), value: encode(JSON.stringify(op.value)) };
    return revisionOf(await gateway.call('/v3/kv/put', body, { signal }));
  },
  async poll(op, call) {
    const offsets = Object.entries(op.value as Record<string, number>);
    const messages = await Promise.all(offsets.map(([log, from]) => watched(log, from, call)));
    return Object.fromEntries(offsets.map(([log], i) => [log, messages[i]!]));
  },
  async commit(op, { gateway, signal }) {
    const success = Object.entries(op.value as Record<string, number>).map(([log, offset]) => ({
      requestPut: { key: encode(commitKey(log)), value: encode(String(offset)) },
    }));
    await gateway.call('/v3/kv/txn', { success }, { signal });
    return op.value;
  },
  async committed(op, { gateway, signal }) {
    const logs = op.value as string[];
    const read = (log: string) =>
      gateway.call('/v3/kv/range', { key: encode(commitKey(log)) }, { signal, harmless: true });
    const found: [string, Json][] = [];
    for (const log of logs) {
      const [kv] = keyValues(await read(log));
      if (kv !== undefined) found.push([log, Number(kv.value)]);
    }
    return Object.fromEntries(found);
  },
  // Who reads what is known to the clients alone.
  assign: async (op) => op.value,
};

/** Everything put to a log from a revision on, up to the latest one there is when this is asked. */
async function watched(log: string, from: number, { gateway, signal }: EtcdCall): Promise<Json> {
  const key = encode(logKey(log));
  const [latest] = keyValues(await gateway.call('/v3/kv/range', { key }, { signal, harmless: true }));
  const messages: Json[] = [];
  if (latest === undefined || latest.modRevision < from) return messages;
  const create = { key, startRevision: String(Math.max(1, from)) };
  await gateway.stream('/v3/watch', { createRequest: create }, signal, (message) => {
    const events = ((message['result'] as Message | undefined)?.['events'] ?? []) as Message[];
    for (const event of events) {
      const { value, modRevision } = keyValue((event['kv'] ?? {}) as Message);
      messages.push([modRevision, JSON.parse(value) as Json]);
    }
    const last = messages.at(-1) as [number, Json] | undefined;
    return last === undefined || last[0] < latest.modRevision;
  });
  return messages;
}

function logKey(log: Json): string {
  return `log/${String(log)}`;
}

function commitKey(log: string): string {
  return `commit/${log}`;
}
