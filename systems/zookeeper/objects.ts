/**
 * Registers and a set on znodes. A write sets the data of a znode or makes it; a compare-and-set reads a version and
 * writes on the condition that it is still the one; an element of the set is a child.
 */
import { type Invocation, OpFailure } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import type { ZooKeeperClient } from './client.ts';

/** What an operation works with. */
export interface ZooKeeperCall {
  client: ZooKeeperClient;
  signal: AbortSignal;
  /** A server catches up with its leader before it answers a read. */
  sync: boolean;
}

/** Does one operation; resolves with the completed value. */
export type Operation = (op: Invocation, call: ZooKeeperCall) => Promise<Json>;

/** Operations of the `register` workload. */
export const REGISTER: Readonly<Record<string, Operation>> = {
  async read(op, { client, signal, sync }) {
    const path = registerPath(op);
    if (sync) await client.sync(path, signal);
    const found = await client.read(path, signal);
    return found === null ? null : (JSON.parse(found.data) as Json);
  },
  async write(op, { client, signal }) {
    const [path, data] = [registerPath(op), JSON.stringify(op.value)];
    for (;;) {
      if ((await client.write(path, data, -1, signal)) !== null) return op.value;
      if ((await client.create(path, data, signal)) !== null) return op.value;
    }
  },
  async cas(op, { client, signal, sync }) {
    const [from, to] = op.value as [Json, Json];
    const path = registerPath(op);
    // A refusal says what is there: as much a read as any.
    if (sync) await client.sync(path, signal);
    const found = await client.read(path, signal);
    if (found === null || found.data !== JSON.stringify(from)) throw refused();
    try {
      const done = await client.write(path, JSON.stringify(to), found.stat.version, signal);
      if (done !== null) return op.value;
    } catch (error) {
      // Somebody wrote in between, and perhaps the same value: no word on what is there, hence no refusal.
      if (!(error instanceof OpFailure) || error.error.kind !== 'bad-version') throw error;
      throw new OpFailure({ definite: true, kind: 'conflict', message: 'written after it was read' });
    }
    throw refused();
  },
};

const SET_PATH = '/set';

/** Operations of the `set` workload. */
export const SET: Readonly<Record<string, Operation>> = {
  async add(op, { client, signal }) {
    const path = `${SET_PATH}/${JSON.stringify(op.value)}`;
    for (;;) {
      try {
        await client.create(path, '', signal);
        return op.value;
      } catch (error) {
        if (!(error instanceof OpFailure) || error.error.kind !== 'no-node') throw error;
        await client.create(SET_PATH, '', signal);
      }
    }
  },
  async read(_op, { client, signal, sync }) {
    if (sync) await client.sync(SET_PATH, signal);
    return (await client.children(SET_PATH, signal)).map((name) => JSON.parse(name) as Json);
  },
};

function registerPath(op: Invocation): string {
  return `/register-${encodeURIComponent(JSON.stringify(op.key ?? null))}`;
}

function refused(): OpFailure {
  return new OpFailure({ definite: true, kind: 'precondition-failed', message: 'another value is there' });
}
