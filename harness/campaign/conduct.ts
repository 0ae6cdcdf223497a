/**
 * Carries out the runs of a night: so many at a time, in the order of the plan, until all have ended or the budget
 * has. Everything that ends is in the journal before anything else happens.
 */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ClusterError } from '../cluster/cluster-error.ts';
import { RunFolder } from '../store/run-folder.ts';
import { monotonicNs } from '../time.ts';
import { type Attempt, nextAttempt, type Purpose, type Tries } from './attempts.ts';
import { CAMPAIGN_FILES, journalLine, type StartedAttempt } from './journal.ts';
import { awaitOrphan, launch } from './launch.ts';
import { type ProcessEnd, prune, readOutcome } from './outcome.ts';
import type { PlannedRun } from './types.ts';

/** How a night is carried out. */
export interface Conduct {
  /** The campaign's folder. */
  folder: string;
  runs: readonly PlannedRun[];
  tries: Tries;
  keep: 'failing' | 'all';
  /** After this nothing is started; null: no limit. */
  budgetMs: number | null;
  jobs: number;
  runLimitMs: number;
  /** The program whose words a planned run holds. */
  program: readonly string[];
  /** The same words as a command for people. */
  repro(words: readonly string[]): string;
  cwd: string;
  /** What an earlier part of the same night did. */
  ended: readonly Attempt[];
  open: readonly StartedAttempt[];
  stop: AbortSignal;
  leave: AbortSignal;
  onAttempt(run: PlannedRun, attempt: Attempt): void;
}

/** What was done. */
export interface Conducted {
  attempts: Attempt[];
  /** Runs that were never tried, and runs whose further tries the budget cut. */
  skipped: { id: string; because: string }[];
  interrupted: boolean;
  /** Length of the night so far, ms. */
  elapsedMs: number;
}

/** Carries out what is left of a night. */
export async function conduct(how: Conduct): Promise<Conducted> {
  const night = new Night(how);
  await night.adopt();
  await Promise.all(Array.from({ length: how.jobs }, (_, slot) => night.work(slot)));
  return night.result();
}

class Night {
  readonly #how: Conduct;
  readonly #attempts: Attempt[];
  readonly #queue: PlannedRun[];
  readonly #skipped: { id: string; because: string }[] = [];
  /** Time of the night at which this part of it began. */
  readonly #offsetMs: number;
  readonly #startNs = monotonicNs();

