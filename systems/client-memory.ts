/**
 * What the clients of a short run remember. The operations of a case are fixed in advance; some only make sense
 * with what an earlier answer held: the token of a lock, the values a read returned. Where a case leaves those
 * open (null), they are filled in here when the operation is asked.
 */
import type { Json } from '../harness/op.ts';
import type { CaseOp } from '../harness/sim/case.ts';

/** Length of a lease that is asked for in place of a write without a lock, ms: that of the `lock` workload. */
const TTL_MS = 150;

interface Fields {
  readonly [name: string]: Json;
}

/** Memory of all clients of one run. */
export class ClientMemory {
  readonly #tokens = new Map<number, { key: Json; token: Json }>();
  readonly #seen = new Map<number, { key: Json; values: Json }>();

  /** The operation with what was left open: who holds no lock asks for one, who has read nothing puts blindly. */
  adapt(op: CaseOp): CaseOp {
    const fields = fieldsOf(op.value);
    if (fields === null) return op;
    if ((op.f === 'write' || op.f === 'release') && fields['token'] === null) {
      const held = this.#tokens.get(op.client);
      if (held === undefined) return { ...op, f: 'acquire', value: { ttlMs: TTL_MS } };
      if (op.f === 'release') this.#tokens.delete(op.client);
      return { ...op, key: held.key, value: { ...fields, token: held.token } };
    }
    if (op.f === 'put' && fields['context'] === null) {
      const seen = this.#seen.get(op.client);
      this.#seen.delete(op.client);
      if (seen === undefined) return { ...op, value: { ...fields, context: [] } };
      return { ...op, key: seen.key, value: { ...fields, context: seen.values } };
    }
    return op;
  }

  /** An operation was answered. */
  learn({ f, client, key }: CaseOp, value: Json): void {
    const token = f === 'acquire' ? fieldsOf(value)?.['token'] : undefined;
    if (token !== undefined) this.#tokens.set(client, { key: key ?? null, token });
    if (f === 'get' && Array.isArray(value)) this.#seen.set(client, { key: key ?? null, values: value });
  }

  /** The process of this client has ended, and with it what it knew: it may hold no lock of another's. */
  forget(client: number): void {
    this.#tokens.delete(client);
    this.#seen.delete(client);
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
