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
  /** Type of the reply, and the fields it has beside `type`, `in_reply_to` and `msg_id`. Absent: not looked at. */
  answer?: { type: string; keys: readonly string[] };
  /** It changes nothing: one without an answer counts as one that was not made. */
  harmless?: boolean;
}

/** RPCs of one workload by operation. */
export type RpcTable = Readonly<Record<string, Rpc>>;

/** A client of one node that speaks the given RPCs over the cluster's own connection. */
export function rpcClient(
  cluster: Cluster,
  node: NodeId,
  clientName: string,
  rpcs: RpcTable,
  decorate: (body: Body, key?: string) => Body = (body) => body,
): Client {
  return {
    async invoke(op, { signal, timeoutMs, key }) {
      const rpc = rpcOf(rpcs, op);
      const body = decorate(rpc.request(op), key);
      try {
        const reply = await cluster.request(node, body, { timeoutMs, signal, client: clientName });
        holdAgainst(rpc, reply, (what) => cluster.complain?.(node, what, JSON.stringify(reply)));
        return rpc.value(reply, op);
      } catch (error) {
        if (!(error instanceof OpFailure)) throw error;
        const failure = rpc.harmless === true ? new OpFailure({ ...error.error, definite: true }) : error;
        if (rpc.failed !== undefined) return rpc.failed(failure);
        throw failure;
      }
    },
    close: async () => {},
  };
}

const ENVELOPE: readonly string[] = ['type', 'in_reply_to', 'msg_id'];

/** Refuses a reply of another type; of a field that does not belong there it only complains. */
function holdAgainst({ answer }: Rpc, reply: Body, complain: (what: string) => void): void {
  if (answer === undefined) return;
  if (reply['type'] !== answer.type) throw malformed(reply, `is not of type ${answer.type}`);
  for (const key of Object.keys(reply)) {
    if (!answer.keys.includes(key) && !ENVELOPE.includes(key)) {
      complain(`unknown key "${key}" in ${answer.type}`);
    }
  }
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

/** A map the reply must have, its values read one by one; null counts as the empty map, undefined as malformed. */
export function mapField(reply: Body, name: string, read: (value: Json) => Json | undefined): Json {
  const value = field(reply, name);
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw malformed(reply, `has no map in "${name}"`);
  const entries = Object.entries(value).map(([key, one]): [string, Json] => {
    const known = read(one);
    if (known === undefined) throw malformed(reply, `has ${JSON.stringify(one)} in "${name}"`);
    return [key, known];
  });
  return Object.fromEntries(entries);
}

/** A reply that cannot be read: what the operation did is unknown. */
export function malformed(reply: Body, what: string): OpFailure {
  const message = `the reply ${JSON.stringify(reply).slice(0, 200)} ${what}`;
  return new OpFailure({ definite: false, kind: 'malformed-reply', message });
}
