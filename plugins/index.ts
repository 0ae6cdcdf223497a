/**
 * `import { ... } from 'faultline/plugin'`: everything a system, a workload, a fault or a checker of your own is made
 * of. What does not come from here may change without notice.
 */
export type { Budget, Checker } from '../checkers/contract.ts';
export type {
  BackendName,
  BugSwitch,
  Capability,
  CheckerOptions,
  CheckerResult,
  Client,
  Cluster,
  Endpoint,
  Evidence,
  Fault,
  FaultContext,
  FaultEffect,
  Invocation,
  Json,
  LeaderObservation,
  LinkRule,
  NodeAddress,
  NodeId,
  Op,
  OpError,
  ParameterSpec,
  PlannedFault,
  ProgramSpec,
  ReadyProbe,
  System,
  SystemContext,
  TargetSpec,
  UndoAction,
} from '../harness/contracts.ts';
export { OpFailure } from '../harness/contracts.ts';
export { resolveParams } from '../harness/faults/parameters.ts';
export * from '../harness/generator/index.ts';
export { historyOf } from '../harness/history/builder.ts';
export { FAIL, type History, INFO, INVOKE, NONE, OK } from '../harness/history/history.ts';
export type { Body, NodeHandle, Request, Storage } from '../harness/program.ts';
export { type Rng, Seed } from '../harness/random.ts';
export { UsageError } from '../harness/registry.ts';
export type { NodeSettings, UserNode } from '../harness/sim/guarded-program.ts';
export type { Anomaly, Verdict } from '../harness/verdict.ts';
export type { BuiltWorkload, CheckerSpec, Workload, WorkloadContext } from '../harness/workload.ts';
export { failed, installed, skipped } from '../nemesis/evidence.ts';
export { onEach } from '../nemesis/nodes.ts';
export { Notebook } from '../nemesis/notebook.ts';
export { drawTarget, nodesNow } from '../nemesis/targets.ts';
export { maelstromWorkloads, openMaelstrom } from '../systems/maelstrom.ts';
export { type NodeSystemParts, nodeSystem } from '../systems/node-system.ts';
export { finalReads } from '../workloads/final-reads.ts';
export { defineChecker, defineFault, defineSystem, defineWorkload, type PluginKind } from './define.ts';
export { defineKit, type KitHistory, type KitOptions } from './kit/options.ts';
