/**
 * Where the interpreter writes operations down: every invocation before it is dispatched, every completion
 * after it came back. The file journal of the history satisfies this; so does an array in a test.
 */
import type { Op } from '../op.ts';

/** An append-only sink. What was flushed survives the death of the harness. */
export interface Journal {
  /** Takes the next operation; its index is the number of operations taken before. */
  append(op: Op): void;
  /** Hands everything taken so far to the operating system, before it returns. Called once per batch. */
  flush(): void;
}
