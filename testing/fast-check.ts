/**
 * `import { simPlans, histories } from 'faultline/fast-check'`: arbitraries for simulations of your own nodes,
 * for tests of checkers and generators, and for whatever reads plans. fast-check is an optional peer of the
 * package; nothing else of it needs it.
 */
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