  constructor(how: Conduct) {
    this.#how = how;
    this.#attempts = [...how.ended];
    this.#queue = [...how.runs];
    this.#offsetMs = Math.max(
      0,
      ...how.ended.map(({ toMs }) => toMs),
      ...how.open.map(({ fromMs }) => fromMs),
    );
  }

  result(): Conducted {
    const interrupted = this.#how.stop.aborted;
    return { attempts: this.#attempts, skipped: this.#skipped, interrupted, elapsedMs: this.#nowMs() };
  }

  /** Tries of an earlier part that nobody saw the end of: what they wrote counts, the rest is done again. */
  async adopt(): Promise<void> {
    for (const started of this.#how.open) {
      const run = this.#how.runs.find(({ id }) => id === started.run);
      if (run === undefined) continue;
      await awaitOrphan(started, this.#how.runLimitMs, this.#how.stop);
      const folder = new RunFolder(join(this.#how.folder, started.folder));
      if (!folder.has('verdict')) continue;
      this.#ended(run, started, { code: 0, signal: null, late: false }, this.#nowMs());
    }
  }

  async work(slot: number): Promise<void> {
    for (let run = this.#queue.shift(); run !== undefined; run = this.#queue.shift()) {
      if (this.#how.stop.aborted) return;
      await this.#carryOut(run, slot);
    }
  }

  async #carryOut(run: PlannedRun, slot: number): Promise<void> {
    for (;;) {
      const before = this.#attempts.filter((attempt) => attempt.run === run.id);
      const next = nextAttempt(run, before, this.#how.tries);
      if (next === null || this.#how.stop.aborted) return;
      if (!this.#fits(run)) {
        const what = before.length === 0 ? '' : `${next.purpose}: `;
        this.#skipped.push({ id: run.id, because: `${what}the budget was used up` });
        return;
      }
      if (!(await this.#try(run, next, before, slot))) return;
    }
  }

  /** Whether it will end within the budget, by what is known of it by now. */
  #fits(run: PlannedRun): boolean {
    const { budgetMs } = this.#how;
    if (budgetMs === null) return true;
    const seen = this.#attempts.filter((attempt) => attempt.run.split(/[#@]/)[0] === run.scenario);
    const meanMs = seen.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0) / seen.length;
    return this.#nowMs() + (seen.length === 0 ? run.estimateMs : meanMs) <= budgetMs;
  }

  /** False when it was interrupted: then it counts for nothing. */
  async #try(
    run: PlannedRun,
    { purpose, seed }: { purpose: Purpose; seed: number | null },
    before: readonly Attempt[],
    slot: number,
  ): Promise<boolean> {
    const { folder: root, cwd, stop, leave } = this.#how;
    const attempt = before.length + 1;
    const path = freeFolder(join(root, CAMPAIGN_FILES.runs, folderOf(run.id)), attempt);
    const started: StartedAttempt = {
      kind: 'started',
      ...{ run: run.id, attempt, purpose, seed, fromMs: this.#nowMs(), slot },
      ...{ folder: relative(root, path), pid: 0, startTicks: 0 },
    };
    const words = [...run.words, ...(seed === null ? [] : ['--seed', String(seed)]), '--out', path];
    let end: ProcessEnd;
    try {
      end = await launch({
        command: [...this.#how.program, ...words],
        ...{ cwd, stop, leave, log: `${path}.log`, limitMs: this.#how.runLimitMs },
        onStart: (pid, startTicks) => journalLine(root, { ...started, pid, startTicks }),
      });
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      end = { code: null, signal: null, late: false, notStarted: error.message };
    }
    // What was cut short proves nothing, unless it found something before.
    if (stop.aborted && !(end.code !== null && end.code <= 1)) return false;
    this.#ended(run, started, end, this.#nowMs());
    return true;
  }

  #ended(run: PlannedRun, started: StartedAttempt, end: ProcessEnd, toMs: number): void {
    const { kind, pid, startTicks, ...known } = started;
    const folder = new RunFolder(join(this.#how.folder, started.folder));
    const seed = started.seed === null ? [] : ['--seed', String(started.seed)];
    const repro = this.#how.repro([...run.words, ...seed]);
    const attempt: Attempt = { ...known, toMs, ...readOutcome(folder, `${folder.path}.log`, end, repro) };
    journalLine(this.#how.folder, { kind: 'ended', ...attempt });
    if (this.#how.keep === 'failing' && attempt.verdict === 'pass') prune(folder);
    this.#attempts.push(attempt);
    this.#how.onAttempt(run, attempt);
  }

  #nowMs(): number {
    return Math.round(this.#offsetMs + (monotonicNs() - this.#startNs) / 1e6);
  }
}

/** `raft/register/storm#2` -> `raft-register-storm.2`. */
function folderOf(id: string): string {
  return id
    .replaceAll('/', '-')
    .replaceAll(/[#@]/g, '.')
    .replaceAll(/[^A-Za-z0-9._+-]/g, '-');
}

/** A folder nobody has written into: what a killed try left is kept beside it. */
function freeFolder(parent: string, attempt: number): string {
  mkdirSync(parent, { recursive: true });
  for (let n = 0; ; n++) {
    const path = join(parent, n === 0 ? String(attempt) : `${attempt}.${n}`);
    if (!existsSync(path) || readdirSync(path).length === 0) return path;
  }
}
