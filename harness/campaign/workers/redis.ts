/**
 * The one home of BullMQ and of ioredis: queues of tries, and who is there. Both are loaded when workers are asked
 * for, and are not of the install: most campaigns run on one machine.
 *
 * Jobs are fetched by hand, since one worker serves many queues with the same few slots. A lock is renewed while a job
 * is carried out; the campaign looks for jobs whose lock has run out, and puts them back.
 */
import { wallMs, within } from '../../time.ts';
import type { RedisAddress } from './address.ts';
import type { BullJob, BullLibrary, BullQueue, BullWorker, RedisClient, RedisLibrary } from './bull-types.ts';
import { tlsTrouble, whyUnfit } from './fit-redis.ts';
import type { JobData, JobResult, NightRecord, WorkerRecord } from './messages.ts';
import { optionalPackage } from './optional-package.ts';

/** Workers or the store cannot be reached, or what reaches them is not installed: the environment's trouble. */
export class WorkersError extends Error {
  override readonly name = 'WorkersError';
}

/** After this without a renewal, a job is somebody else's, ms. */
export const LOCK_MS = 10_000;
/** How often jobs of lost workers are looked for, ms. */
const STALLED_MS = 3_000;
/** How long a record of a night or a worker holds without being renewed, ms. */
const PRESENT_MS = 10_000;
const CONNECT_MS = 8_000;
const PREFIX = 'faultline';
/** Nobody's patience is that long; lost workers are counted by who takes the job. */
const UNLIMITED = 1_000_000;

/** A try that was taken. */
export interface TakenJob {
  id: string;
  data: JobData;
  /** How often a worker was lost over it. */
  lost: number;
  /** False: it is somebody else's by now. */
  renew(): Promise<boolean>;
  complete(result: JobResult): Promise<void>;
  fail(because: string): Promise<void>;
  /** For somebody else to take. */
  handBack(): Promise<void>;
}

/** A try that ended. */
export interface EndedJob {
  id: string;
  lost: number;
  result: JobResult | null;
  failed: string | null;
}

/** A queue from the side of the campaign. */
export interface CampaignQueue {
  /** Adding what is there already changes nothing. */
  add(id: string, data: JobData): Promise<void>;
  ended(): Promise<EndedJob[]>;
  exists(id: string): Promise<boolean>;
  /** False: somebody carries it out. */
  remove(id: string): Promise<boolean>;
}

/** A queue from the side of a worker. */
export interface WorkerQueue {
  take(): Promise<TakenJob | null>;
  close(): Promise<void>;
}

/** The way to Redis. */
export interface Exchange {
  /** Why it cannot be reached at the moment; null when it can. */
  away(): string | null;
  announceNight(night: NightRecord): Promise<void>;
  nights(): Promise<NightRecord[]>;
  announceWorker(worker: WorkerRecord): Promise<void>;
  workers(): Promise<WorkerRecord[]>;
  leave(workerId: string): Promise<void>;
  campaignQueue(night: string, key: string): CampaignQueue;
  workerQueue(night: string, key: string): WorkerQueue;
  /** Removes nights that were announced the last time longer ago than this. */
  sweep(olderThanMs: number): Promise<void>;
  /** Removes a night with all of its queues. */
  forget(night: string): Promise<void>;
  close(): void;
}

