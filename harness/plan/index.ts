/**
 * Plans: everything that is decided before anything starts.
 */
export { describePlan } from './describe-plan.ts';
export { type FaultRequest, type FaultSetting, type FaultSpec, labelOf } from './fault-requests.ts';
export { faultWindow, scheduleFaults } from './fault-schedule.ts';
export { clientLoad, faultValue, laneGenerator, loadGenerator } from './load.ts';
export { buildWorkload, makePlan, type PlanInput } from './make-plan.ts';
export {
  type LeftOut,
  type OperationsPreview,
  type Plan,
  type PlannedPlugin,
  type PreviewOp,
  renderPlan,
  spokenWorkload,
} from './plan.ts';
export { previewOf } from './preview.ts';
export { workloadOptions } from './workload-options.ts';
