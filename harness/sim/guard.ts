/**
 * The world as a simulated node sees it: while node code runs, the clock, timers and randomness of the language
 * are the simulator's, and everything that would reach the machine (files, sockets, processes) is refused by
 * name. Outside of node code nothing changes. Put in place once per process, on first use.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';

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
let installed = false;

/** Runs `work` as code of a node. */
export function runAs(ambient: Ambient, work: () => void): void {
  install();
  const outer = running;
  running = ambient;
  try {
    work();
  } finally {
    running = outer;
  }
}

type Callable = (...args: unknown[]) => unknown;
type Holder = Record<string, unknown>;

/** Modules whose every function is refused, and how to name them. */
const REFUSED = [
  'fs',
  'fs/promises',
  'net',
  'dgram',
  'dns',
  'dns/promises',
  'http',
  'https',
  'http2',
  'tls',
  'child_process',
];

function install(): void {
  if (installed) return;
  installed = true;
  const require = createRequire(import.meta.url);
  guardClock();
  guardTimers();
  guardRandomness(require('node:crypto') as Holder);
  guardOutput();
  guardRejections();
  for (const name of REFUSED) refuseAll(require(`node:${name}`) as Holder, name);
  const global = globalThis as unknown as Holder;
  for (const name of ['fetch', 'WebSocket', 'EventSource']) refuse(global, name, name);
  // Imports by name see the guarded functions too.
  syncBuiltinESMExports();
}

/** Replaces a function by one that asks first whether node code runs. */
function divert(holder: Holder, name: string, guarded: (ambient: Ambient, args: unknown[]) => unknown): void {
  const original = holder[name];
  if (typeof original !== 'function') return;
  const replacement = function (this: unknown, ...args: unknown[]): unknown {
    if (running !== null) return guarded(running, args);
    return (original as Callable).apply(this, args);
  };
  Object.defineProperties(replacement, Object.getOwnPropertyDescriptors(original));
  try {
    Object.defineProperty(holder, name, { value: replacement, configurable: true, writable: true });
  } catch {
    // A property that cannot be replaced cannot be guarded; comparing two runs shows what it does.
  }
}

function refuse(holder: Holder, name: string, shown: string): void {
  divert(holder, name, () => {
    throw new RefusedCall(shown);
  });
}

/** Refuses functions; classes, which begin with a capital, do nothing by themselves. */
function refuseAll(module: Holder, shown: string): void {
  for (const name of Object.keys(module)) {
    if (/^[a-z]/.test(name)) refuse(module, name, `${shown}.${name}`);
  }
}

function guardClock(): void {
  const RealDate = Date;
  const now = RealDate.now;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(
        target,
        args.length === 0 && running !== null ? [running.wallMs()] : args,
        newTarget === globalThis.Date ? target : newTarget,
      ),
    apply: (target, self, args) =>
      running === null ? Reflect.apply(target, self, args) : new target(running.wallMs()).toString(),
    get: (target, name, receiver) => {
      if (name === 'now') return () => (running === null ? now() : running.wallMs());
      return Reflect.get(target, name, receiver);
    },
  });
  divert(performance as unknown as Holder, 'now', (ambient) => ambient.elapsedMs());
  const { hrtime } = process as unknown as { hrtime: Holder };
  const bigint = hrtime['bigint'] as () => bigint;
  divert(process as unknown as Holder, 'hrtime', (ambient, [since]) => {
    const ns = Math.round(ambient.elapsedMs() * 1e6);
    const [s, n] = Array.isArray(since) ? (since as [number, number]) : [0, 0];
    const left = ns - s * 1e9 - n;
    return [Math.floor(left / 1e9), left % 1e9];
  });
  (process as unknown as { hrtime: Holder }).hrtime['bigint'] = () =>
    running === null ? bigint() : BigInt(Math.round(running.elapsedMs() * 1e6));
}

function guardTimers(): void {
  const global = globalThis as unknown as Holder;
  const start = (ambient: Ambient, args: unknown[], repeat: boolean): unknown => {
    const [callback, ms, ...more] = args as [Callable, number | undefined, ...unknown[]];
    const id = ambient.setTimer(() => void callback(...more), Math.max(1, Number(ms) || 0), repeat);
    const handle = { [Symbol.toPrimitive]: () => id, ref: () => handle, unref: () => handle, simulated: id };
    return handle;
  };
  const clear = (ambient: Ambient, [handle]: unknown[]): void => {
    const id = typeof handle === 'number' ? handle : (handle as { simulated?: number } | null)?.simulated;
    if (id !== undefined) ambient.clearTimer(id);
  };
  divert(global, 'setTimeout', (ambient, args) => start(ambient, args, false));
  divert(global, 'setInterval', (ambient, args) => start(ambient, args, true));
  divert(global, 'setImmediate', (ambient, [callback, ...more]) =>
    start(ambient, [callback, 0, ...more], false),
  );
  for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate']) divert(global, name, clear);
}

function guardRandomness(crypto: Holder): void {
  const byte = (ambient: Ambient): number => Math.floor(ambient.random() * 256);
  const fill = (ambient: Ambient, target: unknown): unknown => {
    const view = target as ArrayBufferView;
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    for (let i = 0; i < bytes.length; i++) bytes[i] = byte(ambient);
    return target;
  };
  const uuid = (ambient: Ambient): string => {
    const hex = Array.from({ length: 16 }, () => byte(ambient).toString(16).padStart(2, '0')).join('');
    const variant = '89ab'[Math.floor(ambient.random() * 4)];
    const parts = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`];
    return [...parts, `${variant}${hex.slice(17, 20)}`, hex.slice(20)].join('-');
  };
  const bytes = (ambient: Ambient, [size]: unknown[]): unknown => fill(ambient, Buffer.alloc(Number(size)));
  divert(Math as unknown as Holder, 'random', (ambient) => ambient.random());
  divert(crypto, 'randomBytes', bytes);
  divert(crypto, 'randomUUID', uuid);
  divert(crypto, 'randomInt', (ambient, [low, high]) => {
    const [from, to] = high === undefined ? [0, Number(low)] : [Number(low), Number(high)];
    return from + Math.floor(ambient.random() * (to - from));
  });
  for (const name of ['randomFillSync', 'getRandomValues']) {
    divert(crypto, name, (ambient, [target]) => fill(ambient, target));
  }
  const web = globalThis.crypto as unknown as Holder;
  divert(web, 'randomUUID', uuid);
  divert(web, 'getRandomValues', (ambient, [target]) => fill(ambient, target));
}

/** What a node prints goes to its log. */
function guardOutput(): void {
  for (const stream of [process.stdout, process.stderr] as unknown as Holder[]) {
    divert(stream, 'write', (ambient, [text]) => {
      ambient.note(String(text).trimEnd());
      return true;
    });
  }
}

/** A rejection nobody handles ends a real process; here it ends the node whose code it is. */
function guardRejections(): void {
  const emitter = process as unknown as { emit: (name: string, ...rest: unknown[]) => boolean };
  const { emit } = emitter;
  emitter.emit = function (this: unknown, name, ...rest): boolean {
    if (running === null || name !== 'unhandledRejection') return emit.call(this, name, ...rest);
    running.failed(rest[0]);
    return true;
  };
}
