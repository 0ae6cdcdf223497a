/**
 * Registers and a set on etcd's keys. A write is a put, a compare-and-set one transaction, an element of the set a key
 * of its own.
 */
import { type Invocation, OpFailure } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { decode, type EtcdGateway, encode, int64, type Message } from './gateway.ts';

/** What an operation works with. */
export interface EtcdCall {
  gateway: EtcdGateway;
  signal: AbortSignal;
  /** Reads are answered by the member itself, without asking the others whether it is up to date. */
  serializable: boolean;
}

/** Does one operation; resolves with the completed value. */
export type Operation = (op: Invocation, call: EtcdCall) => Promise<Json>;

/** A key with what etcd knows of it. */
export interface KeyValue {
  key: string;
  value: string;
  modRevision: number;
}

/** Operations of the `register` workload. */
export const REGISTER: Readonly<Record<string, Operation>> = {
  async read(op, { gateway, signal, serializable }) {
    const body = { key: encode(registerKey(op)), serializable };
    const [found] = keyValues(await gateway.call('/v3/kv/range', body, { signal, harmless: true }));
    return found === undefined ? null : (JSON.parse(found.value) as Json);
  },
  async write(op, { gateway, signal }) {
    const body = { key: encode(registerKey(op)), value: encode(JSON.stringify(op.value)) };
    await gateway.call('/v3/kv/put', body, { signal });
    return op.value;
  },
  async cas(op, { gateway, signal }) {
    const [from, to] = op.value as [Json, Json];
    const key = encode(registerKey(op));
    const compare = { key, target: 'VALUE', result: 'EQUAL', value: encode(JSON.stringify(from)) };
    const put = { requestPut: { key, value: encode(JSON.stringify(to)) } };
    const done = await gateway.call('/v3/kv/txn', { compare: [compare], success: [put] }, { signal });
    if (done['succeeded'] === true) return op.value;
    throw new OpFailure({ definite: true, kind: 'precondition-failed', message: 'another value is there' });
  },
};

/** Operations of the `set` workload. */
export const SET: Readonly<Record<string, Operation>> = {
  async add(op, { gateway, signal }) {
    await gateway.call('/v3/kv/put', { key: encode(`set/${JSON.stringify(op.value)}`) }, { signal });
    return op.value;
  },
  async read(_op, { gateway, signal, serializable }) {
    const body = { ...prefix('set/'), keysOnly: true, serializable };
    const found = keyValues(await gateway.call('/v3/kv/range', body, { signal, harmless: true }));
    return found.map(({ key }) => JSON.parse(key.slice('set/'.length)) as Json);
  },
};

/** Keys of a range answer. */
export function keyValues(answer: Message): KeyValue[] {
  const kvs = (answer['kvs'] ?? []) as Message[];
  return kvs.map(keyValue);
}

/** One key of an answer. */
export function keyValue(kv: Message): KeyValue {
  return {
    key: decode(kv['key']),
    value: decode(kv['value']),
    modRevision: int64(kv['mod_revision'] ?? kv['modRevision']),
  };
}

/** The revision of the store when a request was answered. */
export function revisionOf(answer: Message): number {
  return int64((answer['header'] as Message | undefined)?.['revision']);
}

/** All keys that begin so; the text must end in a character that is not the last one. */
export function prefix(text: string): { key: string; rangeEnd: string } {
  const last = String.fromCharCode(text.charCodeAt(text.length - 1) + 1);
  return { key: encode(text), rangeEnd: encode(text.slice(0, -1) + last) };
}

function registerKey(op: Invocation): string {
  return `register/${JSON.stringify(op.key ?? null)}`;
}
