/**
 * As much of BullMQ and ioredis as is used, so that neither has to be installed to compile or to import this project.
 */

/** A connection of ioredis. */
export interface RedisClient {
  on(event: string, listener: (error: Error) => void): void;
  connect(): Promise<void>;
  ping(): Promise<string>;
  info(): Promise<string>;
  disconnect(): void;
  set(key: string, value: string, unit: 'PX', ms: number): Promise<unknown>;
  mget(...keys: string[]): Promise<(string | null)[]>;
  del(...keys: string[]): Promise<number>;
  sadd(key: string, ...members: string[]): Promise<number>;
  srem(key: string, ...members: string[]): Promise<number>;
  smembers(key: string): Promise<string[]>;
  zadd(key: string, score: number, member: string): Promise<unknown>;
  zrem(key: string, member: string): Promise<number>;
  zrangebyscore(key: string, from: number, to: number): Promise<string[]>;
}

/** The module ioredis. */
export interface RedisLibrary {
  Redis: new (url: string, options: object) => RedisClient;
}

/** A job of BullMQ. */
export interface BullJob {
  id: string;
  data: unknown;
  returnvalue: unknown;
  failedReason?: string;
  stalledCounter?: number;
  extendLock(token: string, ms: number): Promise<number>;
  moveToCompleted(result: unknown, token: string, fetchNext: boolean): Promise<unknown>;
  moveToFailed(error: Error, token: string, fetchNext: boolean): Promise<unknown>;
  moveToWait(token: string): Promise<unknown>;
  remove(): Promise<void>;
}

/** A queue of BullMQ. */
export interface BullQueue {
  on(event: string, listener: (error: Error) => void): void;
  add(name: string, data: unknown, options: { jobId: string }): Promise<unknown>;
  getJob(id: string): Promise<BullJob | undefined>;
  getJobs(states: string[], from: number, to: number): Promise<(BullJob | undefined | null)[]>;
  obliterate(options: { force: boolean }): Promise<void>;
  close(): Promise<void>;
}

/** A worker of BullMQ that is asked by hand. */
export interface BullWorker {
  on(event: string, listener: (error: Error) => void): void;
  getNextJob(token: string, options: { block: boolean }): Promise<BullJob | undefined>;
  startStalledCheckTimer(): Promise<void>;
  close(force?: boolean): Promise<void>;
}

/** The module BullMQ. */
export interface BullLibrary {
  Queue: new (name: string, options: object) => BullQueue;
  Worker: new (name: string, processor: null, options: object) => BullWorker;
}
