/**
 * `import { histories, plans } from 'faultline/fast-check'`: arbitraries for tests of checkers, generators and
 * whatever reads plans. fast-check is an optional peer of the package; nothing else of it needs it.
 */
export {
  type BrokenHistory,
  brokenHistories,
  type HistoryShape,
  histories,
  violationsOf,
} from '../../harness/arbitraries/histories.ts';
export type { ObjectName } from '../../harness/arbitraries/objects.ts';
export { type PlanShape, plans, schedules } from './plans.ts';
