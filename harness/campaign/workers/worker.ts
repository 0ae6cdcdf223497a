/**
 * A worker: says who it is and what it can, takes the tries of every campaign it can serve, and carries out each as a
 * process of its own. What a run writes goes to the store while it runs; that it ended goes there before Redis is told.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RunFolder } from '../../store/run-folder.ts';
import { Store } from '../../store/store.ts';
import { every, monotonicNs, sleep, wallMs } from '../../time.ts';
import type { ProcessEnd } from '../outcome.ts';
import { prune } from '../outcome.ts';
import { runHere } from '../runner.ts';
import { filesBelow } from './folder-store.ts';
import type { JobResult, WorkerRecord } from './messages.ts';
import { PROTOCOL } from './messages.ts';
import { Nights, type ServedNight } from './nights.ts';
import { LOCK_MS, type TakenJob } from './redis.ts';
import { Uploader } from './transfer.ts';
import type { Working } from './working.ts';

const PRESENCE_MS = 2_000;
const IDLE_MS = 120;
const RENEW_MS = LOCK_MS / 4;
const COPY_MS = 1_000;
/** So many workers may be lost over a run before it is given up. */
const MOST_LOST = 3;
const STORE_TRIES = 4;
const OLD_MS = 24 * 3_600_000;

/** Works until it is told to end. Rejects when Redis cannot be used any more. */
export async function work(how: Working): Promise<void> {
  const worker = new FleetWorker(how);
  await worker.run();
}

class FleetWorker {
  readonly #how: Working;
  readonly #nights: Nights;
  readonly #busy = new Set<string>();
  #takes = 0;
  #awaySaid = false;

  constructor(how: Working) {
    this.#how = how;
    this.#nights = new Nights(how);
  }

