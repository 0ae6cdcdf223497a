/**
 * The simulator: a whole cluster in one process under simulated time, the same run from the same seed.
 *
 * Short runs, for searching and shrinking:
 *
 *     const c: Case = { version: 1, seed: 7, nodes: ['n1', 'n2', 'n3'], workload: 'register', settings: {},
 *       bugs: [], ops: [{ atNs: 5e8, client: 0, f: 'write', key: 'x', value: 1 }], faults: [] };
 *     const run = simulate(subjectOf('raft', c), c, { faults: FAULTS });
 *     run.history()      // columns for the checkers
 *     run.historyHash()  // equal for equal runs; run.traceHash for all events
 *
 * `simulate` is synchronous and uses neither promises nor timers, so it works anywhere, inside a test or a
 * property too. A `Case` is plain data with absolute times: drop operations, faults, clients or nodes, shorten
 * times, change the seed, and run it again. Fates of messages are keyed by (seed, link, type, n-th of that
 * type): what is dropped re-rolls nothing else. `reseed` keeps the past up to a time and draws another future.
 * `findDivergence` runs a case twice and names the first event that differs.
 *
 * Whole runs, with journal, nemeses and report, are backend `sim` in harness/cluster/sim/.
 */
export { type Case, type CaseOp, lastTimeNs, type Reseed } from './case.ts';
export { EPOCH_MS } from './clock.ts';
export type { Isolation } from './isolation.ts';
export type { DiskProfile, Latency, NetworkProfile } from './profiles.ts';
export {
  type Divergence,
  findDivergence,
  historyHash,
  type SimCrash,
  type SimResult,
  type SimulateOptions,
  simulate,
} from './simulate.ts';
export type { Subject } from './subject.ts';
export { describeEvent, Trace, type TracedEvent } from './trace.ts';
export type { CaseFault, Moment, Trigger } from './triggers.ts';
export { virtually } from './virtual-time.ts';
export { World, type WorldOptions } from './world.ts';
