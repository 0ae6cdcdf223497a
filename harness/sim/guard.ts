/**
 * The world as a simulated node sees it: while node code runs, the clock, timers and randomness of the language
 * are the simulator's, and everything that would reach the machine (files, sockets, processes, threads) is
 * refused by name. Outside of node code nothing changes.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { format } from 'node:util';
import {
  type Ambient,
  ambientNow,
  divert,
  type Holder,
  isGuarded,
  put,
  refuse,
  refuseAll,
  refuseClass,
  within,
} from './ambient.ts';
import { guardRandomness } from './guard-crypto.ts';
import { guardMachine } from './guard-machine.ts';
import { guardProcess } from './guard-process.ts';
import { guardTimers } from './guard-timers.ts';

let installed = false;

/** Runs `work` as code of a node. */
export function runAs(ambient: Ambient, work: () => void): void {
  if (!installed) guardAmbient();
  within(ambient, work);
}

/** Modules whose every function is refused. */
const REFUSED = [
  ...['fs', 'fs/promises', 'net', 'dgram', 'dns', 'dns/promises', 'http', 'https', 'http2', 'tls'],
  ...['child_process', 'cluster', 'readline', 'inspector'],
];

/** Classes whose objects open files or sockets, or ask for names. */
const CLASSES: Readonly<Record<string, readonly string[]>> = {
  fs: ['ReadStream', 'WriteStream', 'FileReadStream', 'FileWriteStream'],
  net: ['Socket', 'Stream', 'Server'],
  dgram: ['Socket'],
  dns: ['Resolver'],
  'dns/promises': ['Resolver'],
  http: ['Server', 'ClientRequest'],
  https: ['Server'],
  tls: ['TLSSocket', 'Server'],
};

/** Functions of `zlib` that give their work to other threads; the others compute at once. */
const ZLIB = ['gzip', 'gunzip', 'deflate', 'inflate', 'deflateRaw', 'inflateRaw', 'unzip'];

/**
 * Puts the guard in place. Called again before every simulation: a test may have replaced timers or `Date`
 * since then (fake timers), and those must not reach nodes either.
 */
export function guardAmbient(): void {
  const require = createRequire(import.meta.url);
  guardClock();
  guardTimers();
  guardOutput();
  if (!installed) {
    installed = true;
    guardRandomness(require('node:crypto') as Holder);
    guardProcess();
    guardMachine();
    guardRejections();
    for (const name of REFUSED) refuseAll(require(`node:${name}`) as Holder, name);
    for (const [name, classes] of Object.entries(CLASSES))
      for (const each of classes) refuseClass(require(`node:${name}`) as Holder, each, `${name}.${each}`);
    const zlib = require('node:zlib') as Holder;
    for (const name of [...ZLIB, 'brotliCompress', 'brotliDecompress']) refuse(zlib, name, `zlib.${name}`);
    refuseClass(require('node:worker_threads') as Holder, 'Worker', 'Worker');
  }
  const global = globalThis as unknown as Holder;
  refuse(global, 'fetch', 'fetch');
  for (const name of ['WebSocket', 'EventSource']) refuseClass(global, name, name);
  // Imports by name see the guarded functions too.
  syncBuiltinESMExports();
}

function guardClock(): void {
  guardDate();
  divert(performance as unknown as Holder, 'now', (ambient) => ambient.elapsedMs());
  const bigint = (process as unknown as { hrtime: Holder }).hrtime['bigint'] as () => bigint;
  divert(process as unknown as Holder, 'hrtime', (ambient, [since]) => {
    const ns = Math.round(ambient.elapsedMs() * 1e6);
    const [s, n] = Array.isArray(since) ? (since as [number, number]) : [0, 0];
    const left = ns - s * 1e9 - n;
    return [Math.floor(left / 1e9), left % 1e9];
  });
  if (isGuarded(bigint)) return;
  const { hrtime } = process as unknown as { hrtime: Holder };
  put(hrtime, 'bigint', () => {
    const ambient = ambientNow();
    return ambient === null ? bigint() : BigInt(Math.round(ambient.elapsedMs() * 1e6));
  });
}

function guardDate(): void {
  const original = globalThis.Date;
  if (isGuarded(original)) return;
  divert(original as unknown as Holder, 'now', (ambient) => ambient.wallMs());
  const proxy: DateConstructor = new Proxy(original, {
    construct(target, args: unknown[], newTarget) {
      const ambient = ambientNow();
      const given = args.length === 0 && ambient !== null ? [ambient.wallMs()] : args;
      return Reflect.construct(target, given, newTarget === proxy ? target : newTarget) as Date;
    },
    apply(target, self, args) {
      const ambient = ambientNow();
      if (ambient === null) return Reflect.apply(target, self, args) as string;
      return new target(ambient.wallMs()).toString();
    },
  });
  put(globalThis as unknown as Holder, 'Date', proxy);
}

/** What a node prints goes to its log. */
function guardOutput(): void {
  for (const stream of [process.stdout, process.stderr] as unknown as Holder[]) {
    divert(stream, 'write', (ambient, [text]) => {
      ambient.note(String(text).trimEnd());
      return true;
    });
  }
  // Test runners have a console of their own, which does not write to these streams at once.
  const { console: printed } = globalThis as unknown as { console: Holder };
  for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace']) {
    divert(printed, name, (ambient, args) => ambient.note(format(...args)));
  }
}

/** A rejection nobody handles ends a real process; here it ends the node whose code it is. */
function guardRejections(): void {
  const emitter = process as unknown as { emit: (name: string, ...rest: unknown[]) => boolean };
  const { emit } = emitter;
  emitter.emit = function (this: unknown, name, ...rest): boolean {
    const ambient = ambientNow();
    if (ambient === null || name !== 'unhandledRejection') return emit.call(this, name, ...rest);
    ambient.failed(rest[0]);
    return true;
  };
}