/** Connects. Throws `WorkersError` when Redis does not answer, or the libraries are missing. */
export async function connect(address: RedisAddress, cwd: string): Promise<Exchange> {
  const { bull, redis } = await libraries(cwd);
  const client = new redis.Redis(address.url, {
    lazyConnect: true,
    maxRetriesPerRequest: null,
    connectTimeout: CONNECT_MS,
    retryStrategy: (times: number) => Math.min(200 * 2 ** Math.min(times, 6), 3_000),
  });
  const isTls = address.url.startsWith('rediss:');
  let trouble: string | null = 'no connection yet';
  client.on('error', (error: Error) => {
    trouble = tlsTrouble(error, isTls) ?? reasonOf(error);
  });
  client.on('close', () => {
    trouble ??= 'the connection was closed';
  });
  client.on('ready', () => {
    trouble = null;
  });
  try {
    await within(CONNECT_MS + 1_000, 'connecting', client.connect());
    await within(CONNECT_MS, 'its answer', client.ping());
  } catch (error) {
    client.disconnect();
    const why = trouble !== null && trouble !== 'no connection yet' ? trouble : reasonOf(error as Error);
    throw new WorkersError(`Redis at ${address.shown} cannot be used: ${why}`);
  }
  // Who may not ask it what it is has to try.
  const unfit = whyUnfit(await client.info().catch(() => ''));
  if (unfit !== null) {
    client.disconnect();
    throw new WorkersError(`Redis at ${address.shown} cannot be used: ${unfit}`);
  }
  return new BullExchange(client, bull, () => trouble);
}

function reasonOf({ message, code }: Error & { code?: string }): string {
  if (code === 'ECONNREFUSED') return 'nothing listens there (ECONNREFUSED)';
  if (code === 'ENOTFOUND') return 'there is no such host (ENOTFOUND)';
  if (/NOAUTH/.test(message)) return 'it asks for a password: redis://:password@host';
  if (/WRONGPASS/.test(message)) return 'it does not take this password';
  // What a server says may repeat what it was sent.
  return message.split('\n')[0]!.slice(0, 200);
}

async function libraries(cwd: string): Promise<{ bull: BullLibrary; redis: RedisLibrary }> {
  const [bull, redis] = await Promise.all(['bullmq', 'ioredis'].map((name) => optionalPackage(name, cwd)));
  if (bull === null || redis === null) {
    throw new WorkersError('workers need two packages that are not installed: npm install bullmq ioredis');
  }
  return { bull: bull as BullLibrary, redis: redis as RedisLibrary };
}

class BullExchange implements Exchange {
  readonly #client: RedisClient;
  readonly #bull: BullLibrary;
  readonly away: () => string | null;
  readonly #open: { close(force?: boolean): Promise<void> }[] = [];

  constructor(client: RedisClient, bull: BullLibrary, away: () => string | null) {
    this.#client = client;
    this.#bull = bull;
    this.away = away;
  }

  async announceNight(night: NightRecord): Promise<void> {
    await this.#client.zadd(`${PREFIX}:seen`, wallMs(), night.id);
    await this.#announce('nights', night.id, night);
  }

  async sweep(olderThanMs: number): Promise<void> {
    const old = await this.#client.zrangebyscore(`${PREFIX}:seen`, 0, wallMs() - olderThanMs);
    for (const night of old) await this.forget(night);
  }

  nights(): Promise<NightRecord[]> {
    return this.#present<NightRecord>('nights');
  }

  announceWorker(worker: WorkerRecord): Promise<void> {
    return this.#announce('workers', worker.id, worker);
  }

  workers(): Promise<WorkerRecord[]> {
    return this.#present<WorkerRecord>('workers');
  }

  async leave(workerId: string): Promise<void> {
    await this.#client.del(`${PREFIX}:workers:${workerId}`);
  }

