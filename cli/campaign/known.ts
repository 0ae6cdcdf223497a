/**
 * The names a campaign can mention: those of configurations, and what each system speaks and can be told to break.
 */
import type { CampaignKnown } from '../../harness/campaign/checks.ts';
import type { System } from '../../harness/contracts.ts';
import { spokenAs, type Workload } from '../../harness/workload.ts';
import { knownNames } from '../known.ts';
import { SYSTEMS, WORKLOADS } from '../registries.ts';

/** Names of every family, with the workloads and the bugs of each system. */
export function campaignNames(): CampaignKnown {
  return Object.defineProperties(knownNames(), {
    speaks: { enumerable: true, get: () => ofSystems(workloadsOf) },
    askedAs: {
      enumerable: true,
      get: () =>
        Object.fromEntries(
          Object.values(WORKLOADS).flatMap(({ name, speaks }) =>
            speaks === undefined ? [] : [[name, speaks]],
          ),
        ),
    },
    bugs: { enumerable: true, get: () => ofSystems(({ bugs }) => Object.keys(bugs)) },
  });
}

function ofSystems<T>(about: (system: System) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(SYSTEMS).map(([name, system]) => [name, about(system)]));
}

function workloadsOf(system: System): string[] {
  const runs = (workload: Workload | undefined): boolean => {
    const spoken = workload === undefined ? undefined : spokenAs(workload, system);
    return spoken !== undefined && workload!.needs.every((need) => system.workloads[spoken]!.includes(need));
  };
  const own = Object.keys(system.workloads).filter((name) => runs(WORKLOADS[name]));
  const others = Object.keys(WORKLOADS).filter((name) => !own.includes(name) && runs(WORKLOADS[name]));
  return [...own, ...others];
}
