/**
 * Decides whether a process belongs to a run, and signals it only then. Three things must agree: the pid, the
 * time at which it started, and the run's marker in its environment. Anything less is left alone and said.
 */
import { readFileSync } from 'node:fs';
import { processInfo, signal } from '../cluster/proc.ts';
import { RUN_MARKER } from './ledger.ts';

/**
 * `ours`: all three agree. `gone`: no such process, one that is ending, or its number belongs to a later one.
 * `unverified`: it started when ours did, but its environment does not say so or may not be read.
 */
export type Belonging = 'ours' | 'gone' | 'unverified';

/** Whose process this is. */
export function belonging(pid: number, startTicks: number, run: string): Belonging {
  const info = processInfo(pid);
  if (info === null || info.startTicks !== startTicks || info.state === 'Z' || info.state === 'X') {
    return 'gone';
  }
  const marker = markerOf(pid, run);
  if (marker === 'ours') return 'ours';
  if (isEnding(pid)) return 'gone';
  switch (marker) {
    // Servers that show their state as their title (PostgreSQL, Redis) write it over their environment. A
    // process of the recorded number and start time that leads a session of its own, as nodes do, is the node.
    case 'overwritten':
      return info.pgid === pid && info.session === pid ? 'ours' : 'unverified';
    case 'other':
      return 'unverified';
  }
}

/** A process that ends has given its memory back, and with it its environment, before it shows as ended. */
function isEnding(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/statm`, 'latin1').startsWith('0 ');
  } catch {
    return true;
  }
}

function markerOf(pid: number, run: string): 'ours' | 'overwritten' | 'other' {
  let environment: string;
  try {
    environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    // Another user's, or it ended this moment: not to be touched in either case.
    return 'other';
  }
  if (environment.split('\0').includes(`${RUN_MARKER}=${run}`)) return 'ours';
  // Started without any, it reads as empty; overwritten, it keeps its length and holds no variable any more.
  const variables = environment.split('\0').filter((entry) => /^\w+=/.test(entry));
  return environment.length > 0 && variables.length === 0 ? 'overwritten' : 'other';
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
