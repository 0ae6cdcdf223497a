/**
 * Carries out the runs of a night: so many at a time, in the order of the plan, until all have ended or the budget
 * has. What decides nothing, reruns that only count how often a failure comes back, waits until every run has been
 * tried. Everything that ends is in the journal before anything else happens.
 */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { RunFolder } from '../store/run-folder.ts';
import { monotonicNs } from '../time.ts';
import {
  type Attempt,
  type LeftOutReruns,
  nextAttempt,
  OVER_BUDGET,
  type Purpose,
  type Tries,
} from './attempts.ts';
import { CAMPAIGN_FILES, journalLine, type StartedAttempt } from './journal.ts';
import { awaitOrphan } from './launch.ts';
import { type Outcome, type ProcessEnd, prune, readOutcome } from './outcome.ts';
import type { Runner } from './runner.ts';
import type { PlannedRun } from './types.ts';

/** How a night is carried out. */
export interface Conduct {
  /** The campaign's folder. */
  folder: string;
  runs: readonly PlannedRun[];
  tries: Tries;
  runner: Runner;
  keep: 'failing' | 'all';
  /** After this nothing is started; null: no limit. */
  budgetMs: number | null;
  runLimitMs: number;
  /** Words as a command for people. */
  repro(words: readonly string[]): string;
  /** What an earlier part of the same night did. */
  ended: readonly Attempt[];
  open: readonly StartedAttempt[];
  stop: AbortSignal;
  onAttempt(run: PlannedRun, attempt: Attempt): void;
}

/** What was done. */
export interface Conducted {
  attempts: Attempt[];
  /** Runs that were never tried, and runs without a try that might have decided otherwise. */
  skipped: { id: string; because: string }[];
  /** Failures that were carried out again less often than they should have been. */
  notRerun: ({ id: string } & LeftOutReruns)[];
  interrupted: boolean;
  /** Length of the night so far, ms. */
  elapsedMs: number;
  /** What the runner has to say. */
  notes: string[];
}

/** Carries out what is left of a night. */
export async function conduct(how: Conduct): Promise<Conducted> {
  const night = new Night(how);
  await night.adopt();
  night.line();
  const width = Math.min(how.runner.width, how.runs.length);
  await Promise.all(Array.from({ length: width }, (_, slot) => night.work(slot)));
  return night.result();
}

class Night {
  readonly #how: Conduct;
  readonly #attempts: Attempt[];
  /** Of each run, by its id. */
  readonly #tries = new Map<string, Attempt[]>();
  /** Places of the runs in the plan, by their ids. */
  readonly #places: ReadonlyMap<string, number>;
  /** Runs that wait for their next try, the first to be taken at the front. */
  readonly #queue: { run: PlannedRun; order: number }[] = [];
  readonly #skipped: Conducted['skipped'] = [];
  readonly #notRerun: Conducted['notRerun'] = [];
  /** Time of the night at which this part of it began. */
  #offsetMs: number;
  readonly #startNs = monotonicNs();

