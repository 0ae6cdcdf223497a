/**
 * What performs the operations of one thread: a client, a nemesis lane, an observer. The interpreter gives a
 * worker one operation at a time and turns whatever comes back into a completion.
 */
import type { Json, Op, OpError } from '../op.ts';

/** How an operation ended. `fail` certainly had no effect, `info` may have one at any time, or never. */
export interface Completion {
  type: 'ok' | 'fail' | 'info';
  value: Json;
  error?: OpError;
  /** The thread takes no operation for this long: back-off after an attempt that could not even start. */
  restMs?: number;
}

/** The terms of one operation. */
export interface Call {
  /** Aborted when nobody waits for the result any more. Made on first access. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** Performs the operations of one thread. */
export interface Worker {
  /**
   * Performs an invocation. Rejecting with an `OpFailure` completes it by its `definite` flag; any other
   * rejection is `info`. After a timeout the next call may come while this one is still running: its result
   * is dropped.
   */
  invoke(op: Op, call: Call): Promise<Completion>;
  /** The process of this thread was retired; the next operation comes from a new one. */
  retire?(): void;
  /** Ends the worker; must not throw. */
  close?(): Promise<void>;
}
