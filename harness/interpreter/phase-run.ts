/**
 * One phase in real time: a loop that wakes on answers and timers, batches what came back with what goes out
 * under one flush, and watches two deadlines with one timer each: the earliest operation and the drain.
 */
import type { OpDraft } from '../generator/generator.ts';
import type { Process } from '../op.ts';
import { after, soon, type Timer } from '../time.ts';
import type { InterpreterCore } from './core.ts';
import type { Slot } from './slot.ts';
import type { Completion } from './worker.ts';

/** What a phase needs from the interpreter around it. Times are nanoseconds since the run started. */
export interface PhaseParts {
  core: InterpreterCore;
  slots: readonly Slot[];
  fromNs: number;
  drainMs: number;
  now(): number;
  invoked(slot: Slot, op: OpDraft, process: Process, time: number): void;
  completed(slot: Slot, completion: Completion, time: number): void;
  flush(): void;
  log(line: string): void;
}

/** How a phase ended, without its times. */
export interface PhaseEnd {
  end: 'exhausted' | 'stopped' | 'stalled';
  dispatched: number;
  cutOff: number;
}

/** Operations sent between two looks at what came back. */
const BATCH = 1024;

interface Arrival {
  slot: Slot;
  completion: Completion;
  atNs: number;
}

/** Performs one phase, once. */
export class PhaseRun {
  readonly #parts: PhaseParts;
  #arrivals: Arrival[] = [];
  #outgoing: Slot[] = [];
  #scheduled = false;
  #over = false;
  #stopped = false;
  #dispatched = 0;
  #cutOff = 0;
  /** Anything appended since the last flush. */
  #dirty = false;
  #wake: Timer | undefined;
  #wakeNs = Number.POSITIVE_INFINITY;
  #sweep: Timer | undefined;
  #sweepNs = Number.POSITIVE_INFINITY;
  #drain: Timer | undefined;
  #resolve!: (end: PhaseEnd) => void;
  #reject!: (error: unknown) => void;

  constructor(parts: PhaseParts) {
    this.#parts = parts;
  }

  /** Runs until the end. */
  perform(signal: AbortSignal | undefined): Promise<PhaseEnd> {
    const stop = (): void => {
      this.#stopped = true;
      this.#parts.core.stop();
      this.#schedule();
    };
    const done = new Promise<PhaseEnd>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
    this.#schedule();
    return done.finally(() => signal?.removeEventListener('abort', stop));
  }

  /** An answer came in time; it is handled with the next batch. */
  arrived(slot: Slot, completion: Completion): void {
    this.#arrivals.push({ slot, completion, atNs: this.#parts.now() });
    this.#schedule();
  }

