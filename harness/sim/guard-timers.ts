/**
 * The timers of the language for simulated nodes: callbacks, promises and signals, all of simulated time.
 */
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { type Ambient, ambientNow, type Callable, divert, type Holder, refuse } from './ambient.ts';

/** Puts the guard in place, once more wherever something else has been put there since. */
export function guardTimers(): void {
  const require = createRequire(import.meta.url);
  for (const holder of [globalThis as unknown as Holder, require('node:timers') as Holder]) {
    guardCallbacks(holder);
  }
  guardPromises(require('node:timers/promises') as Holder);
  divert(AbortSignal as unknown as Holder, 'timeout', (ambient, [ms]) => {
    const controller = new AbortController();
    start(ambient, [() => controller.abort(new DOMException('The operation timed out', 'TimeoutError')), ms]);
    return controller.signal;
  });
}

function guardCallbacks(holder: Holder): void {
  divert(holder, 'setTimeout', (ambient, args) => start(ambient, args));
  divert(holder, 'setInterval', (ambient, args) => start(ambient, args, true));
  divert(holder, 'setImmediate', (ambient, [callback, ...more]) => start(ambient, [callback, 0, ...more]));
  for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate']) divert(holder, name, clear);
  // What `promisify` makes of a timer is a function of its own.
  const timeout = holder['setTimeout'] as unknown as Holder;
  divert(timeout, promisify.custom, (ambient, [ms, value]) => wait(ambient, ms, value));
  const immediate = holder['setImmediate'] as unknown as Holder;
  divert(immediate, promisify.custom, (ambient, [value]) => wait(ambient, 0, value));
}

function guardPromises(timers: Holder): void {
  divert(timers, 'setTimeout', (ambient, [ms, value, options]) => wait(ambient, ms, value, options));
  divert(timers, 'setImmediate', (ambient, [value, options]) => wait(ambient, 0, value, options));
  divert(timers, 'setInterval', (_, [ms, value]) => ticks(ms, value));
  const scheduler = Object.getPrototypeOf(timers['scheduler'] as object) as Holder;
  divert(scheduler, 'wait', (ambient, [ms, options]) => wait(ambient, ms, undefined, options));
  refuse(scheduler, 'yield', 'scheduler.yield');
}

function start(ambient: Ambient, args: unknown[], repeat = false): unknown {
  const [callback, ms, ...more] = args as [Callable, number | undefined, ...unknown[]];
  const id = ambient.setTimer(() => void callback(...more), Math.max(1, Number(ms) || 0), repeat);
  const handle = {
    [Symbol.toPrimitive]: () => id,
    ref: () => handle,
    unref: () => handle,
    hasRef: () => true,
    simulated: id,
  };
  return handle;
}

function clear(ambient: Ambient, [handle]: unknown[]): void {
  const id = typeof handle === 'number' ? handle : (handle as { simulated?: number } | null)?.simulated;
  if (id !== undefined) ambient.clearTimer(id);
}

function wait(ambient: Ambient, ms: unknown, value: unknown, options?: unknown): Promise<unknown> {
  const signal = (options as { signal?: AbortSignal } | undefined)?.signal;
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      reject(new DOMException('The operation was aborted', 'AbortError'));
    };
    if (signal?.aborted === true) return aborted();
    const timer = start(ambient, [() => resolve(value), ms]);
    signal?.addEventListener('abort', () => {
      clear(ambient, [timer]);
      aborted();
    });
  });
}

async function* ticks(ms: unknown, value: unknown): AsyncGenerator<unknown> {
  while (true) {
    const ambient = ambientNow();
    if (ambient === null) return;
    yield await wait(ambient, ms, value);
  }
}
