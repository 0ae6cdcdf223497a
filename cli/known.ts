/**
 * The names that exist, for checking configurations and flags with the nearest match: those of the moment, as
 * a configuration may bring plug-ins along.
 */
import type { KnownNames } from '../harness/config/checks.ts';
import { loadNamed } from './plugin-loading.ts';
import { CHECKERS, FAULTS, SYSTEMS, WORKLOADS } from './registries.ts';

/** Names of every family a configuration can mention. */
export function knownNames(): KnownNames {
  return {
    get systems() {
      return Object.keys(SYSTEMS);
    },
    get workloads() {
      return Object.keys(WORKLOADS);
    },
    get checkers() {
      return Object.keys(CHECKERS);
    },
    get faults() {
      return Object.fromEntries(
        Object.entries(FAULTS).map(([name, fault]) => [name, Object.keys(fault.modes)]),
      );
    },
    options: { workloads: WORKLOADS, faults: FAULTS, checkers: CHECKERS },
    get maxNodes() {
      return Object.fromEntries(
        Object.entries(SYSTEMS).flatMap(([name, { maxNodes }]) =>
          maxNodes === undefined ? [] : [[name, maxNodes]],
        ),
      );
    },
    load: loadNamed,
  };
}
