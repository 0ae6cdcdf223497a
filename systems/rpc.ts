/**
 * Operations as requests of the Maelstrom protocol: what a request of an operation and its reply must hold, and
 * the client that sends them. Shared by every system that speaks the protocol.
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
      const rpc = rpcOf(rpcs, op);
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

/** How this operation is asked; throws `OpFailure` when there is no way. */
export function rpcOf(rpcs: RpcTable, op: Invocation): Rpc {
  const rpc = rpcs[op.f];
  if (rpc !== undefined) return rpc;
  throw new OpFailure({ definite: true, kind: 'not-supported', message: `no RPC for ${op.f}` });
}

/** The key of an operation, null for none. */
export function keyOf(op: Invocation): Json {
  return op.key ?? null;
}

/** A field the reply must have. Without it the operation's effect is unknown. */
export function field(reply: Body, name: string): Json {
  const value = reply[name];
  if (value !== undefined) return value;
  throw malformed(reply, `has no "${name}"`);
}

/** A list the reply must have; null counts as the empty list, as in languages whose empty lists are null. */
export function listField(reply: Body, name: string): Json {
  const value = field(reply, name);
  if (value === null) return [];
  if (Array.isArray(value)) return value;
  throw malformed(reply, `has no list in "${name}"`);
}

function malformed(reply: Body, what: string): OpFailure {
  const message = `the reply ${JSON.stringify(reply).slice(0, 200)} ${what}`;
  return new OpFailure({ definite: false, kind: 'malformed-reply', message });
}
