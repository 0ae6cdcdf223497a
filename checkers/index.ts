/**
 * The library surface of the checkers: each as a plain function from a history to a result, and the registry.
 */
export { bank } from './bank.ts';
export { broadcast } from './broadcast.ts';
export { agreement } from './byzantine/agreement.ts';
export { equivocation } from './byzantine/equivocation.ts';
export { causalReverse } from './causal-reverse.ts';
export { compareVectors, type VectorRelation } from './clocks/compare.ts';
export { hybridClock } from './clocks/hybrid-clock.ts';
export { lamportClock } from './clocks/lamport-clock.ts';
export { lastWriteWins } from './clocks/last-write-wins.ts';
export { siblings } from './clocks/siblings.ts';
export { vectorClock } from './clocks/vector-clock.ts';
export type { Budget, Checker } from './contract.ts';
export { UNLIMITED } from './contract.ts';
export { counter } from './counter.ts';
export { detector } from './detector.ts';
export { echo } from './echo.ts';
export { electionLiveness } from './election-liveness.ts';
export { electionSafety } from './election-safety.ts';
export { exactlyOnce } from './exactly-once.ts';
export { g2 } from './g2.ts';
export { kafka } from './kafka/kafka.ts';
export { type LinearizableOptions, linearizable } from './linearizable/linearizable.ts';
export { lock } from './lock/lock.ts';
export { type LogLine, logs } from './logs.ts';
export { longFork } from './long-fork.ts';
export { type Fit, fitGrowth, messageComplexity } from './message-complexity.ts';
export {
  type AnyCustomModel,
  type CustomFunction,
  type CustomModel,
  type CustomOp,
  defineModel,
} from './models/define.ts';
export type { Model, ModelOp, Outcome } from './models/model.ts';
export { MODELS, type ModelName } from './models/registry.ts';
export { monotonic } from './monotonic.ts';
export type { OnlineReport, OnlineSpec } from './online/contract.ts';
export { type OnlineFinding, OnlineJudge } from './online/online.ts';
export { queue } from './queue.ts';
export { readYourDeletes } from './read-your-deletes.ts';
export { CHECKERS, type CheckerName } from './registry.ts';
export { sequential } from './sequential.ts';
export { setFull } from './set-full.ts';
export { stats } from './stats.ts';
export { listAppend } from './txn/list-append.ts';
export { rwRegister } from './txn/rw-register.ts';
export { uniqueIds } from './unique-ids.ts';
export { weakIsolation } from './weak/checkers.ts';
export { sequentialConsistency } from './weak/sequential-consistency.ts';
export { sessionGuarantees } from './weak/session-guarantees.ts';
export { checkerWorkerUrl } from './worker-url.ts';
