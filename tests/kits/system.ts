/**
 * Every registered system keeps the contract of `faultline/kit` on every backend it names, with one cluster for each of
 * its workloads; what a plug-in cannot be asked for is asked here: bugs that faults can show, a demo that runs.
 */

import { expect, it } from 'vitest';
import { type BackendName, OpFailure, type System } from '../../harness/contracts.ts';
import { FAULTS } from '../../nemesis/index.ts';
import type { SystemKitOptions as KitOptions } from '../../plugins/kit/options.ts';
import { type RunningSystem, startSystem } from '../../plugins/kit/running-system.ts';
import { sampleOf } from '../../plugins/kit/samples.ts';
import { observes, refusesTheUnknown, serves } from '../../plugins/kit/serving.ts';
import { describesSystem } from '../../plugins/kit/system-kit.ts';
import { itOn } from './backend.ts';

/** What the kit needs to run a system. */
export interface SystemKitOptions extends Pick<KitOptions, 'set' | 'mayRefuse' | 'nodes'> {
  /** What is not installed here without which none of it runs, and how to install it. */
  missing?: string | null;
  /** It takes seconds to start: on backends after the first, one workload stands for all. */
  slow?: boolean;
}

/** Runs the contract. Call it inside a `describe`. */
export function systemKit(system: System, options: SystemKitOptions = {}): void {
  it('describes itself: workloads, checkers, faults and promises that exist', () => {
    describesSystem(system);
    for (const [workload, operations] of Object.entries(system.workloads)) {
      for (const f of operations) expect(sampleOf(workload, f), `${workload} ${f}`).toMatchObject({ f });
    }
    for (const [name, bug] of Object.entries(system.bugs)) {
      for (const word of (bug.nemesis ?? '').split(',').filter((part) => part !== '')) {
        const [fault, mode] = word.split('@')[0]!.split(':');
        expect(Object.keys(FAULTS), name).toContain(fault);
        if (mode !== undefined)
          expect(Object.keys(FAULTS[fault as keyof typeof FAULTS].modes), name).toContain(mode);
      }
    }
    if (system.demo) expect(Object.keys(system.workloads)).toContain(system.demo.workload);
  });

  if (options.missing != null) {
    const { missing } = options;
    it('serves every operation of every workload', (context) => context.skip(missing));
    return;
  }

  // Namespaces are tried by files that run themselves again in a sandbox;
  // hosts of backend ssh are made by its own tests.
  const backends = system.backends.filter((backend) => backend !== 'netns' && backend !== 'ssh');
  for (const backend of backends) servesOn(system, backend, options);

  const [first] = backends;
  if (first === undefined) return;
  itOn(first, 'answers an operation it does not know with a definite failure', () =>
    onCluster(system, Object.keys(system.workloads)[0]!, first, options, refuses),
  );
}

/** Every operation of every workload is understood on this backend. */
export function servesOn(system: System, backend: BackendName, options: SystemKitOptions): void {
  const all = Object.entries(system.workloads);
  const one = options.slow === true && (backend === 'netns' || backend !== system.backends[0]);
  itOn(backend, `serves every operation of ${one ? 'a' : 'every'} workload on ${backend}`, async () => {
    for (const [workload, operations] of one ? all.slice(0, 1) : all) {
      await onCluster(system, workload, backend, options, async (running) => {
        await serves(running, workload, operations, options);
        if (system.observe) await observes(system, running);
        if (system.backends[0] === 'netns') await refuses(running);
      });
    }
  });
}

/** The harness knows failures by their class. */
async function refuses(running: RunningSystem): Promise<void> {
  expect(await refusesTheUnknown(running)).toBeInstanceOf(OpFailure);
}

/** Asks something of a cluster, which ends without a problem. */
async function onCluster(
  system: System,
  workload: string,
  backend: BackendName,
  { nodes, set }: SystemKitOptions,
  use: (running: RunningSystem) => Promise<void>,
): Promise<void> {
  const running = await startSystem(system, workload, {
    backend,
    ...(nodes === undefined ? {} : { nodes }),
    ...(set === undefined ? {} : { set }),
  });
  let problems: string[] = [];
  try {
    await use(running);
  } finally {
    problems = await running.close();
  }
  expect(problems).toEqual([]);
}
