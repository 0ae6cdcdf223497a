/**
 * The one home of time: monotonic nanoseconds, wall-clock stamps, sleeping, deadlines. Nothing else in the
 * project reads a clock or sets a timer, so virtual time can take this file's place.
 */
import { performance } from 'node:perf_hooks';

/** Monotonic time in nanoseconds (integer below 2^53). */
export function monotonicNs(): number {
  return Math.round(performance.now() * 1e6);
}

/** Wall-clock time of the harness in milliseconds since the epoch; for names and stamps only. */
export function wallMs(): number {
  return Date.now();
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
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** A signal that aborts after `ms`, or as soon as `parent` does. Its timer does not keep the process alive. */
export function signalAfter(ms: number, parent?: AbortSignal): AbortSignal {
  const late = AbortSignal.timeout(ms);
  return parent === undefined ? late : AbortSignal.any([parent, late]);
}

/** A timer that can be cancelled; the callback runs once. */
export interface Timer {
  cancel(): void;
}

/** Runs `callback` after `ms`. With `background`, the timer does not keep the process alive. */
export function after(ms: number, callback: () => void, background = false): Timer {
  const timer = setTimeout(callback, ms);
  if (background) timer.unref();
  return { cancel: () => clearTimeout(timer) };
}

/** Runs `callback` every `ms` until cancelled. With `background`, it does not keep the process alive. */
export function every(ms: number, callback: () => void, background = false): Timer {
  const timer = setInterval(callback, ms);
  if (background) timer.unref();
  return { cancel: () => clearInterval(timer) };
}

/** Runs `callback` in this turn of the event loop, once the input that has already arrived was handled. */
export function soon(callback: () => void): void {
  setImmediate(callback);
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
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new DeadlineError(what, ms)), ms);
    });
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
