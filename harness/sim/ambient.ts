/**
 * What simulated node code has in place of the machine while it runs, and how functions of the language are
 * made to ask who is calling. Outside of node code every function does what it always did.
 */

/** What guarded globals do for the node whose code runs. */
export interface Ambient {
  /** Milliseconds since the epoch by the node's own clock. */
  wallMs(): number;
  /** Milliseconds of simulated time. */
  elapsedMs(): number;
  /** Uniform in [0, 1). */
  random(): number;
  /** Calls back after `ms`, every `ms` when it repeats; returns the timer's number. */
  setTimer(callback: () => void, ms: number, repeat: boolean): number;
  clearTimer(id: number): void;
  /** A line for the node's log. */
  note(text: string): void;
  /** A promise of the node was rejected and nobody looked. */
  failed(error: unknown): void;
}

/** Node code called something that is not part of the simulation. */
export class RefusedCall extends Error {
  constructor(name: string) {
    super(`${name} is not part of the simulation: a simulated node may use its storage, timers and messages`);
    this.name = 'RefusedCall';
  }
}

let running: Ambient | null = null;

/** The node whose code runs now; null for everybody else's. */
export function ambientNow(): Ambient | null {
  return running;
}

/** Runs `work` as code of a node, or, with null, as code of nobody. */
export function within(ambient: Ambient | null, work: () => void): void {
  const outer = running;
  running = ambient;
  try {
    work();
  } finally {
    running = outer;
  }
}

/** Any function. */
export type Callable = (...args: unknown[]) => unknown;
/** Anything that has functions by name. */
export type Holder = Record<string | symbol, unknown>;

/** Everything that was put in place, so that nothing is put in place of itself. */
const guarded = new WeakSet<object>();

/** Replaces a function by one that asks first whether node code runs. */
export function divert(
  holder: Holder,
  name: string | symbol,
  instead: (ambient: Ambient, args: unknown[]) => unknown,
): void {
  const original = holder[name];
  if (typeof original !== 'function' || guarded.has(original)) return;
  const replacement = function (this: unknown, ...args: unknown[]): unknown {
    if (running !== null) return instead(running, args);
    return (original as Callable).apply(this, args);
  };
  Object.defineProperties(replacement, Object.getOwnPropertyDescriptors(original));
  put(holder, name, replacement);
}

/** Puts a value in the place of another, once. */
export function put(holder: Holder, name: string | symbol, value: object): void {
  guarded.add(value);
  try {
    Object.defineProperty(holder, name, { value, configurable: true, writable: true });
  } catch {
    // A property that cannot be replaced cannot be guarded; comparing two runs shows what it does.
  }
}

/** True for what `put` has put there. */
export function isGuarded(value: unknown): boolean {
  return typeof value === 'function' && guarded.has(value);
}

/** Refuses a function to node code. */
export function refuse(holder: Holder, name: string, shown: string): void {
  divert(holder, name, () => {
    throw new RefusedCall(shown);
  });
}

/** Refuses the functions of a module; most classes, which begin with a capital, do nothing by themselves. */
export function refuseAll(module: Holder, shown: string): void {
  for (const name of Object.keys(module)) {
    if (/^[a-z]/.test(name)) refuse(module, name, `${shown}.${name}`);
  }
}

/** Refuses to make an object of a class that does something by itself. */
export function refuseClass(holder: Holder, name: string, shown: string): void {
  const original = holder[name];
  if (typeof original !== 'function' || guarded.has(original)) return;
  type Constructor = new (...args: unknown[]) => object;
  const proxy: Constructor = new Proxy(original as unknown as Constructor, {
    construct(target, args, newTarget): object {
      if (running !== null) throw new RefusedCall(`new ${shown}`);
      return Reflect.construct(target, args, newTarget === proxy ? target : newTarget) as object;
    },
    // Some make an object without `new` too.
    apply(target, self, args): object {
      if (running !== null) throw new RefusedCall(shown);
      return Reflect.apply(target as unknown as Callable, self, args) as object;
    },
  });
  put(holder, name, proxy);
}
