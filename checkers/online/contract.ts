/**
 * What judging a run while it goes is made of. A watch takes operations as they come and says when what it has
 * seen cannot be explained any more; whoever runs it then asks the full checker about the history so far, so
 * that nothing is reported that the full checker would not report as well.
 */
import type { CheckerOptions } from '../../harness/contracts.ts';
import type { Json, Op } from '../../harness/op.ts';
import type { Anomaly } from '../../harness/verdict.ts';

/** Judges operations as they come, in the order of the history. */
export interface Watch {
  /** Takes the next operation; true when it is worth asking the full checker about the history so far. */
  take(op: Op): boolean;
  /** Nothing more comes: judges what was still waiting for answers. */
  end?(): boolean;
  /** Counts for the report: what was judged, what had to be given up. */
  stats(): Record<string, Json>;
}

/** How a checker judges while a run goes. */
export interface OnlineForm {
  /** One clause: what is found live, and how soon. */
  summary: string;
  /** The watch itself limits how often it speaks up; others are asked to wait after a false alarm. */
  paced?: boolean;
  /** Options to ask the full checker with, one after the other until it knows; absent: those of the run. */
  confirm?(options: CheckerOptions): CheckerOptions[];
  /** A watch for these options, or why there is none. */
  watch(options: CheckerOptions): Watch | string;
  /** Whether no later operation can explain an anomaly of this kind away; absent: never. */
  lasting?(kind: string, options: CheckerOptions): boolean;
}

/** A checker at work while a run goes. */
export interface OnlineChecker {
  /** Takes the next operation; an anomaly the first time what was taken proves one. */
  take(op: Op): Anomaly | undefined;
  /** The same once nothing more comes. */
  end(): Anomaly | undefined;
  stats(): Record<string, Json>;
}

/** A checker by name, with its options. */
export interface OnlineSpec {
  name: string;
  options: CheckerOptions;
}

/** What one checker did while the run went. */
export interface OnlineReport {
  checker: string;
  /** Why it did not watch, or null. */
  why: string | null;
  stats: Record<string, Json>;
}
