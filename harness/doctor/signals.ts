/** Can processes be paused and continued, and does the process table show it? */
import { hasProc, processInfo } from '../cluster/proc.ts';
import { sleep } from '../time.ts';
import type { Probe } from './probe.ts';
import { withIdleProcess } from './probe-child.ts';

/** SIGSTOP to a process of our own, read back as state T. */
export const signalsProbe: Probe = {
  name: 'pause and kill',
  costs: 'pause faults, or at least the proof that they took',
  timeoutMs: 3000,
  run: () =>
    withIdleProcess(async (pid) => {
      process.kill(pid, 'SIGSTOP');
      if (!hasProc) return { ok: true, detail: 'signals are delivered; states cannot be read back here' };
      const stopped = await becomes(() => processInfo(pid)?.state === 'T');
      process.kill(pid, 'SIGCONT');
      const continued = await becomes(() => processInfo(pid)?.state !== 'T');
      if (stopped && continued) return { ok: true, detail: 'a process was stopped (state T) and continued' };
      return { ok: false, detail: `a process could not be ${stopped ? 'continued' : 'stopped'} within 1 s` };
    }),
};

async function becomes(condition: () => boolean): Promise<boolean> {
  for (let i = 0; i < 200; i++) {
    if (condition()) return true;
    await sleep(5);
  }
  return false;
}
