/** Can processes run in lock step on virtual time? */
import { findStepper } from '../cluster/lockstep/stepper-program.ts';
import { tryStepper } from '../cluster/lockstep/trial.ts';
import type { Probe } from './probe.ts';

/** Compiles the stepper if that was not done yet, and lets a program sleep for an hour under it. */
export const virtualTimeProbe: Probe = {
  name: 'virtual time',
  costs:
    '--virtual-time: processes of backend stdio that run as fast as they can and the same again; nothing else',
  timeoutMs: 6000,
  run: async () => {
    const support = await findStepper();
    if ('reason' in support) {
      return {
        ok: false,
        detail: support.reason,
        ...(support.fix === undefined ? {} : { fix: support.fix }),
      };
    }
    const wrong = await tryStepper(support.path);
    return wrong === null ? { ok: true, detail: 'an hour passed in no time' } : { ok: false, detail: wrong };
  },
};
