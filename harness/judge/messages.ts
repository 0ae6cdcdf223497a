/**
 * What the judge and its workers say to each other. Plain data only.
 */

import type { HistoryTransfer } from '../history/history.ts';
import type { CheckerResult } from '../verdict.ts';
import type { CheckerSpec } from '../workload.ts';

/** How much one checker may use. */
export interface JudgeLimits {
  /** Time for one checker, from the moment it starts. Default 60 000. */
  timeoutMs: number;
  /** Memory of one worker: JavaScript heap and typed arrays together. Default 2048. */
  memoryMb: number;
  /**
   * How long a checker may run on when its time is over before its worker is ended. Default a tenth of the time,
   * 50 at least and 2000 at most.
   */
  graceMs?: number;
  /** How long a check has run before idle workers help with it, where it can be shared. Default 250. */
  shareAfterMs: number;
}

/** Limits when none are given. */
export const DEFAULT_LIMITS: JudgeLimits = { timeoutMs: 60_000, memoryMb: 2048, shareAfterMs: 250 };

/** The grace of these limits, milliseconds. */
export function graceOf({ timeoutMs, graceMs }: JudgeLimits): number {
  return graceMs ?? Math.min(2000, Math.max(50, timeoutMs / 10));
}

/** What a worker is started with. */
export interface WorkerSetup {
  history: HistoryTransfer;
  limits: JudgeLimits;
  /** One number: steps of the running job, readable even after the worker is gone. */
  progress: Float64Array;
}

/** Memory of a check that several workers make together. */
export interface SharedWork {
  /** Who does what, in the checker's own form. */
  board: SharedArrayBuffer;
  /** Bytes in use by each worker, by its place. */
  usage: Float64Array;
}

/** Judge to worker: run this checker; help with one that runs elsewhere; put together what all found. */
export type Job =
  | { kind: 'check'; spec: CheckerSpec }
  | { kind: 'help'; spec: CheckerSpec; work: SharedWork; place: number; timeoutMs: number }
  | { kind: 'merge'; shares: readonly unknown[] };

/** Worker to judge. `sharing`: others may help from now on; `share`: a worker's part of the findings. */
export type Reply =
  | { kind: 'ready' }
  | { kind: 'sharing'; work: SharedWork }
  | { kind: 'share'; share: unknown; millis: number }
  | { kind: 'result'; result: CheckerResult; millis: number }
  | { kind: 'failed'; message: string; millis: number };

/** Most workers that make one check together. */
export const MAX_SHARING = 64;
