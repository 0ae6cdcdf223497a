/**
 * One lane of the judge: a worker that runs checkers one after the other, and is replaced when a checker
 * took it down or had to be ended.
 */
import { Worker } from 'node:worker_threads';
import type { HistoryTransfer } from '../history/history.ts';
import { after, monotonicNs, type Timer } from '../time.ts';
import type { CheckerResult } from '../verdict.ts';
import type { CheckerSpec } from '../workload.ts';
import type { Job, JudgeLimits, Reply, WorkerSetup } from './messages.ts';
import { seconds } from './work-budget.ts';

/** How the wait for a worker's next message ended. */
type Outcome = Reply | { kind: 'late' } | { kind: 'called-off' } | { kind: 'died'; error: unknown };

/** Runs one checker at a time; `run` never rejects. */
export class JudgeLane {
  readonly #url: URL;
  readonly #transfer: HistoryTransfer;
  readonly #limits: JudgeLimits;
  readonly #progress = new Float64Array(new SharedArrayBuffer(8));
  readonly #signal: AbortSignal | undefined;
  #worker: Worker | undefined;

  /** `signal` calls everything off: what has not answered by then is `unknown`. */
  constructor(url: URL, transfer: HistoryTransfer, limits: JudgeLimits, signal?: AbortSignal) {
    this.#url = url;
    this.#transfer = transfer;
    this.#limits = limits;
    this.#signal = signal;
  }

  /** One checker's answer, whatever becomes of the worker. */
  async run(spec: CheckerSpec): Promise<CheckerResult & { millis: number }> {
    const from = monotonicNs();
    this.#progress[0] = 0;
    const outcome = await this.#attempt(spec);
    const millis = Math.round((monotonicNs() - from) / 1e4) / 100;
    switch (outcome.kind) {
      case 'called-off':
        await this.close();
        return { ...this.#unknown('interrupt', 'judging it again'), millis };
      case 'result':
        return { ...outcome.result, millis: outcome.millis };
      case 'failed':
        return { ...broken(`the checker failed: ${outcome.message}`), millis: outcome.millis };
      case 'late':
        await this.close();
        return { ...this.#unknown(`time limit of ${seconds(this.#limits.timeoutMs)}`), millis };
      case 'died':
        await this.close();
        return { ...this.#afterDeath(outcome.error), millis };
      default:
        await this.close();
        return { ...broken(`the worker answered "${outcome.kind}" out of turn`), millis };
    }
  }

  /** Ends the worker, if there is one. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  async #attempt(spec: CheckerSpec): Promise<Outcome> {
    if (this.#signal?.aborted) return { kind: 'called-off' };
    if (this.#worker === undefined) {
      const ready = await this.#start();
      if (ready.kind !== 'ready') return ready;
    }
    const worker = this.#worker!;
    const reply = this.#next(worker);
    worker.postMessage({ spec } satisfies Job);
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
    return this.#next(worker);
  }

  #forget(worker: Worker): void {
    if (this.#worker === worker) this.#worker = undefined;
  }

  /** The worker's next message, or its end, or the lack of either within the limits. */
  #next(worker: Worker): Promise<Outcome> {
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
      const onMessage = (reply: Reply): void => settle(reply);
      const onError = (error: unknown): void => settle({ kind: 'died', error });
      const onExit = (code: number): void =>
        settle({ kind: 'died', error: new Error(`the worker exited with code ${code}`) });
      const onAbort = (): void => settle({ kind: 'called-off' });
      this.#signal?.addEventListener('abort', onAbort, { once: true });
      worker.on('message', onMessage);
      worker.on('error', onError);
      worker.on('exit', onExit);
      timer = after(this.#limits.timeoutMs + this.#limits.graceMs, () => settle({ kind: 'late' }));
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
