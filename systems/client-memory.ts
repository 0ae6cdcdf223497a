/**
 * What the clients of a case remember. The operations of a case are fixed in advance; some only make sense with
 * what an earlier answer held: the token of a lock, the values a read returned. Where a case leaves those open
 * (null), they are filled in here when the operation is asked.
 */
import type { Json } from '../harness/op.ts';
import type { CaseOp } from '../harness/sim/case.ts';

/** Length of a lease that is asked for in place of a write without a lock, ms: that of the `lock` workload. */
const TTL_MS = 150;

interface Fields {
  readonly [name: string]: Json;
}

/** What one client remembers. Immutable. */
export interface Remembered {
  readonly token?: { readonly key: Json; readonly token: Json };
  readonly seen?: { readonly key: Json; readonly values: Json };
}

/** A client that remembers nothing. */
export const BLANK: Remembered = {};

/**
 * The operation with what was left open, and what is remembered after asking it: who holds no lock asks for one,
 * who has read nothing puts blindly.
 */
export function filledIn(op: CaseOp, memory: Remembered): { op: CaseOp; memory: Remembered } {
  const fields = fieldsOf(op.value);
  if (fields === null) return { op, memory };
  if ((op.f === 'write' || op.f === 'release') && fields['token'] === null) {
    const { token: held, ...rest } = memory;
    if (held === undefined) return { op: { ...op, f: 'acquire', value: { ttlMs: TTL_MS } }, memory };
    const asked = { ...op, key: held.key, value: { ...fields, token: held.token } };
    return { op: asked, memory: op.f === 'release' ? rest : memory };
  }
  if (op.f === 'put' && fields['context'] === null) {
    const { seen, ...rest } = memory;
    if (seen === undefined) return { op: { ...op, value: { ...fields, context: [] } }, memory };
    return { op: { ...op, key: seen.key, value: { ...fields, context: seen.values } }, memory: rest };
  }
  return { op, memory };
}

/** What is remembered once an operation was answered. */
export function learned(memory: Remembered, { f, key }: Pick<CaseOp, 'f' | 'key'>, value: Json): Remembered {
  const token = f === 'acquire' ? fieldsOf(value)?.['token'] : undefined;
  if (token !== undefined) return { ...memory, token: { key: key ?? null, token } };
  if (f === 'get' && Array.isArray(value)) return { ...memory, seen: { key: key ?? null, values: value } };
  return memory;
}

/** Memory of all clients of one run. */
export class ClientMemory {
  readonly #clients = new Map<number, Remembered>();

  /** The operation with what was left open. */
  adapt(op: CaseOp): CaseOp {
    const filled = filledIn(op, this.#clients.get(op.client) ?? BLANK);
    this.#clients.set(op.client, filled.memory);
    return filled.op;
  }

  /** An operation was answered. */
  learn(op: CaseOp, value: Json): void {
    this.#clients.set(op.client, learned(this.#clients.get(op.client) ?? BLANK, op, value));
  }

  /** The process of this client has ended, and with it what it knew: it may hold no lock of another's. */
  forget(client: number): void {
    this.#clients.delete(client);
  }
}

/** An operation with everything open that depends on earlier answers. */
export function leftOpen(op: CaseOp): CaseOp {
  const fields = fieldsOf(op.value);
  if (fields === null) return op;
  for (const name of ['token', 'context'])
    if (Object.hasOwn(fields, name)) return { ...op, value: { ...fields, [name]: null } };
  return op;
}

function fieldsOf(value: Json): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}
