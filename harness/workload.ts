/**
 * What a workload is: what clients do, and the promises that tests. Checkers are named, not imported, so that
 * a plan can hold them as data and a worker can run them.
 */
import type { CheckerOptions, NodeId, ParameterSpec } from './contracts.ts';
import type { Generator } from './generator/generator.ts';
import type { ConsensusPromise } from './observation.ts';
import type { Json } from './op.ts';
import type { Seed } from './random.ts';

/** A checker by name, with its options. */
export interface CheckerSpec {
  name: string;
  options: CheckerOptions;
}

/** What a workload may know when it is built. */
export interface WorkloadContext {
  seed: Seed;
  nodes: readonly NodeId[];
  /** Number of client threads. */
  concurrency: number;
  /** Operations the system understands for this workload. */
  operations: readonly string[];
  /** What the system's leadership promises; absent when it has no leader. */
  leadership?: 'per-term' | 'exclusive';
  /** What the system's decisions promise; absent when it decides nothing. */
  consensus?: ConsensusPromise;
}

/** A workload built for one run. */
export interface BuiltWorkload {
  /** Operations of the load phase; the engine adds rate and time limit. */
  generator: Generator;
  /** Operations after heal and settle: final reads. */
  final?: Generator;
  checkers: CheckerSpec[];
}

/** One workload, by name in the registry. */
export interface Workload {
  name: string;
  summary: string;
  /** Operations the system must understand, and those that are used when it does. */
  needs: readonly string[];
  uses?: readonly string[];
  /**
   * The workload whose operations these are, where it is another: `set` runs on every system that speaks `set`. A
   * system that lists this workload by its own name is asked by that name.
   */
  speaks?: string;
  options: Readonly<Record<string, ParameterSpec>>;
  build(options: Record<string, Json>, context: WorkloadContext): BuiltWorkload;
}

/** The name under which a system knows the operations of a workload; undefined: it does not. */
export function spokenAs(
  { name, speaks }: Pick<Workload, 'name' | 'speaks'>,
  system: { workloads: Readonly<Record<string, readonly string[]>> },
): string | undefined {
  return [name, speaks].find((one) => one !== undefined && Object.hasOwn(system.workloads, one));
}
