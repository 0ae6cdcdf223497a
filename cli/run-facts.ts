/**
 * What the verdict of a stored run rests on besides its history: gates, faults, phases, and whether it was broken.
 */
import { type GateLimits, gateLimits } from '../harness/gates.ts';
import type { History } from '../harness/history/history.ts';
import type { Json } from '../harness/op.ts';
import type { Plan } from '../harness/plan/plan.ts';
import type { JudgeRunRequest } from '../harness/run/judge-run.ts';
import type { VerdictFile } from '../harness/store/files.ts';
import type { RunFolder } from '../harness/store/run-folder.ts';

/** The part of a request to judge that a run, or the lack of one, decides. */
export type RunFacts = Pick<
  JudgeRunRequest,
  'gates' | 'concurrency' | 'faults' | 'leftOut' | 'phases' | 'broken' | 'interruptedBy'
>;

/** Of a run that was judged before, of one that broke off, or of a history on its own, which has no run to ask about. */
export function runFacts(folder: RunFolder | null, history: History, stored: VerdictFile | null): RunFacts {
  if (folder === null || (stored === null && !folder.has('plan'))) {
    // Of a history that holds nothing, nothing was shown.
    const operations = history.length === 0 ? 1 : 0;
    const gates = { operations, concurrency: 0, 'under-fault': 0, final: 0 };
    return { gates, concurrency: 1, faults: null, leftOut: [], phases: [] };
  }
  const plan = folder.readPlan();
  const { concurrency } = plan;
  const gates = configuredGates(plan);
  // Gates about faults ask what these did, which a run that broke off did not live to write down.
  if (stored === null) return { gates, concurrency, faults: null, leftOut: [], phases: [] };
  const { faults, phases, reasons } = stored;
  const broken = reasons.find(
    ({ verdict, source }) => verdict === 'broken' && !source.startsWith('checker:'),
  );
  const endedBy = folder.has('run') ? folder.readMeta().endedBy : null;
  return {
    ...{ gates, concurrency, faults, phases },
    leftOut: plan.leftOut,
    ...(endedBy?.startsWith('SIG') ? { interruptedBy: endedBy } : {}),
    ...(broken ? { broken: { source: broken.source, message: broken.sentence } } : {}),
  };
}

function configuredGates({ config }: Plan): GateLimits {
  return gateLimits((config as { gates?: Record<string, Json> } | null)?.gates ?? {});
}
