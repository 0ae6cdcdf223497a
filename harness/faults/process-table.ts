/**
 * Reads the kernel's process table (/proc) to tell which process is which. A pid alone names nobody: pids are
 * reused. Together with its start time, in clock ticks since boot, it names one process for ever. Everything
 * here answers null where /proc does not exist or does not let us look.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What /proc/PID/stat says about a process. */
export interface ProcessInfo {
  pid: number;
  /** R, S, D, T (stopped), Z (dead, not yet collected)... */
  state: string;
  parent: number;
  group: number;
  /** Clock ticks since boot at which it started. */
  startTicks: number;
}

/** One process; null when there is none with this pid, or no /proc. */
export function processInfo(pid: number): ProcessInfo | null {
  const stat = readOrNull(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The second field is the program's name in parentheses and may hold anything, parentheses included.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    pid,
    state: fields[0]!,
    parent: Number(fields[1]),
    group: Number(fields[2]),
    startTicks: Number(fields[19]),
  };
}

/** State letter of a process; null when it is gone. */
export function processState(pid: number): string | null {
  return processInfo(pid)?.state ?? null;
}

/** When a process started, in clock ticks since boot; null when it is gone. */
export function startTicks(pid: number): number | null {
  return processInfo(pid)?.startTicks ?? null;
}

/** True when the process is there and has not ended (a zombie has). */
export function isAlive(pid: number): boolean {
  const state = processState(pid);
  return state !== null && state !== 'Z' && state !== 'X';
}

/** One variable of the environment a process was started with; null when it has none or may not be read. */
export function environmentOf(pid: number, name: string): string | null {
  const environ = readOrNull(`/proc/${pid}/environ`);
  const entry = environ?.split('\0').find((line) => line.startsWith(`${name}=`));
  return entry === undefined ? null : entry.slice(name.length + 1);
}

/** Every pid there is; empty without /proc. */
export function allPids(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch (error) {
    if (isAbsence(error)) return [];
    throw error;
  }
}

/** Which process table pids refer to: the machine's boot and the pid namespace. Null without /proc. */
export function tableIdentity(): { bootId: string; namespace: string } | null {
  const bootId = readOrNull('/proc/sys/kernel/random/boot_id');
  if (bootId === null) return null;
  return { bootId: bootId.trim(), namespace: readlinkSync('/proc/self/ns/pid') };
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

/** The process ended while we looked, belongs to somebody else, or there is no /proc: all mean "cannot tell". */
function isAbsence(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES' || code === 'EPERM' || code === 'ENOTDIR';
}
