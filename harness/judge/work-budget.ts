/**
 * The budget a checker spends inside a worker: a deadline on the harness's time and a bound on the worker's
 * memory, typed arrays included (V8's own limit does not count those).
 */
import { memoryUsage } from 'node:process';
import { monotonicNs } from '../time.ts';
import type { JudgeLimits } from './messages.ts';

const MEMORY_CHECK_NS = 20e6;
const MB = 1024 * 1024;

/** Ends when the time or the memory of its limits is used up. Not shared between checkers. */
export class WorkBudget {
  /** Why it ended; `no limit` while it has not. */
  reason = 'no limit';
  readonly #limits: JudgeLimits;
  readonly #progress: Float64Array;
  readonly #endNs: number;
  #alarmNs = Number.POSITIVE_INFINITY;
  #alarm: () => void = () => {};
  readonly #usage: Float64Array<ArrayBufferLike>;
  readonly #place: number;
  #nextMemoryNs: number;
  #spent = 0;
  #over = false;

  /**
   * Starts counting now; `progress[0]` receives the steps spent. `usage` holds the bytes of workers that share the
   * memory of these limits, at `place` those of this one.
   */
  constructor(
    limits: JudgeLimits,
    progress: Float64Array,
    usage: Float64Array<ArrayBufferLike> = new Float64Array(1),
    place = 0,
  ) {
    this.#usage = usage;
    this.#place = place;
    this.#limits = limits;
    this.#progress = progress;
    const now = monotonicNs();
    this.#endNs = now + limits.timeoutMs * 1e6;
    this.#nextMemoryNs = now + MEMORY_CHECK_NS;
    progress[0] = 0;
  }

  /** Records work; false once a limit is reached, and from then on. */
  spend(steps: number): boolean {
    if (this.#over) return false;
    this.#spent += steps;
    this.#progress[0] = this.#spent;
    const now = monotonicNs();
    if (now > this.#endNs) return this.#end(`time limit of ${seconds(this.#limits.timeoutMs)}`);
    if (now > this.#alarmNs) {
      this.#alarmNs = Number.POSITIVE_INFINITY;
      this.#alarm();
    }
    if (now > this.#nextMemoryNs) {
      this.#nextMemoryNs = now + MEMORY_CHECK_NS;
      const usage = memoryUsage();
      this.#usage[this.#place] = usage.heapUsed + usage.arrayBuffers;
      const all = this.#usage.reduce((sum, bytes) => sum + bytes, 0);
      if (all > this.#limits.memoryMb * MB) {
        return this.#end(`memory limit of ${this.#limits.memoryMb} MB`);
      }
    }
    return true;
  }

  /** Calls `alarm` once, at the first spending after so many milliseconds. */
  after(ms: number, alarm: () => void): void {
    this.#alarmNs = monotonicNs() + ms * 1e6;
    this.#alarm = alarm;
  }

  #end(reason: string): boolean {
    this.#over = true;
    this.reason = reason;
    return false;
  }
}

/** `60 s`, `0.5 s`: a limit as notes word it. */
export function seconds(ms: number): string {
  return `${ms / 1000} s`;
}
