/**
 * The names a campaign can mention: those of configurations, and what each system speaks and can be told to break.
 */
import type { CampaignKnown } from '../../harness/campaign/checks.ts';
import { knownNames } from '../known.ts';
import { SYSTEMS, WORKLOADS } from '../registries.ts';

/** Names of every family, with the workloads and the bugs of each system. */
export function campaignNames(): CampaignKnown {
  const systems = Object.entries(SYSTEMS);
  return {
    ...knownNames(),
    speaks: Object.fromEntries(
      systems.map(([name, system]) => [
        name,
        Object.entries(system.workloads)
          .filter(([workload, spoken]) => WORKLOADS[workload]?.needs.every((need) => spoken.includes(need)))
          .map(([workload]) => workload),
      ]),
    ),
    bugs: Object.fromEntries(systems.map(([name, { bugs }]) => [name, Object.keys(bugs)])),
  };
}
