/**
 * `import { kitOf } from 'faultline/kit'`: the contracts of systems, workloads, faults and checkers as checks for any
 * test runner, on the module that is plugged in.
 *
 *     for (const { name, run } of await kitOf(new URL('./mine.ts', import.meta.url))) test(name, run);
 */
import { fileURLToPath } from 'node:url';
import type { Checker } from '../../checkers/contract.ts';
import { CHECKERS } from '../../checkers/registry.ts';
import type { Fault, System } from '../../harness/contracts.ts';
import type { Workload } from '../../harness/workload.ts';
import { FAULTS } from '../../nemesis/index.ts';
import { systems } from '../../systems/index.ts';
import { WORKLOADS } from '../../workloads/index.ts';
import { contractOf } from '../contract.ts';
import { kitExport, registerPlugin } from '../registered.ts';
import { checkerKit } from './checker-kit.ts';
import { type KitCheck, KitFailure } from './checks.ts';
import { faultKit } from './fault-kit.ts';
import type { KitOptions } from './options.ts';
import { systemKit } from './system-kit.ts';
import { workloadKit } from './workload-kit.ts';

export { checkerKit } from './checker-kit.ts';
export { type KitCheck, KitFailure } from './checks.ts';
export { FakeCluster } from './fake-cluster.ts';
export { faultKit } from './fault-kit.ts';
export type { CorrectObject } from './objects.ts';
export type {
  CheckerKitOptions,
  FaultKitOptions,
  KitHistory,
  KitOptions,
  SystemKitOptions,
  WorkloadKitOptions,
} from './options.ts';
export { defineKit } from './options.ts';
export { systemKit } from './system-kit.ts';
export { workloadKit } from './workload-kit.ts';

const TABLES = { system: systems, workload: WORKLOADS, fault: FAULTS, checker: CHECKERS } as const;

/**
 * The checks for everything a module plugs in, or for one plug-in. What the module exports as `kit` counts as options;
 * a checker needs `legal` and `planted` histories.
 * Throws `UsageError` where it cannot be loaded, `KitFailure` where it is none.
 */
export async function kitOf(subject: URL | string | object, options: KitOptions = {}): Promise<KitCheck[]> {
  for (const other of options.plugins ?? []) await registerPlugin(pathOf(other), pathOf(other));
  if (!(subject instanceof URL) && typeof subject !== 'string') {
    return (Array.isArray(subject) ? subject : [subject]).flatMap((one) => checksFor(one, options));
  }
  const path = pathOf(subject);
  const found = await registerPlugin(path, path);
  const said = kitExport(found[0]?.file ?? path);
  const all: KitOptions = { ...(typeof said === 'object' ? said : {}), ...options };
  return found.flatMap(({ kind, name }) => {
    const checks = checksFor((TABLES[kind] as Readonly<Record<string, object>>)[name]!, all);
    return found.length === 1
      ? checks
      : checks.map((check) => ({ ...check, name: `${name}: ${check.name}` }));
  });
}

function checksFor(plugin: object, options: KitOptions): KitCheck[] {
  const contract = contractOf(plugin);
  if ('problem' in contract)
    throw new KitFailure(`this is no plug-in: ${contract.problem}; ${contract.hint}`);
  switch (contract.kind) {
    case 'system':
      return systemKit(plugin as System, options);
    case 'workload':
      return workloadKit(plugin as Workload, options);
    case 'fault':
      return faultKit(plugin as Fault, options);
    case 'checker': {
      const { legal = {}, planted = {} } = options;
      return checkerKit(plugin as Checker, { ...options, legal, planted });
    }
  }
}

function pathOf(subject: URL | string): string {
  return subject instanceof URL || subject.startsWith('file:') ? fileURLToPath(subject) : subject;
}
