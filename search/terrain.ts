/**
 * What is searched, and how: as data that a worker can be sent, and with the system it names.
 */
import type { System } from '../harness/contracts.ts';
import { lookup } from '../harness/registry.ts';
import type { SearchHints } from '../harness/search-hints.ts';
import { systems } from '../systems/index.ts';

/**
 * `dense`: many faults. `swarm`: as many, of a random half of the kinds. `random`: eight, anywhere. `trigger`: few,
 * each at a moment that was seen in runs without faults. `mixed`: dense and swarm in turn.
 */
export const STRATEGIES = ['mixed', 'dense', 'swarm', 'random', 'trigger'] as const;

/** A way to draw. */
export type Strategy = (typeof STRATEGIES)[number];

/** What is searched, as data. */
export interface TerrainSpec {
  system: string;
  bugs: readonly string[];
  /** Workloads to draw from. */
  workloads: readonly string[];
  /** Faults to draw from. */
  faults: readonly string[];
  settings: Record<string, number | boolean | string>;
  /** `quiet`: no faults at all, for a look at what happens without. */
  strategy: Strategy | 'quiet';
  /** Where to look, in all but every fourth run. */
  hints?: SearchHints;
  /** Numbers of nodes to draw from; absent: those that suit the system. */
  sizes?: readonly number[];
  /** Faults of every run, whatever the strategy and the hints say. */
  density?: number;
}

/** What is searched. */
export interface Terrain extends Omit<TerrainSpec, 'system'> {
  system: System;
}

/** The terrain of its data. Throws `UsageError` for a system that does not exist. */
export function terrainOf(spec: TerrainSpec): Terrain {
  return { ...spec, system: lookup('system', systems, spec.system) };
}
