/**
 * Every family of plug-ins by the word the command line uses for it. The composition root: here, and only
 * here, all of them come together.
 */
import { CHECKERS, MODELS } from '../checkers/index.ts';
import { BACKENDS as BACKEND_LIST, type Backend } from '../harness/cluster/backends.ts';
import { FAULTS } from '../nemesis/index.ts';
import { systems as SYSTEMS } from '../systems/index.ts';
import { WORKLOADS } from '../workloads/index.ts';
import { CONSISTENCY_MODELS } from './consistency-models.ts';

/** Backends by name. */
export const BACKENDS: Readonly<Record<string, Backend>> = Object.fromEntries(
  BACKEND_LIST.map((backend) => [backend.name, backend]),
);

/** The families `list` and `describe` know, by plural. */
export const FAMILIES = {
  systems: SYSTEMS,
  workloads: WORKLOADS,
  faults: FAULTS,
  checkers: CHECKERS,
  backends: BACKENDS,
  models: MODELS,
  'consistency-models': CONSISTENCY_MODELS,
} as const;

/** `systems`, `workloads`... */
export type Family = keyof typeof FAMILIES;

export { CHECKERS, FAULTS, SYSTEMS, WORKLOADS };
