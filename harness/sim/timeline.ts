/**
 * Simulated time: the queue of everything that will happen, and the loop that lets it happen, one event after
 * the other. What an event means is the business of whoever owns it.
 */
import { CALL, EventHeap } from './heap.ts';

/** Something to do at a time. */
export interface Callable {
  run(): void;
}

/** Takes events that are no calls. */
export type Dispatch = (
  kind: number,
  index: number,
  life: number,
  number: number,
  subject: unknown,
  value: unknown,
) => void;

/** A run had more events than it may. */
export class EndlessRun extends Error {
  constructor(events: number, nowNs: number) {
    super(`${events} events by ${(nowNs / 1e6).toFixed(0)} ms: a run that may never end`);
    this.name = 'EndlessRun';
  }
}

/** One line of time. Its unit is the nanosecond, in whole numbers. */
export class Timeline {
  now = 0;
  /** Events handled that were not void. */
  events = 0;
  /** `run` throws `EndlessRun` beyond so many: messages that beget messages never end by themselves. */
  maxEvents = Number.POSITIVE_INFINITY;
  readonly heap = new EventHeap();
  /** Ends `run` after the event that sets it. */
  stopped = false;
  /** Handles the events of nodes. */
  dispatch: Dispatch | null = null;
  /** Runs after every event: where asynchronous code lives in the simulation, its microtasks. */
  afterEvent: (() => void) | null = null;

  /** Calls `call.run()` at a time, after the events of that time and priority that were there before. */
  at(timeNs: number, call: Callable, priority = 0): void {
    this.heap.push(Math.max(timeNs, this.now), priority, CALL, -1, 0, 0, call, undefined);
  }

  /** Handles events until `untilNs` has passed, none is left, or `stopped`. */
  run(untilNs = Number.POSITIVE_INFINITY): void {
    this.stopped = false;
    while (!this.stopped) {
      const time = this.heap.nextTime;
      if (time > untilNs) {
        this.now = untilNs;
        return;
      }
      if (!this.step()) return;
      if (this.events > this.maxEvents) throw new EndlessRun(this.events, this.now);
    }
  }

  /** Handles the next event; false when there is none. */
  step(): boolean {
    const { heap } = this;
    if (heap.size === 0) return false;
    this.now = heap.nextTime;
    const row = heap.pop();
    const kind = heap.kinds[row]!;
    const subject = heap.subjects[row];
    if (kind === CALL) {
      heap.clear(row);
      this.events++;
      (subject as Callable).run();
    } else {
      const index = heap.nodes[row]!;
      const life = heap.lives[row]!;
      const number = heap.numbers[row]!;
      const value = heap.values[row];
      heap.clear(row);
      this.dispatch!(kind, index, life, number, subject, value);
    }
    if (this.afterEvent !== null) this.afterEvent();
    return true;
  }
}
