/**
 * What a run and the worker that judges it while it goes say to each other, and what is stored of it. Plain data.
 */
import type { Json } from '../op.ts';
import type { Anomaly } from '../verdict.ts';
import type { CheckerSpec } from '../workload.ts';

/** What the worker is started with. */
export interface LiveSetup {
  /** The journal of the run, which the worker reads as it grows. */
  journal: string;
  specs: readonly CheckerSpec[];
}

/** Run to worker: the journal is complete; judge the rest of it and say goodbye. */
export interface LiveEnd {
  kind: 'end';
}

/** Worker to run. */
export type LiveReply =
  | { kind: 'ready'; watching: string[] }
  | { kind: 'found'; checker: string; anomaly: Anomaly; operations: number; journalNs: number }
  | { kind: 'done'; operations: number; checkers: LiveCheckerReport[] }
  | { kind: 'failed'; message: string };

/** What one checker did while the run went. */
export interface LiveCheckerReport {
  checker: string;
  /** Why it did not watch, or null. */
  why: string | null;
  stats: Record<string, Json>;
}

/** A violation that was seen while the run went. */
export interface LiveFinding {
  checker: string;
  kind: string;
  sentence: string;
  /** When the run saw it, ns since it started; and when the last operation it rests on was journalled. */
  seenNs: number;
  provedNs: number;
  /** History indexes of the witness. */
  ops: number[];
}

/** Of the live check, in run.json and verdict.json. */
export interface LiveReport {
  stopOnFail: boolean;
  findings: LiveFinding[];
  /** Operations judged, invocations and completions; null when it did not get to the end. */
  operations: number | null;
  checkers: LiveCheckerReport[];
  /** When the load was ended early because of a finding, ns since the run started; null: it was not. */
  stoppedNs: number | null;
}
