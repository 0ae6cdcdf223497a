/** May we read and write the memory of processes we started? */
import fs from 'node:fs';
import { ProcessMemory, vdsoRange, WriteRefused } from '../cluster/clock/process-files.ts';
import type { Probe } from './probe.ts';
import { withIdleProcess } from './probe-child.ts';

/** Writes one byte of a child's read-only code to what it was: what a clock fault needs, changing nothing. */
export const processMemoryProbe: Probe = {
  name: 'process memory',
  costs: 'clock faults by vDSO patching',
  timeoutMs: 3000,
  run: async () => {
    if (process.platform !== 'linux') return { ok: false, detail: 'there is no /proc/PID/mem here' };
    return withIdleProcess(async (pid) => {
      try {
        const { start } = vdsoRange(pid);
        const memory = new ProcessMemory(pid);
        try {
          memory.write(start, memory.read(start, 1));
        } finally {
          memory.close();
        }
        return { ok: true, detail: `/proc/PID/mem of a child is writable${ptraceScope()}` };
      } catch (error) {
        const detail = `${(error as Error).message}${ptraceScope()}`;
        if (error instanceof WriteRefused)
          return { ok: false, detail, fix: 'boot without proc_mem.force_override' };
        if (!ptraceScope().includes('3')) return { ok: false, detail };
        return { ok: false, detail, fix: 'boot with kernel.yama.ptrace_scope below 3' };
      }
    });
  },
};

function ptraceScope(): string {
  try {
    return `, ptrace_scope ${fs.readFileSync('/proc/sys/kernel/yama/ptrace_scope', 'utf8').trim()}`;
  } catch {
    // The kernel has no such restriction.
    return '';
  }
}
