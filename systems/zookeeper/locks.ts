/**
 * Locks: an ephemeral znode of a session that is not kept alive, so that it is a lease of the session's timeout. The
 * transaction that made the znode is the token. What the lock guards is another znode; with fencing it remembers the
 * highest token it has seen and refuses lower ones.
 */
import { type Invocation, OpFailure } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { createEphemeral } from './client.ts';
import type { Operation, ZooKeeperCall } from './objects.ts';
import type { ZooKeeperSession } from './session.ts';

/** Operations of the `lock` workload for one client, and what ends the sessions it left. */
export function lockOperations(fencing: boolean): {
  operations: Readonly<Record<string, Operation>>;
  close(): void;
} {
  const held = new Map<string, { session: ZooKeeperSession; token: number }>();
  const operations: Record<string, Operation> = {
    async acquire(op, { client, signal }) {
      const { ttlMs } = op.value as { ttlMs: number };
      const session = await client.open(signal, ttlMs, false);
      const path = lockPath(op);
      const zxid = await createEphemeral(session, path, signal).catch((error: unknown) => {
        session.drop();
        throw error;
      });
      if (zxid === null) {
        await session.close(signal).catch(() => session.drop());
        return false;
      }
      held.get(path)?.session.drop();
      held.set(path, { session, token: Number(zxid) });
      return { token: Number(zxid), ttlMs: session.timeoutMs };
    },
    async release(op, { signal }) {
      const { token } = op.value as { token: number };
      const mine = held.get(lockPath(op));
      if (mine === undefined || mine.token !== token || !mine.session.alive) {
        const message = 'the session that held the lock is over';
        throw new OpFailure({ definite: true, kind: 'precondition-failed', message });
      }
      held.delete(lockPath(op));
      await mine.session.close(signal);
      return op.value;
    },
    write: (op, call) => write(op, call, fencing),
  };
  const close = (): void => {
    for (const { session } of held.values()) session.drop();
    held.clear();
  };
  return { operations, close };
}

async function write(op: Invocation, { client, signal }: ZooKeeperCall, fencing: boolean): Promise<Json> {
  const { token } = op.value as { token: number };
  const path = `/resource-${encodeURIComponent(JSON.stringify(op.key ?? null))}`;
  const data = JSON.stringify(op.value);
  for (;;) {
    const found = await client.read(path, signal);
    if (found === null) {
      if ((await client.create(path, data, signal)) !== null) return op.value;
      continue;
    }
    const seen = (JSON.parse(found.data) as { token: number }).token;
    if (fencing && seen > token) {
      throw new OpFailure({ definite: true, kind: 'stale-token', message: `token ${seen} has written` });
    }
    try {
      await client.write(path, data, fencing ? found.stat.version : -1, signal);
      return op.value;
    } catch (error) {
      // Somebody else was faster: look again.
      if (!(error instanceof OpFailure) || error.error.kind !== 'bad-version') throw error;
    }
  }
}

function lockPath(op: Invocation): string {
  return `/lock-${encodeURIComponent(JSON.stringify(op.key ?? null))}`;
}
