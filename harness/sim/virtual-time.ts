/**
 * Simulated time for asynchronous code: while `virtually` runs, the clock and the timers of harness/time.ts are
 * those of a timeline, and after every event all microtasks run before the next one. Code that waits for
 * timers and for the simulated cluster only does the same every time.
 */
import { machineMs, macrotask, monotonicNs, type Timer, type TimeSource, useTime } from '../time.ts';
import { EPOCH_MS } from './clock.ts';
import { Timeline } from './timeline.ts';

/** How long simulated events run before the machine's own (signals, the screen) get a turn, ms. */
const SLICE_MS = 20;
/** Events between two looks at the machine's clock. */
const LOOK_EVERY = 64;
/** How long the machine is waited for when nothing is left to happen, ms. */
const STUCK_MS = 5_000;

/** Node's own way to run all microtasks now. Does nothing inside one, which is why `checkDrain` exists. */
export const drain: () => void = (process as unknown as { _tickCallback(): void })._tickCallback.bind(
  process,
);

/** A timeline as the source of time. */
class VirtualTime implements TimeSource {
  readonly timeline = new Timeline();

  monotonicNs(): number {
    return this.timeline.now;
  }

  wallMs(): number {
    return EPOCH_MS + Math.floor(this.timeline.now / 1e6);
  }

  after(ms: number, callback: () => void): Timer {
    const timer = new VirtualTimer(callback);
    // Never early: who waits for a fraction of a nanosecond must not find it still ahead.
    this.timeline.at(this.timeline.now + Math.max(0, Math.ceil(ms * 1e6)), timer);
    return timer;
  }

  soon(callback: () => void): void {
    this.timeline.at(this.timeline.now, new VirtualTimer(callback), 1);
  }
}

class VirtualTimer implements Timer {
  #callback: (() => void) | null;

  constructor(callback: () => void) {
    this.#callback = callback;
  }

  run(): void {
    const callback = this.#callback;
    this.#callback = null;
    callback?.();
  }

  cancel(): void {
    this.#callback = null;
  }
}

let current: VirtualTime | null = null;

/** The timeline that time is simulated on now; null while time is the machine's. */
export function currentTimeline(): Timeline | null {
  return current?.timeline ?? null;
}

/**
 * Runs `work` in simulated time, from 0, and settles as it does. Machine time passes meanwhile, but nobody in
 * the process sees it. Rejects when `work` waits for something that is not part of the simulation, or when
 * simulated time is in use already.
 */
export async function virtually<T>(work: () => Promise<T>): Promise<T> {
  const time = new VirtualTime();
  const release = useTime(time);
  current = time;
  time.timeline.afterEvent = drain;
  try {
    return await new Promise<T>((resolve, reject) => {
      macrotask(() => new Driver(time.timeline, resolve, reject).begin(work));
    });
  } finally {
    current = null;
    release();
  }
}

/** Lets events happen in slices until the work has settled. */
class Driver<T> {
  readonly #timeline: Timeline;
  readonly #resolve: (value: T) => void;
  readonly #reject: (error: unknown) => void;
  #settled = false;
  #stuckSince: number | null = null;

  constructor(timeline: Timeline, resolve: (value: T) => void, reject: (error: unknown) => void) {
    this.#timeline = timeline;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  begin(work: () => Promise<T>): void {
    this.#guarded(() => {
      checkDrain();
      work().then(
        (value) => this.#settle(() => this.#resolve(value)),
        (error: unknown) => this.#settle(() => this.#reject(error)),
      );
      drain();
    });
    this.#slice();
  }

  #slice(): void {
    if (this.#settled) return;
    this.#guarded(() => {
      const ends = machineMs() + SLICE_MS;
      do {
        for (let i = 0; i < LOOK_EVERY && !this.#settled; i++) {
          if (!this.#timeline.step()) {
            this.#stuck();
            return;
          }
        }
        this.#stuckSince = null;
      } while (!this.#settled && machineMs() < ends);
    });
    if (!this.#settled) macrotask(() => this.#slice());
  }

  /** Nothing will happen by itself: only the machine can go on, with something the simulation does not know. */
  #stuck(): void {
    drain();
    this.#stuckSince ??= machineMs();
    if (machineMs() - this.#stuckSince < STUCK_MS) return;
    const at = `${(monotonicNs() / 1e6).toFixed(3)} ms`;
    throw new Error(`the simulation waits at ${at} for something that is not part of it`);
  }

  #settle(how: () => void): void {
    if (this.#settled) return;
    this.#settled = true;
    how();
  }

  #guarded(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#settle(() => this.#reject(error));
    }
  }
}

/** Throws where microtasks cannot be run on demand: then nothing that waits would ever go on. */
export function checkDrain(): void {
  let ran = false;
  Promise.resolve().then(() => {
    ran = true;
  });
  drain();
  if (!ran) throw new Error('microtasks cannot be run here: start the simulation from a macrotask');
}
