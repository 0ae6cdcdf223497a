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
  /** How long a checker that ignores its budget may run on before its worker is ended. Default 2000. */
  graceMs: number;
}

/** Limits when none are given. */
export const DEFAULT_LIMITS: JudgeLimits = { timeoutMs: 60_000, memoryMb: 2048, graceMs: 2000 };

/** What a worker is started with. */
export interface WorkerSetup {
  history: HistoryTransfer;
  limits: JudgeLimits;
  /** One number: steps of the running job, readable even after the worker is gone. */
  progress: Float64Array;
}

/** Judge to worker: run this checker. */
export interface Job {
  spec: CheckerSpec;
}

/** Worker to judge. */
export type Reply =
  | { kind: 'ready' }
  | { kind: 'result'; result: CheckerResult; millis: number }
  | { kind: 'failed'; message: string; millis: number };
