/**
 * What makes a named bug show: its workload, its faults and its settings, as a configuration to lay beneath what
 * the user asked for. `demo` and `run` name bugs alike, so both find them alike.
 */
import type { Config } from '../harness/config/types.ts';
import type { System } from '../harness/contracts.ts';
import { suggest, UsageError } from '../harness/registry.ts';

/** Defaults for a run of `system` with `bugs`; those of the first bug, none without bugs. Throws on unknown bugs. */
export function bugDefaults(system: System, bugs: readonly string[]): Config {
  for (const bug of bugs) {
    if (!Object.hasOwn(system.bugs, bug)) {
      throw new UsageError(`${system.name} has no bug switch "${bug}"`, {
        hint: suggest(bug, Object.keys(system.bugs)),
      });
    }
  }
  const first = bugs[0];
  if (first === undefined) return {};
  const bug = system.bugs[first]!;
  return {
    workload: bug.workload,
    ...(bug.nemesis === undefined ? {} : { nemesis: bug.nemesis }),
    ...(bug.config as Config | undefined),
  };
}
