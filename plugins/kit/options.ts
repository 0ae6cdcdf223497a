/**
 * What kits may be told. A module may say it beside what it plugs in, as its export `kit`.
 */
import type { Checker } from '../../checkers/contract.ts';
import type { TestOp } from '../../checkers/testing/subject.ts';
import type { BackendName, Invocation, Json, PlannedFault } from '../../harness/contracts.ts';
import type { History } from '../../harness/history/history.ts';
import type { CheckerOptions } from '../../harness/parameter.ts';
import type { Workload } from '../../harness/workload.ts';
import type { FakeCluster } from './fake-cluster.ts';
import type { CorrectObject } from './objects.ts';

/** What the kit may be told about a workload. */
export interface WorkloadKitOptions {
  /** Makes an object that answers every operation as it should. Default: that of the workload it speaks, if known. */
  correct?: () => CorrectObject;
  /** Makes one that does not: one of its checkers must say so. */
  broken?: () => CorrectObject;
  /** Checkers it names that are the user's own, and not loaded. */
  checkers?: readonly Checker[];
}

/** A history as a test writes it: operations with process, type, f and value; the rest follows from their order. */
export type KitHistory = History | readonly TestOp[];

/** What the kit must be told about a checker. */
export interface CheckerKitOptions {
  /** Histories in which nothing is wrong, by what they show. */
  legal: Readonly<Record<string, KitHistory>>;
  /** Histories in which something is, by what that is; `kind`: the anomaly that must be found. */
  planted: Readonly<Record<string, KitHistory | { history: KitHistory; kind: string }>>;
  /** Options it is checked with. Default none. */
  options?: CheckerOptions;
}

/** What the kit may be told about a fault. */
export interface FaultKitOptions {
  /** Parameters for modes that cannot be planned without any, by mode. */
  params?: Readonly<Record<string, Record<string, Json>>>;
  /** Makes a cluster one on which a planned fault has something to do. */
  prepare?(cluster: FakeCluster, planned: PlannedFault): void;
}

/** What the kit may be told about a system. */
export interface SystemKitOptions {
  /** Nodes of the cluster; default 3. */
  nodes?: number;
  /** Where it runs; default the first backend of its list that needs no sandbox, engine or host. */
  backend?: BackendName;
  /** Options to start it with. */
  set?: Record<string, Json>;
  /** Operations that need not be acknowledged within ten seconds. */
  mayRefuse?: readonly string[];
  /** What to ask, by operation, instead of what the kit would. */
  operations?: Readonly<Record<string, Invocation>>;
  /** Workloads of the user's own that it speaks, and that are not loaded. */
  workloads?: readonly Workload[];
}

/** What kits may be told, whatever kind they are of. */
export interface KitOptions
  extends WorkloadKitOptions,
    FaultKitOptions,
    SystemKitOptions,
    Partial<CheckerKitOptions> {
  /** Other modules of the user's own that this one names. */
  plugins?: readonly (URL | string)[];
}

/** Gives what a module exports as `kit` its types, and changes nothing. */
export function defineKit(options: KitOptions): KitOptions {
  return options;
}
