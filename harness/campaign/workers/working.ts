/**
 * What a worker is made of: the way to Redis, what it can, where it works.
 */
import type { Exchange } from './redis.ts';
import type { SharedStore } from './shared-store.ts';

/** What a worker is made of. */
export interface Working {
  exchange: Exchange;
  /** As it may be shown. */
  address: string;
  id: string;
  host: string;
  version: string;
  can: readonly string[];
  slots: number;
  /** Whether a program that a run starts is installed here. */
  hasProgram?(name: string): boolean;
  /** Opens the store a campaign names, or the one this worker was told. */
  storeOf(named: string): SharedStore;
  /** Folder the worker was started in. */
  cwd: string;
  /** Short commit of it, or null. */
  commit: string | null;
  /** Folder for what it works on; of this worker alone. */
  folder: string;
  /** The program whose words a job holds. */
  program: readonly string[];
  /** Ends once it has ended what it has. */
  drain: AbortSignal;
  /** Ends what it has, and hands it back. */
  leave: AbortSignal;
  tell(text: string): void;
}
