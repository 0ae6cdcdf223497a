/**
 * The unit everything else is about: one operation, half of it (invocation) written before the request
 * leaves, the other half (completion) after the answer came back. Plain data, identical on disk.
 */

/** Any value JSON can carry. Keys, values and parameters are of this type everywhere. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** `ok` took effect, `fail` did not and never will, `info` is not known: it may take effect at any later time, or never. */
export type OpType = 'invoke' | 'ok' | 'fail' | 'info';

/** What the run was doing when the operation was journalled. */
export type Phase = 'setup' | 'load' | 'heal' | 'settle' | 'final';

/**
 * Who performs operations. A number is a client process: a logical single-threaded client, retired by its
 * first `info`. A string is a process of the harness: `nemesis:<lane>` injects faults, `observer:<node>` asks
 * a node who leads, `cluster` records what nodes did by themselves. Those are never retired.
 */
export type Process = number | string;

/** Why an operation did not end `ok`. `definite` means it certainly had no effect and never will. */
export interface OpError {
  definite: boolean;
  /** Short stable word in kebab-case: `timeout`, `connection-refused`, `not-leader`, `precondition-failed`... */
  kind: string;
  message?: string;
}

/** One line of history.jsonl. */
export interface Op {
  /** Position in the history: dense, from 0, the strict total order checkers trust. */
  index: number;
  /** Nanoseconds since the run started, on the harness's monotonic clock. For display and explicit bounds only. */
  time: number;
  process: Process;
  type: OpType;
  /** What was asked: `read`, `write`, `cas`, `add`, `leader`, `inject-partition`... */
  f: string;
  /** The independent object it concerns; absent where the whole system is one object. */
  key?: Json;
  value: Json;
  node?: string;
  error?: OpError;
  phase?: Phase;
}

/** True for client processes (numbers); false for the nemesis, observers and the cluster itself. */
export function isClientProcess(process: Process): process is number {
  return typeof process === 'number';
}
