/**
 * One lane of the judge: a worker that runs checkers one after the other, and is replaced when a checker
 * took it down or had to be ended.
 */
import { Worker } from 'node:worker_threads';
import type { HistoryTransfer } from '../history/history.ts';
import { after, monotonicNs, type Timer } from '../time.ts';
import type { CheckerResult } from '../verdict.ts';
import type { CheckerSpec } from '../workload.ts';
import type { Crew, Help } from './crew.ts';
import {
  graceOf,
  type Job,
  type JudgeLimits,
  type Reply,
  type SharedWork,
  type WorkerSetup,
} from './messages.ts';
import { seconds } from './work-budget.ts';

/** How the wait for a worker's next message ended. */
type Outcome =
  | Exclude<Reply, { kind: 'sharing' }>
  | { kind: 'late' }
  | { kind: 'called-off' }
  | { kind: 'died'; error: unknown };

/** Runs one checker at a time; `run` never rejects. */
export class JudgeLane {
  readonly #url: URL;
  readonly #transfer: HistoryTransfer;
  readonly #limits: JudgeLimits;
  readonly #progress = new Float64Array(new SharedArrayBuffer(8));
  readonly #signal: AbortSignal | undefined;
  #worker: Worker | undefined;
  #starting: Promise<Outcome> | undefined;

  /** `signal` calls everything off: what has not answered by then is `unknown`. */
  constructor(url: URL, transfer: HistoryTransfer, limits: JudgeLimits, signal?: AbortSignal) {
    this.#url = url;
    this.#transfer = transfer;
    this.#limits = limits;
    this.#signal = signal;
  }

  /** One checker's answer, whatever becomes of the worker; `crew` is told when others may help. */
  async run(spec: CheckerSpec, crew: Crew): Promise<CheckerResult & { millis: number }> {
    // A worker that starts and rebuilds the history is not judging yet.
    await this.ready();
    const from = monotonicNs();
    const since = (): number => Math.round((monotonicNs() - from) / 1e4) / 100;
    this.#progress[0] = 0;
    const { timeoutMs } = this.#limits;
    const sharing = (work: SharedWork): void => crew.open(work, timeoutMs - since());
    let outcome = await this.#attempt({ kind: 'check', spec }, timeoutMs, sharing);
    if (outcome.kind === 'share') {
      const helps = await crew.finish();
      const failed = helps.find((help) => 'failed' in help);
      if (failed !== undefined) return { ...failed.failed, millis: since() };
      const shares = [outcome.share, ...helps.map((help) => ('share' in help ? help.share : null))];
      outcome = await this.#attempt({ kind: 'merge', shares }, timeoutMs);
      return { ...(await this.#resultOf(outcome)), millis: since() };
    }
    await crew.abandon();
    const millis = 'millis' in outcome ? outcome.millis : since();
    return { ...(await this.#resultOf(outcome)), millis };
  }

  /** Helps with a check another lane leads; never rejects. */
  async help(spec: CheckerSpec, work: SharedWork, place: number, timeoutMs: number): Promise<Help> {
    this.#progress[0] = 0;
    const outcome = await this.#attempt({ kind: 'help', spec, work, place, timeoutMs }, timeoutMs);
    return outcome.kind === 'share' ? { share: outcome.share } : { failed: await this.#resultOf(outcome) };
  }

  /** Starts the worker, if there is none; false when it does not start. */
  async ready(): Promise<boolean> {
    if (this.#signal?.aborted) return false;
    this.#starting ??= this.#start();
    return (await this.#starting).kind === 'ready';
  }

  /** What an outcome means; ends a worker that cannot be used again. */
  async #resultOf(outcome: Outcome): Promise<CheckerResult> {
    if (outcome.kind === 'result') return outcome.result;
    if (outcome.kind === 'failed') return broken(`the checker failed: ${outcome.message}`);
    await this.close();
    switch (outcome.kind) {
      case 'called-off':
        return this.#unknown('interrupt', 'judging it again');
      case 'late':
        return this.#unknown(`time limit of ${seconds(this.#limits.timeoutMs)}`);
      case 'died':
        return this.#afterDeath(outcome.error);
      default:
        return broken(`the worker answered "${outcome.kind}" out of turn`);
    }
  }

  /** Ends the worker, if there is one. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#starting = undefined;
    await worker?.terminate();
  }

  async #attempt(
    job: Job,
    timeoutMs: number,
    onSharing: (work: SharedWork) => void = () => {},
  ): Promise<Outcome> {
    if (this.#signal?.aborted) return { kind: 'called-off' };
    this.#starting ??= this.#start();
    const ready = await this.#starting;
    const worker = this.#worker;
    if (ready.kind !== 'ready') return ready;
    if (worker === undefined)
      return { kind: 'died', error: new Error('the worker ended between two checks') };
    const reply = this.#next(worker, timeoutMs, onSharing);
    worker.postMessage(job);
    return reply;
  }

  #start(): Promise<Outcome> {
    const setup: WorkerSetup = { history: this.#transfer, limits: this.#limits, progress: this.#progress };
    try {
      this.#worker = new Worker(this.#url, {
        workerData: setup,
        resourceLimits: { maxOldGenerationSizeMb: this.#limits.memoryMb },
      });
    } catch (error) {
      return Promise.resolve({ kind: 'died', error });
    }
    const worker = this.#worker;
    // Whoever waits for a reply reports these; here they only keep a dead worker from being used again.
    worker.on('error', () => this.#forget(worker));
    worker.on('exit', () => this.#forget(worker));
    return this.#next(worker, this.#limits.timeoutMs);
  }

  #forget(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#starting = undefined;
  }

  /** The worker's next message, or its end, or the lack of either within the limits. */
  #next(worker: Worker, timeoutMs: number, onSharing?: (work: SharedWork) => void): Promise<Outcome> {
    return new Promise((resolve) => {
      let timer: Timer | undefined;
      const settle = (outcome: Outcome): void => {
        timer?.cancel();
        worker.off('message', onMessage);
        worker.off('error', onError);
        worker.off('exit', onExit);
        this.#signal?.removeEventListener('abort', onAbort);
        resolve(outcome);
      };
      const onMessage = (reply: Reply): void => {
        if (reply.kind === 'sharing') onSharing?.(reply.work);
        else settle(reply);
      };
      const onError = (error: unknown): void => settle({ kind: 'died', error });
      const onExit = (code: number): void =>
        settle({ kind: 'died', error: new Error(`the worker exited with code ${code}`) });
      const onAbort = (): void => settle({ kind: 'called-off' });
      this.#signal?.addEventListener('abort', onAbort, { once: true });
      worker.on('message', onMessage);
      worker.on('error', onError);
      worker.on('exit', onExit);
      timer = after(timeoutMs + graceOf(this.#limits), () => settle({ kind: 'late' }));
    });
  }

  #afterDeath(error: unknown): CheckerResult {
    if ((error as { code?: unknown } | null)?.code === 'ERR_WORKER_OUT_OF_MEMORY') {
      return this.#unknown(`memory limit of ${this.#limits.memoryMb} MB`);
    }
    return broken(`the checker's worker died: ${error instanceof Error ? error.message : String(error)}`);
  }

  #unknown(limit: string, remedy = 'a higher limit'): CheckerResult {
    const steps = this.#progress[0]!;
    const note = `stopped at the ${limit} after ${steps} steps; ${remedy} may settle it`;
    return { verdict: 'unknown', anomalies: [], stats: { steps }, note };
  }
}

function broken(note: string): CheckerResult {
  return { verdict: 'broken', anomalies: [], stats: {}, note };
}
