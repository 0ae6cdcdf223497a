/**
 * Fakes for interpreter tests: a journal that remembers when it was flushed, and workers under remote control.
 */
import { Interpreter, type InterpreterOptions } from '../../../harness/interpreter/interpreter.ts';
import type { Journal } from '../../../harness/interpreter/journal.ts';
import type { Call, Completion, Worker } from '../../../harness/interpreter/worker.ts';
import type { Json, Op } from '../../../harness/op.ts';

/** A journal in memory. `flushed` is how many operations were safe at any time. */
export class MemoryJournal implements Journal {
  readonly ops: Op[] = [];
  flushed = 0;
  flushes = 0;
  append(op: Op): void {
    this.ops.push({ ...op });
  }
  flush(): void {
    this.flushed = this.ops.length;
    this.flushes++;
  }
}

/** Completes every operation with its own value. */
export const obliging: Worker = {
  invoke: async (op) => ({ type: 'ok', value: op.value }),
};

/** A worker from a function. */
export function worker(invoke: (op: Op, call: Call) => Promise<Completion>): Worker {
  return { invoke };
}

/** An interpreter over a memory journal. */
export function rig(options: Partial<InterpreterOptions> = {}): {
  interpreter: Interpreter;
  journal: MemoryJournal;
} {
  const journal = new MemoryJournal();
  const interpreter = new Interpreter({ clients: 2, worker: () => obliging, journal, ...options });
  return { interpreter, journal };
}

/** `process type f` of every journalled operation. */
export function lines(ops: readonly Op[]): string[] {
  return ops.map((op) => `${op.process} ${op.type} ${op.f}`);
}

/** An answer `ok` with a value. */
export function ok(value: Json = null): Completion {
  return { type: 'ok', value };
}
