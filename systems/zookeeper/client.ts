/**
 * The requests a client makes of a ZooKeeper server, over a session that is opened when it is needed.
 */
import { type Cluster, type NodeId, OpFailure } from '../../harness/contracts.ts';
import type { JuteReader } from './jute.ts';
import { OP, ZooKeeperSession } from './session.ts';

/** What is known of a znode beside its data. */
export interface Stat {
  /** The transactions that made it and changed it last. */
  czxid: bigint;
  mzxid: bigint;
  version: number;
}

const EPHEMERAL = 1;
const ALL_RIGHTS = 31;
/** What clients ask for; the server keeps between 2 and 20 ticks. */
const SESSION_MS = 4_000;

/** One client's way to one server. */
export class ZooKeeperClient {
  readonly #cluster: Cluster;
  readonly #node: NodeId;
  #session: ZooKeeperSession | null = null;

  constructor(cluster: Cluster, node: NodeId) {
    this.#cluster = cluster;
    this.#node = node;
  }

  /** A session beside the client's own. */
  open(signal: AbortSignal, timeoutMs = SESSION_MS, pings = true): Promise<ZooKeeperSession> {
    const state = this.#cluster.state(this.#node);
    if (state === 'stopped' || state === 'crashed') {
      const message = `${this.#node} is down`;
      throw new OpFailure({ definite: true, kind: 'connection-refused', message });
    }
    const at = this.#cluster.clientAddress(this.#node, 'client');
    return ZooKeeperSession.open(at, { timeoutMs, pings, signal });
  }

  /** Data and state of a znode; null where there is none. */
  async read(path: string, signal: AbortSignal): Promise<{ data: string; stat: Stat } | null> {
    return harmless(async () => {
      const session = await this.#ready(signal);
      const answer = await unless('no-node', () =>
        session.request(OP.getData, (record) => record.text(path).bool(false), signal),
      );
      if (answer === null) return null;
      return { data: answer.body.text(), stat: readStat(answer.body) };
    });
  }

  /** Names of the children of a znode. */
  async children(path: string, signal: AbortSignal): Promise<string[]> {
    return harmless(async () => {
      const session = await this.#ready(signal);
      const answer = await unless('no-node', () =>
        session.request(OP.getChildren, (record) => record.text(path).bool(false), signal),
      );
      return answer === null ? [] : answer.body.texts();
    });
  }

  /** Waits until the server has heard of everything its leader knew of when it was asked. */
  async sync(path: string, signal: AbortSignal): Promise<void> {
    await harmless(async () => {
      const session = await this.#ready(signal);
      await session.request(OP.sync, (record) => record.text(path), signal);
    });
  }

  /** Writes the data of a znode at a version, any for -1; null where there is no such znode. */
  async write(path: string, data: string, version: number, signal: AbortSignal): Promise<bigint | null> {
    const session = await this.#ready(signal);
    const answer = await unless('no-node', () =>
      session.request(OP.setData, (record) => record.text(path).text(data).int(version), signal),
    );
    return answer === null ? null : answer.zxid;
  }

  /** Makes a znode; null where there is one already. Its transaction otherwise. */
  async create(path: string, data: string, signal: AbortSignal): Promise<bigint | null> {
    return create(await this.#ready(signal), path, data, 0, signal);
  }

  /** Drops the connection; the session ends by itself. */
  close(): void {
    this.#session?.drop();
    this.#session = null;
  }

  async #ready(signal: AbortSignal): Promise<ZooKeeperSession> {
    if (this.#session?.alive !== true) this.#session = await this.open(signal);
    return this.#session;
  }
}

/** Makes a znode that lives as long as the session; null where there is one already. */
export function createEphemeral(
  session: ZooKeeperSession,
  path: string,
  signal: AbortSignal,
): Promise<bigint | null> {
  return create(session, path, '', EPHEMERAL, signal);
}

async function create(
  session: ZooKeeperSession,
  path: string,
  data: string,
  flags: number,
  signal: AbortSignal,
): Promise<bigint | null> {
  const answer = await unless('node-exists', () =>
    session.request(
      OP.create,
      (record) => record.text(path).text(data).int(1).int(ALL_RIGHTS).text('world').text('anyone').int(flags),
      signal,
    ),
  );
  return answer === null ? null : answer.zxid;
}

/** The epoch of a transaction: the leader that made it. */
export function epochOf(zxid: bigint): number {
  return Number(zxid >> 32n);
}

function readStat(record: JuteReader): Stat {
  const czxid = record.long();
  const mzxid = record.long();
  record.long();
  record.long();
  return { czxid, mzxid, version: record.int() };
}

/** Null for the one refusal that is an answer. */
async function unless<T>(kind: string, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OpFailure && error.error.kind === kind) return null;
    throw error;
  }
}

/** What changes nothing failed for certain when it failed. */
async function harmless<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OpFailure) throw new OpFailure({ ...error.error, definite: true });
    throw error;
  }
}
