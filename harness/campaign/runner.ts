/**
 * Where the tries of a night are carried out: on this machine, or by workers on others. What is tried, how often and
 * until when is the night's business; a runner only does one try and says what came of it.
 */

import { ClusterError } from '../cluster/cluster-error.ts';
import { RunFolder } from '../store/run-folder.ts';
import { monotonicNs } from '../time.ts';
import { OVER_BUDGET, type Purpose } from './attempts.ts';
import { launch } from './launch.ts';
import { type Outcome, type ProcessEnd, readOutcome, shortenLog } from './outcome.ts';
import type { PlannedRun } from './types.ts';

/** One try. */
export interface Task {
  run: PlannedRun;
  /** Place in the order of the night, of those that wait: what is earlier is done earlier. */
  order: number;
  attempt: number;
  purpose: Purpose;
  seed: number | null;
  /** Command line behind `faultline`, all but the folder. */
  words: readonly string[];
  /** The same as a command for people. */
  repro: string;
  /** Where its run folder is to be. Beside it, with `.log` at its end, is what the process said. */
  path: string;
  /** Whether it would still end within the budget. */
  fits(): boolean;
  /** Told as soon as the try is under way; a process of another machine has no id here. */
  onStart(pid: number, startTicks: number): void;
}

/** What came of a try. */
export type Ran =
  | {
      kind: 'ended';
      outcome: Outcome;
      /** Which of the places that carry out one try at a time. */
      slot: number;
      /** How long it took, ms. */
      tookMs: number;
      /** The worker that did it; null: this machine. */
      worker: string | null;
    }
  | { kind: 'skipped'; because: string }
  /** Interrupted: it counts for nothing. */
  | { kind: 'cut' };

/** Carries out tries. */
export interface Runner {
  /** How many runs the night may have under way at a time; `Infinity`: the runner keeps its own queue. */
  readonly width: number;
  carryOut(task: Task, slot: number): Promise<Ran>;
  /** What a reader should know about how it went; empty when nothing happened. */
  notes(): string[];
}

/** What a runner on this machine needs. */
export interface LocalRunning {
  jobs: number;
  /** The program whose words a task holds. */
  program: readonly string[];
  cwd: string;
  runLimitMs: number;
  stop: AbortSignal;
  leave: AbortSignal;
}

/** Runs as processes of this machine. */
export function localRunner(how: LocalRunning): Runner {
  return {
    width: how.jobs,
    async carryOut(task, slot) {
      if (!task.fits()) return { kind: 'skipped', because: OVER_BUDGET };
      const began = monotonicNs();
      const { end, outcome } = await runHere(how, task);
      const tookMs = Math.round((monotonicNs() - began) / 1e6);
      return isCut(how.stop, end) ? { kind: 'cut' } : { kind: 'ended', outcome, slot, tookMs, worker: null };
    },
    notes: () => [],
  };
}

/** What was cut short proves nothing, unless it found something before. */
export function isCut(stop: AbortSignal, { code }: Pick<ProcessEnd, 'code'>): boolean {
  return stop.aborted && !(code !== null && code <= 1);
}

/** One try as a process of this machine, with what came of it. */
export async function runHere(
  how: Omit<LocalRunning, 'jobs'>,
  task: Pick<Task, 'words' | 'repro' | 'path' | 'onStart'>,
): Promise<{ end: ProcessEnd; outcome: Outcome }> {
  const { path, words, repro } = task;
  const log = `${path}.log`;
  let end: ProcessEnd;
  try {
    end = await launch({
      command: [...how.program, ...words, '--out', path],
      ...{ cwd: how.cwd, stop: how.stop, leave: how.leave, log, limitMs: how.runLimitMs },
      onStart: task.onStart,
    });
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    end = { code: null, signal: null, late: false, notStarted: error.message };
  }
  const folder = new RunFolder(path);
  shortenLog(log);
  return { end, outcome: readOutcome(folder, log, end, repro) };
}
