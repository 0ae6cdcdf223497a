/** Do clock faults work, by either mechanism? */
import { type ClockSupport, detectClockSupport } from '../cluster/clock/clock-support.ts';
import { findLibfaketime } from '../cluster/clock/libfaketime.ts';
import type { Finding, Probe } from './probe.ts';

/** Long enough for the trial of one mechanism. */
const TIMEOUT_MS = 6000;

/** Patches the vDSO of a child and asks it what time it is. */
export const vdsoProbe: Probe = {
  name: 'clock faults (vdso)',
  costs: 'clock faults on any program; without libfaketime too: all clock faults',
  timeoutMs: TIMEOUT_MS,
  run: async () => {
    const finding = toFinding(await detectClockSupport({ mechanisms: ['vdso'] }));
    return finding.ok ? finding : { ...finding, fix: 'apt-get install libfaketime' };
  },
};

/** Preloads libfaketime into a child and asks it what time it is. */
export const libfaketimeProbe: Probe = {
  name: 'clock faults (libfaketime)',
  costs: 'nothing where vdso works; elsewhere clock faults on dynamically linked programs',
  timeoutMs: TIMEOUT_MS,
  run: async () => {
    if (process.platform === 'linux' && findLibfaketime() === null) {
      return { ok: false, detail: 'not installed', fix: 'apt-get install libfaketime' };
    }
    return toFinding(await detectClockSupport({ mechanisms: ['libfaketime'] }));
  },
};

function toFinding(support: ClockSupport): Finding {
  return support.mechanism === 'none'
    ? { ok: false, detail: support.reason }
    : { ok: true, detail: support.detail };
}
