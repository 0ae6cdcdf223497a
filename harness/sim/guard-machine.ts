/**
 * What the machine says about itself, for simulated nodes: an environment of their own that is empty, a process with
 * no arguments on a computer with one processor, weak references that are held. The same on every machine; what
 * reaches into the runtime is refused by name.
 */
import { createRequire } from 'node:module';
import {
  type Ambient,
  ambientNow,
  divert,
  type Holder,
  put,
  RefusedCall,
  refuse,
  refuseClass,
} from './ambient.ts';

/** More functions of `process` that reach into the runtime or ask the machine. */
const PROCESS = [
  ...['binding', '_linkedBinding', 'openStdin', 'constrainedMemory', 'availableMemory'],
  ...['getActiveResourcesInfo', '_getActiveHandles', '_getActiveRequests', 'loadEnvFile', 'execve'],
  ...['getuid', 'geteuid', 'getgid', 'getegid', 'getgroups', 'setgroups', 'initgroups', 'seteuid', 'setegid'],
  ...['_debugProcess', '_debugEnd', '_rawDebug', '_kill', '_startProfilerIdleNotifier'],
];

/** Listeners on the process would hear of the harness. */
const LISTENING = ['on', 'once', 'addListener', 'prependListener', 'prependOnceListener'];

/** Functions of `v8` that look at the heap or change the engine. */
const ENGINE = [
  ...['getHeapStatistics', 'getHeapSpaceStatistics', 'getHeapCodeStatistics', 'getHeapSnapshot'],
  ...[
    'writeHeapSnapshot',
    'setFlagsFromString',
    'setHeapSnapshotNearHeapLimit',
    'takeCoverage',
    'stopCoverage',
  ],
  ...['cachedDataVersionTag', 'queryObjects'],
];

/** Functions of `vm` that make a world with a clock and randomness of its own. */
const WORLDS = ['createContext', 'runInContext', 'runInNewContext'];

/** Functions of `performance` that tell how the harness does. */
const MEASURES = ['eventLoopUtilization', 'timerify', 'getEntries', 'getEntriesByName', 'getEntriesByType'];

/** Answers of `os` that are not those of this machine. */
const MACHINE: Readonly<Record<string, () => unknown>> = {
  hostname: () => 'simulated',
  availableParallelism: () => 1,
  homedir: () => '/',
  tmpdir: () => '/tmp',
};

/** Puts the guard in place, once per process. */
export function guardMachine(): void {
  const require = createRequire(import.meta.url);
  const own = process as unknown as Holder;
  for (const name of PROCESS) refuse(own, name, `process.${name}`);
  for (const name of LISTENING) divert(own, name, () => process);
  divert(own, 'cwd', () => '/');
  divert(own, 'umask', () => 0o022);
  guardProperties();
  const machine = require('node:os') as Holder;
  for (const [name, answer] of Object.entries(MACHINE)) divert(machine, name, answer);
  for (const name of ['cpus', 'totalmem', 'userInfo']) refuse(machine, name, `os.${name}`);
  const [v8, vm] = [require('node:v8') as Holder, require('node:vm') as Holder];
  for (const name of ENGINE) refuse(v8, name, `v8.${name}`);
  for (const name of WORLDS) refuse(vm, name, `vm.${name}`);
  const script = (vm['Script'] as { prototype: Holder }).prototype;
  for (const name of ['runInContext', 'runInNewContext']) refuse(script, name, `vm.Script.${name}`);
  for (const name of MEASURES) refuse(performance as unknown as Holder, name, `performance.${name}`);
  const hooks = require('node:perf_hooks') as Holder;
  refuse(hooks, 'monitorEventLoopDelay', 'perf_hooks.monitorEventLoopDelay');
  refuseClass(hooks, 'PerformanceObserver', 'PerformanceObserver');
  refuse(Atomics as unknown as Holder, 'waitAsync', 'Atomics.waitAsync');
  guardMemory();
}

/** Values that are read instead of called. */
function guardProperties(): void {
  const environments = new WeakMap<Ambient, object>();
  const environment = (ambient: Ambient): object => {
    const known = environments.get(ambient) ?? {};
    environments.set(ambient, known);
    return known;
  };
  instead(process, 'env', environment);
  instead(process, 'argv', () => ['node']);
  instead(process, 'execArgv', () => []);
  instead(process, 'argv0', () => 'node');
  instead(process, 'title', () => 'node');
  instead(process, 'execPath', () => '/node');
  instead(process, 'ppid', () => 0);
  for (const name of ['stdin', 'report']) {
    instead(process, name, () => {
      throw new RefusedCall(`process.${name}`);
    });
  }
}

/** When garbage is collected is nobody's to know: references are held, and nobody is told of an end. */
function guardMemory(): void {
  const global = globalThis as unknown as Holder;
  construction(global, 'WeakRef', ([target]) => ({ deref: () => target }));
  construction(global, 'FinalizationRegistry', () => ({ register() {}, unregister: () => false }));
}

/** A property that is another one to node code. */
function instead(holder: object, name: string, inNode: (ambient: Ambient) => unknown): void {
  const before = Object.getOwnPropertyDescriptor(holder, name);
  if (before?.configurable === false) return;
  const real = (): unknown =>
    before === undefined || 'value' in before ? before?.value : before.get?.call(holder);
  Object.defineProperty(holder, name, {
    configurable: true,
    enumerable: before?.enumerable ?? true,
    get() {
      const ambient = ambientNow();
      return ambient === null ? real() : inNode(ambient);
    },
    set(value: unknown) {
      if (ambientNow() !== null) return;
      if (before !== undefined && 'value' in before) before.value = value;
      else before?.set?.call(holder, value);
    },
  });
}

/** Objects that node code makes of a class are these instead. */
function construction(holder: Holder, name: string, make: (args: unknown[]) => object): void {
  const original = holder[name] as new (...args: unknown[]) => object;
  const proxy = new Proxy(original, {
    construct(target, args: unknown[], newTarget): object {
      if (ambientNow() === null)
        return Reflect.construct(target, args, newTarget === proxy ? target : newTarget) as object;
      return Object.setPrototypeOf(make(args), original.prototype) as object;
    },
  });
  put(holder, name, proxy);
}
