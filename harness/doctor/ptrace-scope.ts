/** May a process look into another one of the same user? Yama and containers say no in several degrees. */
import { existsSync, readFileSync } from 'node:fs';
import type { Probe } from './probe.ts';

const FILE = '/proc/sys/kernel/yama/ptrace_scope';

/** What a value of `kernel.yama.ptrace_scope` means for us; null: the kernel has no such limit. */
export function ptraceVerdict(scope: number | null): { ok: boolean; detail: string } {
  if (scope === null) return { ok: true, detail: 'no limit by Yama' };
  if (scope === 0) return { ok: true, detail: 'ptrace_scope 0: processes of one user' };
  // Nodes descend from the harness.
  if (scope === 1) return { ok: true, detail: 'ptrace_scope 1: descendants, which nodes are' };
  return {
    ok: false,
    detail: `ptrace_scope ${scope}: ${scope === 2 ? 'root alone' : 'nobody, until the next boot'}`,
  };
}

/** Reads the scope. */
export const ptraceScopeProbe: Probe = {
  name: 'ptrace scope',
  costs: 'clock faults by memory of processes without root, crashes at the n-th system call',
  timeoutMs: 1000,
  run: async () => {
    const scope = existsSync(FILE) ? Number(readFileSync(FILE, 'utf8')) : null;
    const { ok, detail } = ptraceVerdict(scope);
    if (ok || (scope === 2 && process.getuid?.() === 0)) return { ok: true, detail };
    return { ok: false, detail, fix: 'sysctl -w kernel.yama.ptrace_scope=1' };
  },
};
