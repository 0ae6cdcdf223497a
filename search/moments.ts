/**
 * Moments that faults can wait for, as they were seen in runs without faults.
 */
import type { Moment } from '../harness/sim/triggers.ts';

/** A moment and how often it came in one run. */
export interface SeenMoment {
  on: Moment;
  name: string;
  times: number;
}

/** Moments by workload, in order of their names. */
export interface Survey {
  moments: Readonly<Record<string, readonly SeenMoment[]>>;
}
