/**
 * `import { simulate } from 'faultline/sim'`: simulate a cluster of your own nodes inside a test.
 *
 *     const run = await simulate(myNode, { nodes: 3, faults: { kinds: ['partition', 'kill'] }, seed: 7 });
 *     expect(run.history).toBeLinearizable('cas-register');     // with import 'faultline/vitest'
 *
 * Needs no test runner; docs/testing.md shows it in one.
 */
export type { LeaderObservation, NodeId, PlannedFault, TargetSpec } from '../harness/contracts.ts';
export type { Json, Op } from '../harness/op.ts';
export type { Body, DurableLog, NodeHandle, Program, Request, Storage } from '../harness/program.ts';
export type { Case } from '../harness/sim/case.ts';
export type { UserNode, UserNodeFactory } from '../harness/sim/guarded-program.ts';
export type { DiskProfile, Latency, NetworkProfile } from '../harness/sim/profiles.ts';
export type { Divergence } from '../harness/sim/simulate.ts';
export type { FaultName } from '../nemesis/index.ts';
export { type Cluster, cluster, clusterSync, type SyncCluster } from './cluster.ts';
export type { DrawnFaults, SimFault, SimOperation, SimPlan } from './plan.ts';
export type { RequestRule, SimOptions, SimProgram } from './protocol.ts';
export type { SimMessage, SimNote, SimRun, Violation } from './run.ts';
export { findDivergence, simulate, simulateSync } from './simulate.ts';
export type { ClusterOptions, Question, StandingFault } from './stepped.ts';
