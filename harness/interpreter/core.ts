/**
 * The interpreter's pure core: given what completed and what time it is, it says what to do next. It reads no
 * clock, performs nothing and draws nothing, so real time, virtual time and a test all drive it alike.
 */
import type { ThreadTable } from '../generator/context.ts';
import {
  type Generator,
  GeneratorError,
  type GeneratorEvent,
  type OpDraft,
  type Polled,
} from '../generator/generator.ts';
import type { Json, OpError, Process } from '../op.ts';

/** What to do next. Ask again until it is `wait`, `drain` or `done`. */
export type Action =
  /** Send this operation; the thread is busy from now on. */
  | { kind: 'dispatch'; op: OpDraft; process: Process }
  /** Say this line. */
  | { kind: 'log'; line: string }
  /** Nothing before this time, unless something completes. Infinite: only a completion helps. */
  | { kind: 'wait'; untilNs: number }
  /** No operation will follow, but some are still open. */
  | { kind: 'drain' }
  /** Over. `stalled`: the generator has more, but nothing can ever make it go on. */
  | { kind: 'done'; stalled: boolean };

/** How an operation ended, as the core sees it. */
export interface Ending {
  type: 'ok' | 'fail' | 'info';
  value: Json;
  error: OpError | undefined;
  /** The thread takes nothing for this long, in nanoseconds. */
  restNs: number;
}

const DRAIN: Action = { kind: 'drain' };

/** One run of one generator over the threads of a table. Times are nanoseconds since the start of the phase. */
export class InterpreterCore {
  readonly #table: ThreadTable;
  #generator: Generator;
  readonly #open: (OpDraft | undefined)[];
  #openCount = 0;
  /** Threads that are busy without an operation, and until when. */
  readonly #resting = new Map<number, number>();
  /** When the last `sleep` ends; the run is not over before. */
  #sleepEndNs = 0;
  #stopped = false;
  #exhausted = false;

  constructor(table: ThreadTable, generator: Generator) {
    this.#table = table;
    this.#generator = generator;
    this.#open = Array.from({ length: table.roster.size }, () => undefined);
  }

  /** The generator as it is now. */
  get generator(): Generator {
    return this.#generator;
  }

  /** Operations that were dispatched and have not ended. */
  get openCount(): number {
    return this.#openCount;
  }

  /** From now on no new operation. */
  stop(): void {
    this.#stopped = true;
    this.#wakeAll();
  }

  /** The operation of a thread ended at `now`. Returns the event the generator was shown. */
  complete(thread: number, ending: Ending, now: number): GeneratorEvent {
    const op = this.#open[thread];
    if (op === undefined)
      throw new GeneratorError(`thread ${thread} completed an operation it does not have`);
    this.#advance(now);
    this.#open[thread] = undefined;
    this.#openCount--;
    const event: GeneratorEvent = {
      type: ending.type,
      time: this.#table.time,
      thread,
      process: this.#table.process(thread),
      f: op.f,
      key: op.key,
      value: ending.value,
      error: ending.error,
    };
    if (ending.type === 'info') this.#table.retire(thread);
    if (ending.restNs > 0 && !this.#stopped) this.#resting.set(thread, this.#table.time + ending.restNs);
    else this.#table.release(thread);
    this.#show(event);
    return event;
  }

  /** What to do at `now`. */
  next(now: number): Action {
    this.#advance(now);
    for (;;) {
      if (this.#stopped) return this.#ending(0);
      const polled = this.#poll();
      if (polled.state === 'done') {
        this.#exhausted = true;
        return this.#ending(this.#sleepEndNs);
      }
      if (polled.state === 'pending') return this.#pause(polled.untilNs);
      const { op } = polled;
      if (op.time > this.#table.time) return this.#pause(op.time);
      this.#generator = polled.next;
      if (op.what === 'log') return { kind: 'log', line: String(op.value) };
      this.#table.take(op.thread);
      if (op.what === 'sleep') this.#sleep(op);
      else return this.#dispatch(op);
    }
  }

  #dispatch(op: OpDraft): Action {
    const process = this.#table.process(op.thread);
    this.#open[op.thread] = op;
    this.#openCount++;
    this.#show({
      type: 'invoke',
      time: this.#table.time,
      thread: op.thread,
      process,
      f: op.f,
      key: op.key,
      value: op.value,
      error: undefined,
    });
    return { kind: 'dispatch', op, process };
  }

  #sleep(op: OpDraft): void {
    const endNs = this.#table.time + Number(op.value);
    this.#resting.set(op.thread, endNs);
    this.#sleepEndNs = Math.max(this.#sleepEndNs, endNs);
  }

  #poll(): Polled {
    if (this.#exhausted) return { state: 'done' };
    let polled: Polled;
    try {
      polled = this.#generator.op(this.#table.context);
    } catch (cause) {
      throw wrapped(this.#generator, 'was asked for an operation', cause);
    }
    if (polled.state === 'offer' && !this.#table.isFree(polled.op.thread)) {
      const name = this.#table.roster.name(polled.op.thread);
      throw new GeneratorError(
        `generator ${this.#generator.kind} offered ${polled.op.f} to busy thread ${name}`,
      );
    }
    return polled;
  }

  #show(event: GeneratorEvent): void {
    if (!this.#generator.heeds || this.#stopped) return;
    try {
      this.#generator = this.#generator.update(this.#table.context, event);
    } catch (cause) {
      throw wrapped(this.#generator, `was shown ${event.type} ${event.f}`, cause);
    }
  }

  /** Time never goes back; threads whose rest is over are free again. */
  #advance(now: number): void {
    if (now > this.#table.time) this.#table.time = now;
    if (this.#resting.size === 0) return;
    for (const [thread, endNs] of this.#resting) {
      if (endNs > this.#table.time) continue;
      this.#resting.delete(thread);
      this.#table.release(thread);
    }
  }

  #restEndNs(): number {
    let soonest = Number.POSITIVE_INFINITY;
    for (const endNs of this.#resting.values()) soonest = Math.min(soonest, endNs);
    return soonest;
  }

  #pause(untilNs: number): Action {
    const until = this.#resting.size === 0 ? untilNs : Math.min(untilNs, this.#restEndNs());
    if (until === Number.POSITIVE_INFINITY && this.#openCount === 0) return { kind: 'done', stalled: true };
    return { kind: 'wait', untilNs: until };
  }

  #ending(sleepEndNs: number): Action {
    if (this.#openCount > 0) return DRAIN;
    if (sleepEndNs > this.#table.time) return { kind: 'wait', untilNs: sleepEndNs };
    this.#wakeAll();
    return { kind: 'done', stalled: false };
  }

  /** The table outlives this phase: nothing may rest into the next one. */
  #wakeAll(): void {
    for (const thread of this.#resting.keys()) this.#table.release(thread);
    this.#resting.clear();
  }
}

function wrapped(generator: Generator, when: string, cause: unknown): GeneratorError {
  if (cause instanceof GeneratorError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new GeneratorError(`generator ${generator.kind} threw when it ${when}: ${message}`, cause);
}
