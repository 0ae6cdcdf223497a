/**
 * What `faultline measure` can measure: one entry of its table, one file per subject in this folder.
 */
import type { OptionSpec, OptionValues } from '../command.ts';
import type { Io } from '../io.ts';

/** One subject of `measure`. */
export interface Measurement {
  /** The word after `measure`. */
  name: string;
  summary: string;
  /** Its own options; where several subjects share one, it says the same in each. */
  options: readonly OptionSpec[];
  examples: readonly string[];
  /** Runs with the words after the subject; resolves with the exit code. Throws `UsageError` for bad input. */
  run(io: Io, words: readonly string[], options: OptionValues): Promise<number>;
}
