/**
 * The names that exist, for checking configurations and flags with the nearest match.
 */
import type { KnownNames } from '../harness/config/checks.ts';
import { CHECKERS, FAULTS, SYSTEMS, WORKLOADS } from './registries.ts';

/** Names of every family a configuration can mention. */
export function knownNames(): KnownNames {
  return {
    systems: Object.keys(SYSTEMS),
    workloads: Object.keys(WORKLOADS),
    checkers: Object.keys(CHECKERS),
    faults: Object.fromEntries(
      Object.entries(FAULTS).map(([name, fault]) => [name, Object.keys(fault.modes)]),
    ),
    options: { workloads: WORKLOADS, faults: FAULTS, checkers: CHECKERS },
  };
}
