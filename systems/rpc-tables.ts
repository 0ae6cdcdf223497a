/**
 * Which request each operation of each workload is. Plain tables; a workload whose client remembers something
 * between operations has a function that makes a table for one client.
 */
import { OpFailure } from '../harness/contracts.ts';
import type { Json } from '../harness/op.ts';
import { field, keyOf, listField, type RpcTable } from './rpc.ts';
import { siblingsRpcs } from './rpc-siblings.ts';

/** The key-value RPCs of `lin-kv`. */
const REGISTER: RpcTable = {
  read: {
    request: (op) => ({ type: 'read', key: keyOf(op) }),
    value: (reply) => field(reply, 'value'),
    failed: (failure) => {
      if (failure.error.kind === 'key-does-not-exist') return null;
      throw failure;
    },
  },
  write: {
    request: (op) => ({ type: 'write', key: keyOf(op), value: op.value }),
    value: (_, op) => op.value,
  },
  cas: {
    request: (op) => {
      const [from, to] = op.value as [Json, Json];
      return { type: 'cas', key: keyOf(op), from, to };
    },
    value: (_, op) => op.value,
  },
};

/** The RPCs of `g-set`. */
const SET: RpcTable = {
  add: { request: (op) => ({ type: 'add', element: op.value }), value: (_, op) => op.value },
  read: { request: () => ({ type: 'read' }), value: (reply) => listField(reply, 'value') },
};

/** The set workload over the RPCs of `broadcast`. */
const BROADCAST_SET: RpcTable = {
  add: { request: (op) => ({ type: 'broadcast', message: op.value }), value: (_, op) => op.value },
  read: { request: () => ({ type: 'read' }), value: (reply) => listField(reply, 'messages') },
};

/** Commands that only a leader accepts; spoken by the reference systems. */
const LEADER: RpcTable = {
  command: {
    request: (op) => ({ type: 'command', command: op.value }),
    value: (reply, op) => {
      const out: { [name: string]: Json } = { command: op.value };
      for (const name of ['term', 'by']) {
        const value = reply[name];
        if (value !== undefined && value !== null) out[name] = value;
      }
      return out;
    },
    failed: ({ error }) => {
      throw new OpFailure(
        error.kind === 'temporarily-unavailable' ? { ...error, kind: 'not-leader' } : error,
      );
    },
  },
};

/** Locks with leases and fencing tokens, and a resource that they guard. */
const LOCK: RpcTable = {
  acquire: {
    request: (op) => ({ type: 'acquire', key: keyOf(op), ...(op.value as object) }),
    value: (reply) =>
      reply['granted'] === true ? { token: field(reply, 'token'), ttlMs: field(reply, 'ttlMs') } : false,
  },
  release: {
    request: (op) => ({ type: 'release', key: keyOf(op), ...(op.value as object) }),
    value: (_, op) => op.value,
  },
  write: {
    request: (op) => ({ type: 'write', key: keyOf(op), ...(op.value as object) }),
    value: (_, op) => op.value,
  },
};

/** What is in a cart and what is done to it, resolved by the store. */
const CART: RpcTable = {
  add: { request: (op) => ({ type: 'cart', key: keyOf(op), add: op.value }), value: (_, op) => op.value },
  remove: {
    request: (op) => ({ type: 'cart', key: keyOf(op), remove: op.value }),
    value: (_, op) => op.value,
  },
  read: { request: (op) => ({ type: 'cart', key: keyOf(op) }), value: (reply) => listField(reply, 'items') },
};

/** Counters: of any sign, or only up. */
const COUNTER: RpcTable = {
  add: { request: (op) => ({ type: 'add', delta: op.value }), value: (_, op) => op.value },
  read: { request: () => ({ type: 'read', object: 'counter' }), value: (reply) => field(reply, 'value') },
};

const OR_SET: RpcTable = {
  ...SET,
  remove: { request: (op) => ({ type: 'remove', element: op.value }), value: (_, op) => op.value },
};

/** The RPCs of `broadcast`. */
const BROADCAST_VALUES: RpcTable = {
  broadcast: { request: (op) => ({ type: 'broadcast', message: op.value }), value: (_, op) => op.value },
  read: BROADCAST_SET['read']!,
};

/** A queue; an empty one fails with a kind of its own. */
const QUEUE: RpcTable = {
  enqueue: { request: (op) => ({ type: 'enqueue', value: op.value }), value: (_, op) => op.value },
  dequeue: {
    request: () => ({ type: 'dequeue' }),
    value: (reply) => field(reply, 'value'),
    failed: ({ error }) => {
      throw new OpFailure(error.kind === 'key-does-not-exist' ? { ...error, kind: 'empty' } : error);
    },
  },
};

/** Requests by number, and every effect there was. */
const REQUESTS: RpcTable = {
  submit: { request: (op) => ({ type: 'submit', value: op.value }), value: (_, op) => op.value },
  read: { request: () => ({ type: 'read' }), value: (reply) => listField(reply, 'value') },
};

const LIST_APPEND: RpcTable = {
  txn: { request: (op) => ({ type: 'txn', txn: op.value }), value: (reply) => field(reply, 'txn') },
};

/** Proposals and decisions by instance, and what a node told another. */
const AGREEMENT: RpcTable = {
  propose: {
    request: (op) => ({ type: 'propose', instance: keyOf(op), value: op.value }),
    value: (_, op) => op.value,
  },
  decide: {
    request: (op) => ({ type: 'decide', instance: keyOf(op) }),
    value: (reply) => field(reply, 'value'),
  },
  say: {
    request: (op) => ({ type: 'say', instance: keyOf(op), ...(op.value as object) }),
    value: (reply, op) => {
      const value = field(reply, 'value');
      return value === null ? null : { ...(op.value as object), value };
    },
  },
};

const UNIQUE_IDS: RpcTable = {
  generate: { request: () => ({ type: 'generate' }), value: (reply) => field(reply, 'id') },
};

const ECHO: RpcTable = {
  echo: {
    request: (op) => ({ type: 'echo', echo: op.value }),
    value: (reply) => field(reply, 'echo'),
  },
};

/** RPC tables by workload. */
export const RPCS: Readonly<Record<string, RpcTable>> = {
  register: REGISTER,
  'last-write': { read: REGISTER['read']!, write: REGISTER['write']! },
  set: SET,
  leader: LEADER,
  lock: LOCK,
  broadcast: BROADCAST_VALUES,
  'g-counter': COUNTER,
  'pn-counter': COUNTER,
  'or-set': OR_SET,
  queue: QUEUE,
  requests: REQUESTS,
  'list-append': LIST_APPEND,
  'rw-register': LIST_APPEND,
  agreement: AGREEMENT,
  cart: CART,
  siblings: siblingsRpcs(),
  'unique-ids': UNIQUE_IDS,
  echo: ECHO,
};

/** The set workload as `broadcast` nodes know it. */
export const BROADCAST: RpcTable = BROADCAST_SET;

/** Operation names of each of the given workloads, as `System.workloads` wants them. */
export function operationsOf(names: readonly string[]): Record<string, readonly string[]> {
  return Object.fromEntries(names.map((name) => [name, Object.keys(rpcsFor(name))]));
}

/** The requests one client makes for a workload; empty for one that is not known. */
export function rpcsFor(workload: string): RpcTable {
  if (workload === 'siblings') return siblingsRpcs();
  return RPCS[workload] ?? {};
}