  constructor(how: Conduct) {
    this.#how = how;
    this.#attempts = [...how.ended];
    for (const attempt of how.ended) this.#triesOf(attempt.run).push(attempt);
    this.#places = new Map(how.runs.map(({ id }, place) => [id, place]));
    this.#offsetMs = Math.max(
      0,
      ...how.ended.map(({ toMs }) => toMs),
      ...how.open.map(({ fromMs }) => fromMs),
    );
  }

  result(): Conducted {
    const { stop, runner } = this.#how;
    return {
      ...{ attempts: this.#attempts, skipped: this.#skipped, notRerun: this.#notRerun },
      ...{ elapsedMs: this.#nowMs(), interrupted: stop.aborted },
      notes: runner.notes(),
    };
  }

  /** Tries of an earlier part that nobody saw the end of: what they wrote counts, the rest is done again. */
  async adopt(): Promise<void> {
    for (const started of this.#how.open) {
      const run = this.#how.runs.find(({ id }) => id === started.run);
      // What a worker carries out is that worker's to finish.
      if (run === undefined || started.pid === 0) continue;
      await awaitOrphan(started, this.#how.runLimitMs, this.#how.stop);
      const folder = new RunFolder(join(this.#how.folder, started.folder));
      if (!folder.has('verdict')) continue;
      const repro = this.#how.repro(withSeed(run, started.seed));
      const outcome = readOutcome(folder, `${folder.path}.log`, ADOPTED, repro);
      const toMs = this.#reached(started.fromMs + lengthMs(folder));
      this.#ended(run, { ...started, toMs, worker: null }, outcome);
    }
  }

  /** Puts every run of which something is left to do where it belongs. */
  line(): void {
    for (const run of this.#how.runs) this.#enqueue(run);
  }

  async work(slot: number): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      if (this.#how.stop.aborted) return;
      await this.#carryOut(next.run, slot);
    }
  }

  #enqueue(run: PlannedRun): void {
    const next = this.#next(run);
    if (next === null) return;
    const order = this.#orderOf(run, next.purpose);
    const before = this.#queue.findLastIndex((waiting) => waiting.order <= order);
    this.#queue.splice(before + 1, 0, { run, order });
  }

  /** What decides something by the plan; then the first reruns of all failures, then the second ones. */
  #orderOf({ id }: PlannedRun, purpose: Purpose): number {
    const round = purpose === 'rerun' ? 1 + this.#reruns(id) : 0;
    return round * this.#how.runs.length + this.#places.get(id)!;
  }

  #reruns(id: string): number {
    return this.#triesOf(id).filter(({ purpose }) => purpose === 'rerun').length;
  }

  #next(run: PlannedRun): ReturnType<typeof nextAttempt> {
    return nextAttempt(run, this.#triesOf(run.id), this.#how.tries);
  }

  #triesOf(id: string): Attempt[] {
    const tries = this.#tries.get(id) ?? [];
    this.#tries.set(id, tries);
    return tries;
  }

  /** Until it is decided, or one rerun of what is. */
  async #carryOut(run: PlannedRun, slot: number): Promise<void> {
    for (let next = this.#next(run); next !== null; next = this.#next(run)) {
      if (this.#how.stop.aborted) return;
      if (!(await this.#try(run, next, slot))) return;
      if (this.#next(run)?.purpose === 'rerun') return this.#enqueue(run);
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

  /** False when nothing more is to be tried: it was interrupted, or nothing could carry it out. */
  async #try(
    run: PlannedRun,
    { purpose, seed }: { purpose: Purpose; seed: number | null },
    slot: number,
  ): Promise<boolean> {
    const { folder: root, runner, repro } = this.#how;
    const attempt = this.#triesOf(run.id).length + 1;
    const path = freeFolder(join(root, CAMPAIGN_FILES.runs, folderOf(run.id)), attempt);
    const started = {
      ...{ run: run.id, attempt, purpose, seed, fromMs: this.#nowMs(), slot, folder: relative(root, path) },
    };
    const words = withSeed(run, seed);
    const ran = await runner.carryOut(
      {
        ...{ run, order: this.#orderOf(run, purpose), attempt, purpose, seed, words, path },
        repro: repro(words),
        fits: () => this.#fits(run),
        onStart: (pid, startTicks) =>
          journalLine(root, { kind: 'started', ...started, fromMs: this.#nowMs(), pid, startTicks }),
      },
      slot,
    );
    if (ran.kind === 'ended') {
      const toMs = this.#reached(ran.tookMs);
      const { slot: where, worker } = ran;
      const fromMs = Math.max(0, toMs - ran.tookMs);
      this.#ended(run, { ...started, fromMs, toMs, slot: where, worker }, ran.outcome);
    } else if (ran.kind === 'skipped') this.#skip(run, purpose, ran.because);
    return ran.kind === 'ended';
  }

  #skip({ id }: PlannedRun, purpose: Purpose, because: string): void {
    if (purpose === 'rerun') {
      const tries = this.#how.tries.reruns - this.#reruns(id);
      this.#notRerun.push({ id, tries, because: because === OVER_BUDGET ? 'budget' : because });
      return;
    }
    const what = this.#triesOf(id).length === 0 ? '' : `${purpose}: `;
    this.#skipped.push({ id, because: `${what}${because}` });
  }

  #ended(run: PlannedRun, known: Tried, outcome: Outcome): void {
    const { run: id, attempt: number, purpose, seed, fromMs, toMs, slot, folder, worker } = known;
    const attempt: Attempt = {
      ...{ run: id, attempt: number, purpose, seed, fromMs, toMs, slot, folder, worker },
      ...outcome,
    };
    const { folder: root, keep } = this.#how;
    journalLine(root, { kind: 'ended', ...attempt });
    // A worker has kept to itself what need not be kept.
    if (worker === null && keep === 'failing' && attempt.verdict === 'pass')
      prune(new RunFolder(join(root, folder)));
    this.#attempts.push(attempt);
    this.#triesOf(id).push(attempt);
    this.#how.onAttempt(run, attempt);
  }

  /** Time of the night, at least this: what ran while no campaign watched took its time all the same. */
  #reached(leastMs: number): number {
    this.#offsetMs += Math.max(0, leastMs - this.#nowMs());
    return this.#nowMs();
  }

  #nowMs(): number {
    return Math.round(this.#offsetMs + (monotonicNs() - this.#startNs) / 1e6);
  }
}

/** How long a run took by its own account, ms; 0 where it gives none. */
function lengthMs(folder: RunFolder): number {
  if (!folder.has('run')) return 0;
  const { started, ended } = folder.readMeta();
  return ended === null ? 0 : Math.max(0, Date.parse(ended) - Date.parse(started));
}

type Tried = Pick<Attempt, 'run' | 'attempt' | 'purpose' | 'seed' | 'fromMs' | 'toMs' | 'slot' | 'folder'> & {
  worker: string | null;
};

/** How a process ended that was waited for only by its id: what it wrote decides. */
const ADOPTED: ProcessEnd = { code: 0, signal: null, late: false };

function withSeed({ words }: PlannedRun, seed: number | null): string[] {
  return [...words, ...(seed === null ? [] : ['--seed', String(seed)])];
}

/** `raft/register/storm#2` -> `raft-register-storm.2`. */
export function folderOf(id: string): string {
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
