/**
 * Limits of running processes, and what they use: changed from outside, with prlimit(1), as only soft limits are
 * lowered and can be raised again by the same user.
 */
import { readFileSync } from 'node:fs';
import { ClusterError } from './cluster-error.ts';
import { runCommand } from './processes.ts';

/** What can be limited: open files, or address space in bytes. */
export type LimitKind = 'nofile' | 'as';

const NAMES: Readonly<Record<LimitKind, string>> = { nofile: 'Max open files', as: 'Max address space' };
const DEADLINE_MS = 5_000;

/** The soft limit of a process; null: gone. `unlimited` is one. */
export function softLimit(pid: number, kind: LimitKind): string | null {
  const text = read(`/proc/${pid}/limits`);
  const line = text?.split('\n').find((each) => each.startsWith(NAMES[kind]));
  return line?.slice(NAMES[kind].length).trim().split(/\s+/)[0] ?? null;
}

/** Sets the soft limit of a process. False when it is gone; throws `ClusterError` when it is refused. */
export async function setSoftLimit(pid: number, kind: LimitKind, limit: string): Promise<boolean> {
  const words = [...asUserOf(pid), 'prlimit', '--pid', String(pid), `--${kind}=${limit}:`];
  const [file, ...args] = words as [string, ...string[]];
  const { exit, stderr, notStarted } = await runCommand(file, args, { timeoutMs: DEADLINE_MS });
  if (notStarted !== undefined) throw new ClusterError(`prlimit: ${notStarted} (apt-get install util-linux)`);
  if (exit.code === 0) return true;
  if (softLimit(pid, kind) === null) return false;
  throw new ClusterError(stderr.trim() || `prlimit refused to limit process ${pid}`);
}

/**
 * Words that run a command as the user a process belongs to: users may limit their own processes, and root in a
 * container those of others only with a capability (CAP_SYS_RESOURCE) that containers rarely have.
 */
function asUserOf(pid: number): string[] {
  if (process.getuid?.() !== 0) return [];
  const status = read(`/proc/${pid}/status`) ?? '';
  const [uid, gid] = ['Uid', 'Gid'].map((name) => new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  if (uid === undefined || gid === undefined || uid === '0') return [];
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--'];
}

/** Address space of a process in bytes; null: gone. */
export function addressSpace(pid: number): number | null {
  const pages = Number(read(`/proc/${pid}/statm`)?.split(' ')[0]);
  return Number.isFinite(pages) ? pages * PAGE : null;
}

/** Processor time of a process so far, ms; 0 once it is gone. */
export function processorMs(pid: number): number {
  const text = read(`/proc/${pid}/stat`);
  if (text === null) return 0;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

const PAGE = 4096;
/** USER_HZ is 100 on every platform Linux runs Node on. */
const TICK_MS = 10;

function read(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
