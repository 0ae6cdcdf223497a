/**
 * Locks on leases, as etcd's own lock does it: the lock is a key that lives as long as a lease, and the revision that
 * made it is the token. What the lock guards is another key. With fencing it remembers the highest token it has seen and
 * refuses lower ones; without, it takes any write, as most stores do.
 */
import { type Invocation, OpFailure } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { encode, int64 } from './gateway.ts';
import { type EtcdCall, keyValues, type Operation, revisionOf } from './objects.ts';

/** Operations of the `lock` workload. */
export function lockOperations(fencing: boolean): Readonly<Record<string, Operation>> {
  return { acquire, release, write: fencing ? fencedWrite : plainWrite };
}

/** A lease, then the key if nobody has it. The time of the lease is what etcd granted, in whole seconds. */
async function acquire(op: Invocation, { gateway, signal }: EtcdCall): Promise<Json> {
  const { ttlMs } = op.value as { ttlMs: number };
  // Until the key is there nothing has happened that another client could notice.
  const lease = await gateway.call(
    '/v3/lease/grant',
    { TTL: Math.max(1, Math.ceil(ttlMs / 1000)) },
    { signal, harmless: true },
  );
  const key = encode(lockKey(op));
  const id = String(lease['ID']);
  const answer = await gateway.call(
    '/v3/kv/txn',
    {
      compare: [{ key, target: 'CREATE', result: 'EQUAL', createRevision: '0' }],
      success: [{ requestPut: { key, lease: id } }],
    },
    { signal },
  );
  if (answer['succeeded'] === true) return { token: revisionOf(answer), ttlMs: int64(lease['TTL']) * 1000 };
  // A lease nobody uses runs out by itself, so that this may fail.
  await gateway.call('/v3/lease/revoke', { ID: id }, { signal, harmless: true }).catch(() => undefined);
  return false;
}

async function release(op: Invocation, { gateway, signal }: EtcdCall): Promise<Json> {
  const { token } = op.value as { token: number };
  const key = encode(lockKey(op));
  const answer = await gateway.call(
    '/v3/kv/txn',
    {
      compare: [{ key, target: 'MOD', result: 'EQUAL', modRevision: String(token) }],
      success: [{ requestDeleteRange: { key } }],
    },
    { signal },
  );
  if (answer['succeeded'] === true) return op.value;
  throw new OpFailure({ definite: true, kind: 'precondition-failed', message: 'the lease had run out' });
}

async function plainWrite(op: Invocation, { gateway, signal }: EtcdCall): Promise<Json> {
  const body = { key: encode(resourceKey(op)), value: encode(JSON.stringify(op.value)) };
  await gateway.call('/v3/kv/put', body, { signal });
  return op.value;
}

async function fencedWrite(op: Invocation, { gateway, signal }: EtcdCall): Promise<Json> {
  const { token } = op.value as { token: number };
  const key = encode(resourceKey(op));
  for (;;) {
    const [found] = keyValues(await gateway.call('/v3/kv/range', { key }, { signal, harmless: true }));
    const seen = found === undefined ? 0 : (JSON.parse(found.value) as { token: number }).token;
    if (seen > token) {
      throw new OpFailure({ definite: true, kind: 'stale-token', message: `token ${seen} has written` });
    }
    const modRevision = String(found?.modRevision ?? 0);
    const answer = await gateway.call(
      '/v3/kv/txn',
      {
        compare: [{ key, target: 'MOD', result: 'EQUAL', modRevision }],
        success: [{ requestPut: { key, value: encode(JSON.stringify(op.value)) } }],
      },
      { signal },
    );
    if (answer['succeeded'] === true) return op.value;
  }
}

function lockKey(op: Invocation): string {
  return `lock/${JSON.stringify(op.key ?? null)}`;
}

function resourceKey(op: Invocation): string {
  return `resource/${JSON.stringify(op.key ?? null)}`;
}