  async run(): Promise<void> {
    const { exchange, slots, id } = this.#how;
    removeOld(dirname(this.#how.folder));
    mkdirSync(this.#how.folder, { recursive: true });
    await this.#present();
    const timer = every(PRESENCE_MS, () => void this.#present(), true);
    try {
      await Promise.all(Array.from({ length: slots }, (_, slot) => this.#work(slot)));
    } finally {
      timer.cancel();
      if (exchange.away() === null) await exchange.leave(id);
      rmSync(this.#how.folder, { recursive: true, force: true });
    }
  }

  async #present(): Promise<void> {
    this.#tellAway();
    const { exchange } = this.#how;
    if (exchange.away() !== null) return;
    try {
      await this.#nights.refresh(await exchange.nights());
      await exchange.announceWorker(this.#record());
    } catch (error) {
      if (exchange.away() === null) this.#how.tell(`cannot ask for work: ${(error as Error).message}`);
    }
  }

  #record(): WorkerRecord {
    const { id, host, version, can, slots, drain } = this.#how;
    return {
      ...{ id, host, pid: process.pid, protocol: PROTOCOL, version, node: process.version },
      ...{ can: [...can, ...this.#nights.programs()], slots, busy: [...this.#busy], draining: drain.aborted },
      ...{ projects: this.#nights.projects(), refuses: this.#nights.refusals() },
    };
  }

  #tellAway(): void {
    const { exchange, address, tell } = this.#how;
    const away = exchange.away();
    if (away !== null && !this.#awaySaid) tell(`Redis at ${address} is away: ${away}; waiting for it`);
    if (away === null && this.#awaySaid) tell(`Redis at ${address} is back`);
    this.#awaySaid = away !== null;
  }

  async #work(slot: number): Promise<void> {
    const { drain } = this.#how;
    while (!drain.aborted) {
      const taken = this.#how.exchange.away() === null ? await this.#take() : null;
      if (taken === null) await sleep(IDLE_MS);
      else if (drain.aborted) await taken.job.handBack();
      else await this.#carryOut(taken.night, taken.job, slot);
    }
  }

  async #take(): Promise<{ night: ServedNight; job: TakenJob } | null> {
    for (const night of this.#nights.served()) {
      for (const queue of night.queues) {
        const job = await queue.take();
        if (job !== null) return { night, job };
      }
    }
    return null;
  }

  async #carryOut(night: ServedNight, job: TakenJob, slot: number): Promise<void> {
    const { run, attempt } = job.data;
    const { tell } = this.#how;
    if (job.lost > MOST_LOST) {
      tell(`${run} is given up: ${job.lost} workers were lost over it`);
      return job.fail(`given up: ${job.lost} workers were lost while they carried it out`);
    }
    this.#busy.add(job.id);
    const renewing = every(RENEW_MS, () => void job.renew());
    const take = `${job.data.base}.${this.#how.id}-${++this.#takes}`;
    const path = join(this.#how.folder, 'runs', String(this.#takes), '1');
    const again = attempt === 1 ? '' : `, try ${attempt}`;
    tell(`took ${run}${again} of ${night.record.name}`);
    try {
      await this.#run(night, job, { slot, take, path });
    } catch (error) {
      tell(`${run} is not carried out here: ${(error as Error).message}`);
      // Where Redis hears of nothing, the job is free again once its lock has run out.
      await job.fail((error as Error).message).catch(() => undefined);
    } finally {
      renewing.cancel();
      this.#busy.delete(job.id);
      rmSync(dirname(path), { recursive: true, force: true });
      // What the run remembered of a folder that is gone.
      new Store(night.cwd).forget(path);
    }
  }

  async #run(
    night: ServedNight,
    job: TakenJob,
    { slot, take, path }: { slot: number; take: string; path: string },
  ): Promise<void> {
    const { program, leave, id, host, tell } = this.#how;
    const { run, words, repro } = job.data;
    mkdirSync(dirname(path), { recursive: true });
    const uploader = new Uploader(night.store, take, path);
    const copying = this.#copying(uploader);
    const began = monotonicNs();
    const { runLimitMs, keep } = night.record;
    const stop = AbortSignal.any([leave, night.judge.signal]);
    const limits = { stop, leave: AbortSignal.any([leave, night.leave.signal]), runLimitMs };
    const ran = await runHere(
      { program, cwd: night.cwd, ...limits },
      { words, repro, path, onStart: () => undefined },
    ).finally(() => copying.end());
    const tookMs = Math.round((monotonicNs() - began) / 1e6);
    if (leave.aborted && !isDecided(ran.end)) {
      await uploader.send();
      await job.handBack();
      return tell(`handed ${run} back`);
    }
    if (keep === 'failing' && ran.outcome.verdict === 'pass') prune(new RunFolder(path));
    const cut = stop.aborted && !isDecided(ran.end);
    const result = { take, worker: id, host, slot, tookMs, code: ran.end.code, cut, outcome: ran.outcome };
    // What was cut is to be done again by who goes on with the night: the store must not have it as a result.
    if (cut) await uploader.send();
    else await this.#deliver(uploader, result);
    await this.#complete(job, result);
    tell(`${ran.outcome.verdict.padEnd(8)} ${run}  ${(tookMs / 1000).toFixed(1)} s`);
  }

  /** Copies while the run goes on; what cannot be copied now is copied at the end. */
  #copying(uploader: Uploader): { end(): Promise<void> } {
    let copy: Promise<void> | null = null;
    const timer = every(COPY_MS, () => {
      copy ??= uploader
        .sendSome()
        .catch(() => undefined)
        .finally(() => {
          copy = null;
        });
    });
    return {
      async end() {
        timer.cancel();
        await copy;
      },
    };
  }

  async #deliver(uploader: Uploader, result: JobResult): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await uploader.finish(result);
      } catch (error) {
        if (attempt === STORE_TRIES) throw error;
        this.#how.tell(`${(error as Error).message}; trying again`);
        await sleep(500 * 2 ** attempt);
      }
    }
  }

  async #complete(job: TakenJob, result: JobResult): Promise<void> {
    try {
      await job.complete(result);
    } catch {
      // Redis forgot the job, or gave it to somebody else while we could not be heard; or the campaign is gone.
      this.#how.tell(`nobody could be told how ${job.data.run} ended; its result is in the store`);
    }
  }
}

/**
 * Folders of workers that were killed: what their runs wrote is in the store. A day later, since a run whose worker was
 * killed may still go on.
 */
function removeOld(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const newest = Math.max(...[path, ...filesBelow(path).map((file) => join(path, file))].map(changedMs));
    if (wallMs() - newest > OLD_MS) rmSync(path, { recursive: true, force: true });
  }
}

function changedMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Passed or failed before it was told to end. */
function isDecided({ code }: ProcessEnd): boolean {
  return code !== null && code <= 1;
}
