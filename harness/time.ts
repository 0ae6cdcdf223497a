/**
 * The one home of time: monotonic nanoseconds, wall-clock stamps, sleeping, deadlines. Nothing else in the
 * project reads a clock or sets a timer. Simulated time takes the place of the machine's here, for everything
 * at once, while a simulated cluster runs.
 */
import { performance } from 'node:perf_hooks';

/** Where time comes from when it is not the machine. */
export interface TimeSource {
  /** Nanoseconds: a whole number that never decreases. */
  monotonicNs(): number;
  wallMs(): number;
  /** Calls back once after `ms`. */
  after(ms: number, callback: () => void): Timer;
  /** Calls back at this time, after everything that is due at it. */
  soon(callback: () => void): void;
}

let source: TimeSource | null = null;

/** As it was when the process began: a test may put its own timers in place of the machine's later. */
const machineTurn = setImmediate;
const machineNow = performance.now.bind(performance);

/**
 * From now on all time is that of `other`; returns what gives the machine's time back. Timers that are running
 * stay where they are. Throws when another source is in use: time is one for the whole process.
 */
export function useTime(other: TimeSource): () => void {
  if (source !== null) throw new Error('simulated time is in use already: one simulated run at a time');
  source = other;
  return () => {
    if (source === other) source = null;
  };
}

/** Runs `callback` in a turn of the machine's event loop of its own, whatever time is in use. */
export function macrotask(callback: () => void): void {
  machineTurn(callback);
}

/** Milliseconds the machine has spent, whatever time is in use: for deciding when to give way to its events. */
export function machineMs(): number {
  return machineNow();
}

/** Milliseconds of processor time that this process has spent, all threads together: what other load does not change. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}

/** Monotonic time in nanoseconds (integer below 2^53). */
export function monotonicNs(): number {
  return source === null ? Math.round(performance.now() * 1e6) : source.monotonicNs();
}

/** Wall-clock time of the harness in milliseconds since the epoch; for names and stamps only. */
export function wallMs(): number {
  return source === null ? Date.now() : source.wallMs();
}

/** `20261122T213736.123Z`: sortable, safe in file names. */
export function stamp(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/[-:]/g, '');
}

/** Resolves after `ms`, or rejects with the signal's reason as soon as it aborts. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = (): void => {
      timer.cancel();
      reject(signal!.reason);
    };
    const timer = after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/**
 * A signal that aborts after `ms`, or as soon as `parent` does. Its timer does not keep the process alive.
 *
 * The timer holds the signal, which `AbortSignal.timeout` does not: one that is only reached through
 * `AbortSignal.any` is collected before its time on Node 20, and then nobody is ever told.
 */
export function signalAfter(ms: number, parent?: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const end = (): void => controller.abort(new DOMException('The operation timed out', 'TimeoutError'));
  if (source !== null) source.after(ms, end);
  else setTimeout(end, ms).unref();
  return parent === undefined ? controller.signal : AbortSignal.any([parent, controller.signal]);
}

/** A timer that can be cancelled; the callback runs once. */
export interface Timer {
  cancel(): void;
}

/** Runs `callback` after `ms`. With `background`, the timer does not keep the process alive. */
export function after(ms: number, callback: () => void, background = false): Timer {
  if (source !== null) return source.after(ms, callback);
  const timer = setTimeout(callback, ms);
  if (background) timer.unref();
  return { cancel: () => clearTimeout(timer) };
}

/** Runs `callback` every `ms` until cancelled. With `background`, it does not keep the process alive. */
export function every(ms: number, callback: () => void, background = false): Timer {
  if (source !== null) return repeated(source, ms, callback);
  const timer = setInterval(callback, ms);
  if (background) timer.unref();
  return { cancel: () => clearInterval(timer) };
}

function repeated(time: TimeSource, ms: number, callback: () => void): Timer {
  let timer = time.after(ms, turn);
  let over = false;
  function turn(): void {
    callback();
    if (!over) timer = time.after(ms, turn);
  }
  return {
    cancel() {
      over = true;
      timer.cancel();
    },
  };
}

/** Runs `callback` in this turn of the event loop, once the input that has already arrived was handled. */
export function soon(callback: () => void): void {
  if (source === null) setImmediate(callback);
  else source.soon(callback);
}

/** Thrown by `within` when time is up. */
export class DeadlineError extends Error {
  readonly timeoutMs: number;
  constructor(what: string, timeoutMs: number) {
    super(`${what} took longer than ${timeoutMs} ms`);
    this.name = 'DeadlineError';
    this.timeoutMs = timeoutMs;
  }
}

/** The promise's result, or a `DeadlineError` after `ms`. `what` names the wait in the message. */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  let timer: Timer | undefined;
  try {
    const late = new Promise<never>((_, reject) => {
      timer = after(ms, () => reject(new DeadlineError(what, ms)));
    });
    return await Promise.race([work, late]);
  } finally {
    timer?.cancel();
  }
}
