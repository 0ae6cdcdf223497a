/**
 * The plan: everything that is decided before anything starts, as immutable plain data. The same configuration
 * and seed give the same plan, byte for byte, so it can be printed, stored, compared and run again.
 */
import type { PlannedFault } from '../contracts.ts';
import { canonicalJson } from '../history/interner.ts';
import type { Json } from '../op.ts';
import type { CheckerSpec } from '../workload.ts';

/** Something that was asked for and will not happen. */
export interface LeftOut {
  what: string;
  why: string;
  /** What would make it possible. */
  fix?: string;
  /** The fault, when it is one: without an injection of that kind, the run proves too little. */
  fault?: string;
}

/** One operation of the preview: time in ns since the start of the load, thread, function, key, value. */
export interface PreviewOp {
  timeNs: number;
  thread: number | string;
  f: string;
  key?: Json;
  value: Json;
}

/**
 * What the workload will ask, found by running its generator in virtual time against clients that always
 * succeed. Bounded: counts and digest cover the first `sampled` client operations. A run asks the same of each
 * key in the same order; how keys and clients interleave depends on who is free, hence on the answers.
 */
export interface OperationsPreview {
  sampled: number;
  /** True when the generator ended by itself within the sample. */
  complete: boolean;
  /** Operations per function, in the sample. */
  counts: Record<string, number>;
  /** Hash of time, thread, function, key and value of every sampled operation: 16 hexadecimal digits. */
  digest: string;
  /** The first operations of the sample. */
  first: PreviewOp[];
}

/** A module of the user's own that takes part in a run. */
export interface PlannedPlugin {
  kind: 'system' | 'workload' | 'fault' | 'checker';
  name: string;
  /** Path of the module, from where the run was started. */
  file: string;
  /** SHA-256 over it and every file beside it that it imports. */
  sha256: string;
}

/** The workload as systems know it. */
export function spokenWorkload({ workload, speaks }: Pick<Plan, 'workload' | 'speaks'>): string {
  return speaks ?? workload;
}

/** Everything a run does, decided in advance. Times in ns count from the start of the load. */
export interface Plan {
  version: 1;
  /** The configuration the plan was made from, as plain data. */
  config: Json;
  seed: number;
  workload: string;
  /** The name under which the system knows its operations, where it is another. */
  speaks?: string;
  /** Modules of the user's own that the run is made of, in order of their names; absent where there are none. */
  plugins?: PlannedPlugin[];
  workloadOptions: Record<string, Json>;
  nodes: string[];
  /** Number of client threads; thread t talks to node t mod n. */
  concurrency: number;
  /** Operations per second over all clients; 0 is as fast as they go. */
  rate: number;
  timeLimitMs: number;
  opTimeoutMs: number;
  /** Fault lanes that occur, in order; each is a thread `nemesis:<lane>`. */
  lanes: string[];
  /** In order of `atNs`. */
  faults: PlannedFault[];
  /** Nodes that faults make Byzantine, or that others speak in the name of; absent where there are none. */
  untrusted?: string[];
  checkers: CheckerSpec[];
  operations: OperationsPreview;
  leftOut: LeftOut[];
}

/** The plan as text: keys sorted, one top-level entry per line, ends in a newline. Equal plans, equal bytes. */
export function renderPlan(plan: Plan): string {
  const entries = Object.entries(plan as unknown as Record<string, Json>)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `  ${JSON.stringify(key)}: ${renderEntry(value)}`);
  return `{\n${entries.join(',\n')}\n}\n`;
}

/** Lists of objects get one line per element, everything else is one line. */
function renderEntry(value: Json): string {
  if (!Array.isArray(value) || value.length === 0 || typeof value[0] !== 'object')
    return canonicalJson(value);
  return `[\n${value.map((item) => `    ${canonicalJson(item)}`).join(',\n')}\n  ]`;
}
