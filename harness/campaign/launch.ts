/**
 * One run in a process of its own: what earlier runs left in a process can never be why a later one fails. It is
 * asked to end when the campaign is interrupted, and when it takes longer than it may.
 */
import { closeSync, openSync } from 'node:fs';
import { processInfo, signal } from '../cluster/proc.ts';
import { forget, killTree, type RunningProcess, startProcess } from '../cluster/processes.ts';
import { after, sleep } from '../time.ts';
import type { ProcessEnd } from './outcome.ts';

/** A process to start. */
export interface Launch {
  /** The program and its arguments. */
  command: readonly string[];
  cwd: string;
  /** File for everything it says. */
  log: string;
  /** The longest it may take, ms. */
  limitMs: number;
  /** The first asks it to judge what there is, the second to leave. */
  stop: AbortSignal;
  leave: AbortSignal;
  onStart(pid: number, startTicks: number): void;
}

/** How long a run gets to judge, and then to heal, once it was asked to end. */
const JUDGE_MS = 60_000;
const HEAL_MS = 20_000;
const ADOPT_MS = 250;

/** Starts the process and resolves when it has ended. Rejects with `ClusterError` when it cannot be started. */
export async function launch(what: Launch): Promise<ProcessEnd> {
  const [file, ...args] = what.command;
  const fd = openSync(what.log, 'w');
  let running: RunningProcess;
  try {
    const spec = { file: file!, args, cwd: what.cwd };
    running = await startProcess(spec, {}, { protocol: 'none', stdoutFd: fd, stderrFd: fd }, what.onStart);
  } finally {
    closeSync(fd);
  }
  const ask = (): void => void signal(running.pid, 'SIGINT');
  what.stop.addEventListener('abort', ask, { once: true });
  what.leave.addEventListener('abort', ask, { once: true });
  if (what.stop.aborted) ask();
  let late = false;
  const timers = [
    after(what.limitMs, () => {
      late = true;
      ask();
    }),
    after(what.limitMs + JUDGE_MS, ask),
    after(what.limitMs + JUDGE_MS + HEAL_MS, () => void killTree(running)),
  ];
  const { code, signal: name } = await running.exited;
  for (const timer of timers) timer.cancel();
  what.stop.removeEventListener('abort', ask);
  what.leave.removeEventListener('abort', ask);
  forget(running.pid);
  return { code, signal: name, late };
}

/** Waits for a process that an earlier campaign started, if it still runs; ends it when it takes longer than it may. */
export async function awaitOrphan(
  leader: { pid: number; startTicks: number },
  limitMs: number,
  stop: AbortSignal,
): Promise<void> {
  const lives = (): boolean => {
    const info = processInfo(leader.pid);
    return info !== null && info.startTicks === leader.startTicks && info.state !== 'Z' && info.state !== 'X';
  };
  for (let waitedMs = 0; lives() && !stop.aborted; waitedMs += ADOPT_MS) {
    if (waitedMs >= limitMs) {
      killTree(leader);
      return;
    }
    await sleep(ADOPT_MS);
  }
}
