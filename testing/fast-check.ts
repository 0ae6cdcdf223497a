/**
 * `import { simPlans, histories } from 'faultline/fast-check'`: arbitraries for simulations of your own nodes,
 * for tests of checkers and generators, and for whatever reads plans. fast-check is an optional peer of the
 * package; nothing else of it needs it. `fc` is fast-check with these arbitraries added.
 */
import fastCheck from 'fast-check';
import { brokenHistories, histories } from '../harness/arbitraries/histories.ts';
import { plans, schedules } from '../nemesis/arbitraries/plans.ts';
import { simFaults, simOperations, simPlans } from './arbitraries.ts';
import { faultCommands, faultCommandsSync } from './commands.ts';

export {
  type BrokenHistory,
  brokenHistories,
  type HistoryShape,
  histories,
  violationsOf,
} from '../harness/arbitraries/histories.ts';
export type { ObjectName } from '../harness/arbitraries/objects.ts';
export { type PlanShape, plans, schedules } from '../nemesis/arbitraries/plans.ts';
export { type SimPlanShape, simFaults, simOperations, simPlans } from './arbitraries.ts';
export { type CommandShape, faultCommands, faultCommandsSync } from './commands.ts';
export type { SpelledPlan } from './smaller.ts';

/** fast-check with the arbitraries for histories, plans and schedules: `fc.assert(fc.property(fc.histories(), ...))`. */
export const fc = {
  ...fastCheck,
  brokenHistories,
  faultCommands,
  faultCommandsSync,
  histories,
  plans,
  schedules,
  simFaults,
  simOperations,
  simPlans,
};
