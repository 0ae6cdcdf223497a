/**
 * The process around a simulated node: it is the whole harness, so a node may neither end it nor look at how it
 * does, and channels that deliver by the machine's own events are none of the simulation's.
 */
import { createRequire } from 'node:module';
import { type Ambient, divert, type Holder, refuse, refuseClass } from './ambient.ts';

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
  refuse(Atomics as unknown as Holder, 'wait', 'Atomics.wait');
}
