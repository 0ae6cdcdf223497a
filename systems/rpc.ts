/**
 * Operations as Maelstrom RPCs: which request each operation of a workload is and what its reply must hold.
 * Shared by every system that speaks the protocol.
 */
import { type Client, type Cluster, type Invocation, type NodeId, OpFailure } from '../harness/contracts.ts';
import type { Json } from '../harness/op.ts';

/** Body of a message. */
export type Body = Record<string, Json>;

/** How one operation is asked and its reply read. */
export interface Rpc {
  request(op: Invocation): Body;
  /** The completed value; throws `OpFailure` when the reply cannot be what the operation asks for. */
  value(reply: Body, op: Invocation): Json;
  /** What a failure means here: a value when it is an answer all the same, or the failure to report. */
  failed?(failure: OpFailure): Json;
}

/** RPCs of one workload by operation. */
export type RpcTable = Readonly<Record<string, Rpc>>;

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
  set: SET,
  leader: LEADER,
  'unique-ids': UNIQUE_IDS,
  echo: ECHO,
};

/** The set workload as `broadcast` nodes know it. */
export const BROADCAST: RpcTable = BROADCAST_SET;

/** Operation names of each of the given workloads, as `System.workloads` wants them. */
export function operationsOf(names: readonly string[]): Record<string, readonly string[]> {
  return Object.fromEntries(names.map((name) => [name, Object.keys(RPCS[name] ?? {})]));
}

/** A client of one node that speaks the given RPCs over the cluster's own connection. */
export function rpcClient(
  cluster: Cluster,
  node: NodeId,
  clientName: string,
  rpcs: RpcTable,
  decorate: (body: Body) => Body = (body) => body,
): Client {
  return {
    async invoke(op, { signal, timeoutMs }) {
      const rpc = rpcs[op.f];
      if (rpc === undefined) {
        throw new OpFailure({ definite: true, kind: 'not-supported', message: `no RPC for ${op.f}` });
      }
      const body = decorate(rpc.request(op));
      try {
        const reply = await cluster.request(node, body, { timeoutMs, signal, client: clientName });
        return rpc.value(reply, op);
      } catch (error) {
        if (error instanceof OpFailure && rpc.failed !== undefined) return rpc.failed(error);
        throw error;
      }
    },
    close: async () => {},
  };
}

function keyOf(op: Invocation): Json {
  return op.key ?? null;
}

/** A field the reply must have. Without it the operation's effect is unknown. */
function field(reply: Body, name: string): Json {
  const value = reply[name];
  if (value !== undefined) return value;
  throw malformed(reply, `has no "${name}"`);
}

/** A list the reply must have; null counts as the empty list, as in languages whose empty lists are null. */
function listField(reply: Body, name: string): Json {
  const value = field(reply, name);
  if (value === null) return [];
  if (Array.isArray(value)) return value;
  throw malformed(reply, `has no list in "${name}"`);
}

function malformed(reply: Body, what: string): OpFailure {
  const message = `the reply ${JSON.stringify(reply).slice(0, 200)} ${what}`;
  return new OpFailure({ definite: false, kind: 'malformed-reply', message });
}
