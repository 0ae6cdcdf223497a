/**
 * What the kernel says about processes: state, parent, group, start time. Linux reads /proc; elsewhere the
 * functions answer "not known" (null or empty) and callers fall back to signals alone. All reads are
 * synchronous: a few milliseconds for the whole table, and no race with ourselves.
 */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';

/** One line of the process table. */
export interface ProcessInfo {
  pid: number;
  ppid: number;
  pgid: number;
  session: number;
  /** `R` running, `S` sleeping, `D` in the kernel, `T` stopped, `Z` ended but not collected... */
  state: string;
  /** Clock ticks from boot to the start of the process: with the pid, its identity. */
  startTicks: number;
}

/** True where the process table can be read. */
export const hasProc: boolean = existsSync('/proc/self/stat');

/** Longer than any line of /proc/PID/stat. */
const LINE = Buffer.alloc(1_024);

/** A file of one short line: in three system calls where `readFileSync` makes five and a buffer each time. */
function line(path: string): string {
  const fd = openSync(path, 'r');
  try {
    return LINE.toString('latin1', 0, readSync(fd, LINE, 0, LINE.length, 0));
  } finally {
    closeSync(fd);
  }
}

/** One process, or null when it is gone or there is no /proc. */
export function processInfo(pid: number): ProcessInfo | null {
  let text: string;
  try {
    text = line(`/proc/${pid}/stat`);
  } catch {
    return null;
  }
  // The name in parentheses may hold spaces and parentheses; fields count from the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    pid,
    state: fields[0] ?? '?',
    ppid: Number(fields[1]),
    pgid: Number(fields[2]),
    session: Number(fields[3]),
    startTicks: Number(fields[19]),
  };
}

/** True while the process has not ended; false where there is no table to ask. */
export function isLiving(pid: number): boolean {
  const state = processInfo(pid)?.state;
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** Every process this user can see. O(processes on the machine), about 7 us each. */
export function processTable(): ProcessInfo[] {
  if (!hasProc) return [];
  const table: ProcessInfo[] = [];
  for (const name of readdirSync('/proc')) {
    const first = name.charCodeAt(0);
    if (first < 48 || first > 57) continue;
    const info = processInfo(Number(name));
    if (info !== null) table.push(info);
  }
  return table;
}

/**
 * Living processes of the tree that `leader` started: its group, its session, and all descendants, leader
 * first. Processes older than the leader are never included, so a reused number cannot pull in a stranger.
 * Ended processes that nobody has collected yet are left out.
 */
export function processTree(leader: { pid: number; startTicks: number }): ProcessInfo[] {
  const table = processTable();
  const inside = new Set<number>([leader.pid]);
  const members = table.filter(
    (p) =>
      p.startTicks >= leader.startTicks &&
      (p.pid === leader.pid || p.pgid === leader.pid || p.session === leader.pid),
  );
  for (const p of members) inside.add(p.pid);
  for (let grew = true; grew; ) {
    grew = false;
    for (const p of table) {
      if (inside.has(p.pid) || !inside.has(p.ppid) || p.startTicks < leader.startTicks) continue;
      inside.add(p.pid);
      members.push(p);
      grew = true;
    }
  }
  return members
    .filter((p) => p.state !== 'Z' && p.state !== 'X')
    .filter((p) => p.pid !== leader.pid || p.startTicks === leader.startTicks)
    .sort((a, b) => Number(b.pid === leader.pid) - Number(a.pid === leader.pid) || a.pid - b.pid);
}

/** Living processes whose environment holds `NAME=value`; only those this user may inspect. */
export function processesWith(name: string, value: string): ProcessInfo[] {
  const wanted = `${name}=${value}`;
  return processTable().filter((p) => {
    if (p.state === 'Z' || p.state === 'X' || p.pid === process.pid) return false;
    try {
      return readFileSync(`/proc/${p.pid}/environ`, 'latin1').split('\0').includes(wanted);
    } catch {
      // Another user's process, or one that ended meanwhile: not ours in either case.
      return false;
    }
  });
}

/** Sends a signal; false when there is nobody to receive it (or it is not ours). */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}
