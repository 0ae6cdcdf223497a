/**
 * The contract of a system, held against a small cluster of it: what it says of itself is true, its nodes start, serve
 * every operation they are said to, say who leads, come back after a kill, stop, and leave nothing behind.
 */
import { CHECKERS } from '../../checkers/registry.ts';
import { isLiving, type ProcessInfo, processInfo } from '../../harness/cluster/proc.ts';
import type { BackendName, System } from '../../harness/contracts.ts';
import { virtually } from '../../harness/sim/virtual-time.ts';
import { WORKLOADS } from '../../workloads/index.ts';
import { checkOf, demand, type KitCheck, KitFailure, messageOf } from './checks.ts';
import type { SystemKitOptions } from './options.ts';
import { type RunningSystem, startSystem } from './running-system.ts';
import { observes, refusesTheUnknown, serves } from './serving.ts';

/** Backends that work anywhere, without root, an engine or other machines. */
const ANYWHERE: readonly BackendName[] = ['stdio', 'tcp', 'sim'];

/** The checks for a system. */
export function systemKit(system: System, options: SystemKitOptions = {}): KitCheck[] {
  const backend =
    options.backend ?? system.backends.find((name) => ANYWHERE.includes(name)) ?? system.backends[0]!;
  return [
    checkOf('describes itself: workloads, checkers and promises that exist', () =>
      describesSystem(system, options),
    ),
    ...Object.entries(system.workloads).map(([workload, operations]) =>
      checkOf(`${backend}: serves every operation of ${workload}`, () =>
        onCluster(system, workload, backend, options, (running) =>
          serves(running, workload, operations, options),
        ),
      ),
    ),
    checkOf(`${backend}: refuses an operation it does not know, and says that it had no effect`, () =>
      onCluster(system, Object.keys(system.workloads)[0]!, backend, options, refusesTheUnknown),
    ),
    ...(system.observe === undefined
      ? []
      : [
          checkOf(`${backend}: says who leads`, () =>
            onCluster(system, Object.keys(system.workloads)[0]!, backend, options, (running) =>
              observes(system, running),
            ),
          ),
        ]),
    checkOf(`${backend}: comes back after a kill, stops, and leaves nothing`, () =>
      leavesNothing(system, backend, options),
    ),
  ];
}

/** What a system says of itself is true. */
export function describesSystem(
  system: System,
  { workloads = [] }: Pick<SystemKitOptions, 'workloads'> = {},
): void {
  demand(Object.keys(system.workloads).length > 0, 'it speaks no workload');
  for (const [name, operations] of Object.entries(system.workloads)) {
    const workload = workloads.find((one) => one.name === name) ?? WORKLOADS[name];
    demand(
      workload !== undefined,
      `it speaks "${name}", which is no workload (own ones: option workloads of the kit)`,
    );
    for (const need of workload.needs)
      demand(operations.includes(need), `it speaks ${name} without ${need}, which that workload needs`);
  }
  for (const [name, bug] of Object.entries(system.bugs)) {
    demand(bug.summary !== '', `the bug ${name} is not described`);
    demand(
      Object.hasOwn(system.workloads, bug.workload),
      `the bug ${name} shows in "${bug.workload}", which it does not speak`,
    );
    demand(
      Object.hasOwn(CHECKERS, bug.checker),
      `the bug ${name} is found by "${bug.checker}", which is no checker`,
    );
  }
  demand(
    (system.observe === undefined) === (system.leadership === undefined),
    'observe and leadership belong together: who shows leaders says what they promise',
  );
  for (const pattern of system.crashPatterns ?? []) {
    try {
      new RegExp(pattern);
    } catch (error) {
      throw new KitFailure(`crashPatterns: "${pattern}" is no regular expression: ${messageOf(error)}`);
    }
  }
}

/** Asks something of a small cluster; one in the simulator lives in simulated time. */
function onCluster(
  system: System,
  workload: string,
  backend: BackendName,
  { nodes, set }: SystemKitOptions,
  use: (running: RunningSystem) => Promise<unknown>,
): Promise<void> {
  const options = {
    backend,
    ...(nodes === undefined ? {} : { nodes }),
    ...(set === undefined ? {} : { set }),
  };
  const all = async (): Promise<void> => {
    try {
      const running = await startSystem(system, workload, options);
      let problems: string[] = [];
      try {
        await use(running);
      } finally {
        problems = await running.close();
      }
      demand(problems.length === 0, `it could not be ended: ${problems.join('; ')}`);
    } catch (error) {
      throw error instanceof KitFailure ? error : new KitFailure(messageOf(error));
    }
  };
  return backend === 'sim' ? virtually(all) : all();
}

async function leavesNothing(system: System, backend: BackendName, options: SystemKitOptions): Promise<void> {
  const workload = Object.keys(system.workloads)[0]!;
  let processes: ProcessInfo[] = [];
  await onCluster(system, workload, backend, options, async ({ cluster }) => {
    const [first] = cluster.nodes;
    await cluster.kill(first!);
    demand(cluster.state(first!) === 'stopped', `${first} is ${cluster.state(first!)} after a kill`);
    const restarted = await cluster.restart(first!);
    demand(restarted.state === 'installed', `${first} did not come back: ${restarted.summary}`);
    const pids = cluster.nodes.flatMap((node) => cluster.pids(node));
    processes = pids.map(processInfo).filter((info) => info !== null);
  });
  // Numbers are given out again.
  const left = processes.filter(
    ({ pid, startTicks }) => isLiving(pid) && processInfo(pid)?.startTicks === startTicks,
  );
  demand(left.length === 0, `processes are left: ${left.map(({ pid }) => pid).join(', ')}`);
}
