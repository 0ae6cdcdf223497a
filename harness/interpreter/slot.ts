/**
 * One thread of the shell: its worker, the operation it performs, and the guard against answers that come too
 * late. A slot turns every way in which a worker can end into one completion, exactly once.
 */
import { OpFailure } from '../contracts.ts';
import type { Json, Op, OpError } from '../op.ts';
import type { Call, Completion, Worker } from './worker.ts';

/** Where a slot reports. */
export interface SlotOwner {
  /** A worker answered in time. */
  arrived(slot: Slot, completion: Completion): void;
  /** A worker answered an operation that had been given up. */
  cameLate(slot: Slot): void;
}

/** A thread and the operation it has open. */
export class Slot {
  readonly thread: number;
  readonly worker: Worker;
  readonly timeoutMs: number;
  /** The open invocation, from dispatch until its completion is journalled. */
  op: Op | undefined;
  /** When the open operation is given up, in nanoseconds since the run started; infinite when none is. */
  deadlineNs = Number.POSITIVE_INFINITY;
  readonly #owner: SlotOwner;
  /** Number of the current attempt; answers to earlier ones are late. */
  #attempt = 0;
  #call: LazyCall | undefined;

  constructor(thread: number, worker: Worker, timeoutMs: number, owner: SlotOwner) {
    this.thread = thread;
    this.worker = worker;
    this.timeoutMs = timeoutMs;
    this.#owner = owner;
  }

  /** Hands the open operation to the worker. */
  start(): void {
    const op = this.op!;
    const attempt = ++this.#attempt;
    const call = new LazyCall(this.timeoutMs);
    this.#call = call;
    let answer: Promise<Completion>;
    try {
      answer = this.worker.invoke(op, call);
    } catch (error) {
      this.#end(attempt, completionOf(error, op.value));
      return;
    }
    answer.then(
      (completion) => this.#end(attempt, completion),
      (error: unknown) => this.#end(attempt, completionOf(error, op.value)),
    );
  }

  /** Stops waiting for the worker: its answer will be dropped, its signal is aborted. */
  giveUp(reason: string): void {
    this.#attempt++;
    this.#call?.abort(reason);
    this.#call = undefined;
  }

  #end(attempt: number, completion: Completion): void {
    if (attempt !== this.#attempt) {
      this.#owner.cameLate(this);
      return;
    }
    this.#attempt++;
    this.#call = undefined;
    this.#owner.arrived(this, completion);
  }
}

/** The terms of one operation; the controller behind the signal exists only if somebody asks for it. */
class LazyCall implements Call {
  readonly timeoutMs: number;
  #controller: AbortController | undefined;
  #aborted: Error | undefined;

  constructor(timeoutMs: number) {
    this.timeoutMs = timeoutMs;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted);
    }
    return this.#controller.signal;
  }

  abort(reason: string): void {
    this.#aborted = new Error(reason);
    this.#controller?.abort(this.#aborted);
  }
}

/** The completion a rejection stands for: `fail` only where the error says that it is definite. */
export function completionOf(error: unknown, value: Json): Completion {
  if (error instanceof OpFailure) {
    return { type: error.error.definite ? 'fail' : 'info', value, error: error.error };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { type: 'info', value, error: { definite: false, kind: 'exception', message } satisfies OpError };
}