  /** Journals what has come back so far, ahead of its batch. */
  takeIn(): void {
    if (!this.#over) this.#guarded(() => this.#takeIn());
  }

  #schedule(): void {
    if (this.#scheduled || this.#over) return;
    this.#scheduled = true;
    soon(() => {
      this.#scheduled = false;
      if (!this.#over) this.#guarded(() => this.#turn());
    });
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** One turn: take in what came back, decide what goes out, flush, send. */
  #turn(): void {
    this.#takeIn();
    const again = this.#decide();
    if (this.#dirty) {
      this.#parts.flush();
      this.#dirty = false;
    }
    const outgoing = this.#outgoing;
    this.#outgoing = [];
    for (const slot of outgoing) slot.start();
    if (again) this.#schedule();
  }

  #takeIn(): void {
    const arrivals = this.#arrivals;
    if (arrivals.length === 0) return;
    this.#arrivals = [];
    for (const { slot, completion, atNs } of arrivals) this.#complete(slot, completion, atNs);
  }

  #complete(slot: Slot, completion: Completion, atNs: number): void {
    this.#parts.completed(slot, completion, atNs);
    this.#dirty = true;
    const { type, value, error, restMs = 0 } = completion;
    this.#parts.core.complete(
      slot.thread,
      { type, value, error, restNs: restMs * 1e6 },
      atNs - this.#parts.fromNs,
    );
  }

  /** Asks the core until it has nothing more for now. True when it should be asked again at once. */
  #decide(): boolean {
    const { core, slots, fromNs } = this.#parts;
    const now = this.#parts.now();
    for (let sent = 0; sent < BATCH; ) {
      const action = core.next(now - fromNs);
      if (action.kind === 'dispatch') {
        const slot = slots[action.op.thread]!;
        this.#parts.invoked(slot, action.op, action.process, now);
        this.#dirty = true;
        this.#outgoing.push(slot);
        this.#dispatched++;
        if (slot.deadlineNs < this.#sweepNs) this.#armSweep(slot.deadlineNs, now);
        sent++;
      } else if (action.kind === 'log') this.#parts.log(action.line);
      else if (action.kind === 'wait') {
        this.#armWake(fromNs + action.untilNs, now);
        return false;
      } else if (action.kind === 'drain') {
        this.#drain ??= after(this.#parts.drainMs, () =>
          this.#guarded(() => this.#cutOpen('drain-deadline')),
        );
        return false;
      } else {
        this.#finish(action.stalled);
        return false;
      }
    }
    return true;
  }

  #armWake(atNs: number, now: number): void {
    if (atNs === this.#wakeNs) return;
    this.#wake?.cancel();
    this.#wake = undefined;
    this.#wakeNs = atNs;
    if (atNs === Number.POSITIVE_INFINITY) return;
    this.#wake = after(Math.max(0, atNs - now) / 1e6, () => {
      this.#wakeNs = Number.POSITIVE_INFINITY;
      this.#schedule();
    });
  }

  #armSweep(atNs: number, now: number): void {
    this.#sweep?.cancel();
    this.#sweepNs = atNs;
    // One millisecond late rather than early: a timer must not find its deadline just ahead.
    this.#sweep = after((atNs - now) / 1e6 + 1, () => this.#guarded(() => this.#sweepDeadlines()));
  }

  /** Gives up what is overdue and sets the timer for the next deadline. One timer serves all operations. */
  #sweepDeadlines(): void {
    this.#sweepNs = Number.POSITIVE_INFINITY;
    if (this.#over) return;
    // What has already come back came in time.
    this.#takeIn();
    const now = this.#parts.now();
    let next = Number.POSITIVE_INFINITY;
    for (const slot of this.#parts.slots) {
      if (slot.deadlineNs > now) next = Math.min(next, slot.deadlineNs);
      else this.#giveUp(slot, 'timeout', `no answer within ${slot.timeoutMs} ms`, now);
    }
    if (next < Number.POSITIVE_INFINITY) this.#armSweep(next, now);
    this.#schedule();
  }

  #giveUp(slot: Slot, kind: string, message: string, now: number): void {
    slot.giveUp(message);
    const error = { definite: false, kind, message };
    this.#complete(slot, { type: 'info', value: slot.op!.value, error }, now);
  }

  /** Ends every operation that is still open. */
  #cutOpen(kind: string): void {
    if (this.#over) return;
    this.#takeIn();
    const now = this.#parts.now();
    for (const slot of this.#parts.slots) {
      if (slot.op === undefined) continue;
      this.#giveUp(slot, kind, 'still open when the phase ended', now);
      this.#cutOff++;
    }
    this.#schedule();
  }

  #finish(stalled: boolean): void {
    if (this.#dirty) this.#parts.flush();
    this.#dirty = false;
    this.#end();
    const end = this.#stopped ? 'stopped' : stalled ? 'stalled' : 'exhausted';
    this.#resolve({ end, dispatched: this.#dispatched, cutOff: this.#cutOff });
  }

  /** The generator, the journal or a listener threw: end what is open, as well as the journal allows, and say so. */
  #fail(error: unknown): void {
    if (this.#over) return;
    this.#parts.core.stop();
    const now = this.#parts.now();
    try {
      for (const slot of this.#parts.slots) {
        if (slot.op !== undefined)
          this.#giveUp(slot, 'harness-error', 'the harness stopped on an error', now);
      }
      this.#parts.flush();
    } catch (second) {
      // The first error is the cause; a journal that is gone cannot take the endings either.
      if (error instanceof Error && error.cause === undefined) error.cause = second;
    }
    this.#end();
    this.#reject(error);
  }

  #end(): void {
    this.#over = true;
    this.#wake?.cancel();
    this.#sweep?.cancel();
    this.#drain?.cancel();
  }
}
