/**
 * Which plug-ins of the user's own something is made of: what plans and regression files keep, to find them again.
 */
import { relative } from 'node:path';
import type { PlannedPlugin } from '../harness/plan/index.ts';
import { type Registered, registeredAs } from './registered.ts';

/** Names that something uses, by kind. */
export interface UsedNames {
  system: string;
  workload: string | null;
  faults: readonly { fault: string }[];
  checkers: readonly { name: string }[];
}

/** Those of them that are the user's own, with paths from `cwd`; an empty object when none is. */
export function plannedPlugins(
  { system, workload, faults, checkers }: UsedNames,
  cwd: string,
): { plugins?: PlannedPlugin[] } {
  const used: (Registered | undefined)[] = [
    registeredAs('system', system),
    workload === null ? undefined : registeredAs('workload', workload),
    ...faults.map(({ fault }) => registeredAs('fault', fault)),
    ...checkers.map(({ name }) => registeredAs('checker', name)),
  ];
  const known = new Set(used.filter((one) => one !== undefined));
  if (known.size === 0) return {};
  const plugins = [...known].map(({ kind, name, file, sha256 }) => ({
    ...{ kind, name, sha256 },
    file: relative(cwd, file),
  }));
  return { plugins: plugins.sort((a, b) => (`${a.kind} ${a.name}` < `${b.kind} ${b.name}` ? -1 : 1)) };
}
