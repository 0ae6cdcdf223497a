/**
 * The interpreter: performs generators against workers, phase by phase, and journals every operation.
 */
export { ClientWorker, type ClientWorkerOptions } from './client-worker.ts';
export { type Action, type Ending, InterpreterCore } from './core.ts';
export { Interpreter, type InterpreterOptions, type PhaseOptions, type PhaseOutcome } from './interpreter.ts';
export type { Journal } from './journal.ts';
export {
  type AnswerRule,
  crashing,
  imperfect,
  invocations,
  perfect,
  type SimulatedAnswer,
  type SimulatedOp,
  type Simulation,
  type SimulationBounds,
  simulate,
} from './simulate.ts';
export type { Call, Completion, Worker } from './worker.ts';