  async #announce(kind: string, id: string, record: object): Promise<void> {
    await this.#client.sadd(`${PREFIX}:${kind}`, id);
    await this.#client.set(`${PREFIX}:${kind}:${id}`, JSON.stringify(record), 'PX', PRESENT_MS);
  }

  async #present<T>(kind: string): Promise<T[]> {
    const ids = (await this.#client.smembers(`${PREFIX}:${kind}`)).sort();
    if (ids.length === 0) return [];
    const texts = await this.#client.mget(...ids.map((id) => `${PREFIX}:${kind}:${id}`));
    const gone = ids.filter((_, i) => texts[i] === null);
    if (gone.length > 0) await this.#client.srem(`${PREFIX}:${kind}`, ...gone);
    return texts.flatMap((text) => (text === null || text === undefined ? [] : [JSON.parse(text) as T]));
  }

  campaignQueue(night: string, key: string): CampaignQueue {
    const options = { connection: this.#client, prefix: PREFIX };
    const queue = this.#opened(new this.#bull.Queue(queueName(night, key), options));
    const watch = this.#opened(
      new this.#bull.Worker(queueName(night, key), null, {
        ...{ ...options, autorun: false, lockDuration: LOCK_MS },
        ...{ stalledInterval: STALLED_MS, maxStalledCount: UNLIMITED },
      }),
    );
    void watch.startStalledCheckTimer();
    void this.#client.sadd(`${PREFIX}:queues:${night}`, key);
    return campaignQueue(queue);
  }

  workerQueue(night: string, key: string): WorkerQueue {
    const worker = this.#opened(
      new this.#bull.Worker(queueName(night, key), null, {
        ...{ connection: this.#client, prefix: PREFIX, autorun: false },
        ...{ lockDuration: LOCK_MS, skipStalledCheck: true, maxStalledCount: UNLIMITED },
      }),
    );
    return workerQueue(worker);
  }

  async forget(night: string): Promise<void> {
    const keys = await this.#client.smembers(`${PREFIX}:queues:${night}`);
    for (const key of keys) {
      const queue = new this.#bull.Queue(queueName(night, key), { connection: this.#client, prefix: PREFIX });
      queue.on('error', () => undefined);
      await queue.obliterate({ force: true });
    }
    await this.#client.del(`${PREFIX}:queues:${night}`, `${PREFIX}:nights:${night}`);
    await this.#client.srem(`${PREFIX}:nights`, night);
    await this.#client.zrem(`${PREFIX}:seen`, night);
  }

  /** Its errors are those of the connection, which is heard; nobody else needs to fall over them. */
  #opened<T extends BullQueue | BullWorker>(one: T): T {
    one.on('error', () => undefined);
    this.#open.push(one);
    return one;
  }

  /** At once: what is open has nothing that is not also elsewhere. */
  close(): void {
    for (const one of this.#open) void one.close(true).catch(() => undefined);
    this.#client.disconnect();
  }
}

function queueName(night: string, key: string): string {
  return `night.${night}.${key}`;
}

function campaignQueue(queue: BullQueue): CampaignQueue {
  return {
    async add(id, data) {
      await queue.add('try', data, { jobId: id });
    },
    async ended() {
      const jobs = await queue.getJobs(['completed', 'failed'], 0, -1);
      return jobs.flatMap((job) =>
        job === undefined || job === null
          ? []
          : [
              {
                ...{ id: job.id, lost: job.stalledCounter ?? 0 },
                result: (job.returnvalue ?? null) as JobResult | null,
                failed: job.failedReason ?? null,
              },
            ],
      );
    },
    exists: async (id) => (await queue.getJob(id)) !== undefined,
    async remove(id) {
      const job = await queue.getJob(id);
      if (job === undefined) return true;
      try {
        await job.remove();
        return true;
      } catch {
        // Somebody holds its lock.
        return false;
      }
    },
  };
}

let tokens = 0;

function workerQueue(worker: BullWorker): WorkerQueue {
  return {
    async take() {
      const token = `${process.pid}.${++tokens}`;
      const job = await worker.getNextJob(token, { block: false });
      return job === undefined ? null : takenJob(job, token);
    },
    close: () => worker.close(true),
  };
}

function takenJob(job: BullJob, token: string): TakenJob {
  return {
    id: job.id,
    data: job.data as JobData,
    lost: job.stalledCounter ?? 0,
    async renew() {
      try {
        return (await job.extendLock(token, LOCK_MS)) !== 0;
      } catch {
        return false;
      }
    },
    async complete(result) {
      await job.moveToCompleted(result, token, false);
    },
    async fail(because) {
      await job.moveToFailed(new Error(because), token, false);
    },
    async handBack() {
      await job.moveToWait(token);
    },
  };
}
