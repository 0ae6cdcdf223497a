/**
 * What every history reader takes and returns.
 */
import type { History } from './history.ts';

/** How to read a history. */
export interface ReadOptions {
  /** Name for messages; default the path. */
  name?: string;
  /** Client values are `[key value]` pairs, as Jepsen's independent keys are: lift the key out. */
  independent?: boolean;
}

/** A history, and what was odd about the file but harmless: torn tail, missing times, renamed processes. */
export interface ReadResult {
  history: History;
  notes: string[];
}
