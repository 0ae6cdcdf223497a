/**
 * The process around a simulated node: it is the whole harness, so a node may neither end it nor look at how it
 * does, and channels that deliver by the machine's own events are none of the simulation's.
 */
import { createRequire } from 'node:module';
import { type Ambient, ambientNow, divert, type Holder, refuse, refuseClass } from './ambient.ts';

/** Functions of `process` that act on the harness, or answer with the state of the machine. */
const PROCESS = [
  ...['exit', 'reallyExit', 'abort', 'kill', 'chdir', 'setuid', 'setgid', 'dlopen'],
  ...['memoryUsage', 'cpuUsage', 'resourceUsage'],
];

/** Functions of `os` whose answer is another every time. */
const MACHINE = ['loadavg', 'freemem', 'networkInterfaces', 'setPriority'];

/** Functions of `crypto` that draw keys and primes where the simulator cannot. */
const KEYS = [
  ...['generateKeyPair', 'generateKeyPairSync', 'generateKey', 'generateKeySync'],
  ...['generatePrime', 'generatePrimeSync', 'createDiffieHellman', 'getDiffieHellman', 'createECDH'],
];

/** Puts the guard in place, once per process. */
export function guardProcess(): void {
  const require = createRequire(import.meta.url);
  const machine = require('node:os') as Holder;
  for (const name of PROCESS) refuse(process as unknown as Holder, name, `process.${name}`);
  for (const name of MACHINE) refuse(machine, name, `os.${name}`);
  for (const name of KEYS) refuse(require('node:crypto') as Holder, name, `crypto.${name}`);
  const seconds = (ambient: Ambient): number => ambient.elapsedMs() / 1e3;
  divert(process as unknown as Holder, 'uptime', (ambient) => seconds(ambient));
  divert(machine, 'uptime', (ambient) => seconds(ambient));
  const threads = require('node:worker_threads') as Holder;
  const global = globalThis as unknown as Holder;
  for (const name of ['MessageChannel', 'BroadcastChannel']) {
    refuseClass(global, name, name);
    if (threads[name] !== global[name]) refuseClass(threads, name, name);
  }
  guardReadings();
  refuse(Atomics as unknown as Holder, 'wait', 'Atomics.wait');
}

/** Values that are read instead of called, and a clock inside a formatter. */
function guardReadings(): void {
  const { timeOrigin } = performance;
  const { pid } = process;
  read(performance, 'timeOrigin', (ambient) => ambient.wallMs() - ambient.elapsedMs(), timeOrigin);
  read(process, 'pid', () => 1, pid);
  for (const name of ['mark', 'measure']) {
    refuse(performance as unknown as Holder, name, `performance.${name}`);
  }
  const formatter = Intl.DateTimeFormat.prototype;
  const format = Object.getOwnPropertyDescriptor(formatter, 'format')!.get!;
  Object.defineProperty(formatter, 'format', {
    configurable: true,
    get(this: Intl.DateTimeFormat) {
      const bound = format.call(this) as Intl.DateTimeFormat['format'];
      return (date?: Date | number) => bound(date ?? ambientNow()?.wallMs());
    },
  });
}

/** A property that is another one to node code. */
function read(holder: object, name: string, inNode: (ambient: Ambient) => number, real: number): void {
  Object.defineProperty(holder, name, {
    configurable: true,
    enumerable: true,
    get() {
      const ambient = ambientNow();
      return ambient === null ? real : inNode(ambient);
    },
  });
}
