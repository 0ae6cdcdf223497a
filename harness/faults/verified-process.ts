/**
 * Decides whether a process belongs to a run, and signals it only then. Three things must agree: the pid, the
 * time at which it started, and the run's marker in its environment. Anything less is left alone and said.
 */
import { readFileSync } from 'node:fs';
import { processInfo, signal } from '../cluster/proc.ts';
import { RUN_MARKER } from './ledger.ts';

/**
 * `ours`: all three agree. `gone`: no such process, or its number belongs to a later one. `unverified`: it
 * started when ours did, but its environment does not say so or may not be read.
 */
export type Belonging = 'ours' | 'gone' | 'unverified';

/** Whose process this is. */
export function belonging(pid: number, startTicks: number, run: string): Belonging {
  const info = processInfo(pid);
  if (info === null || info.startTicks !== startTicks || info.state === 'Z' || info.state === 'X') {
    return 'gone';
  }
  return carries(pid, run) ? 'ours' : 'unverified';
}

function carries(pid: number, run: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`${RUN_MARKER}=${run}`);
  } catch {
    // Another user's, or it ended this moment: not to be touched in either case.
    return false;
  }
}

/**
 * Signals a process, or its whole group when it still leads one, if it belongs to the run. Groups of other
 * leaders are never signalled: their other members are unknown.
 */
export function signalIfOurs(
  target: { pid: number; startTicks: number; group: boolean },
  run: string,
  name: 'SIGCONT' | 'SIGKILL',
): Belonging | 'refused' {
  const whose = belonging(target.pid, target.startTicks, run);
  if (whose !== 'ours') return whose;
  const leads = target.group && processInfo(target.pid)?.pgid === target.pid;
  return signal(leads ? -target.pid : target.pid, name) ? 'ours' : 'refused';
}
