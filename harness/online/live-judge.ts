/**
 * The run's side of being judged while it goes: a worker thread that follows the journal. Nothing it does, and
 * nothing that becomes of it, can hurt the run: trouble is a note.
 */
import { Worker } from 'node:worker_threads';
import { after } from '../time.ts';
import type { Anomaly } from '../verdict.ts';
import type { CheckerSpec } from '../workload.ts';
import type { LiveCheckerReport, LiveEnd, LiveReply, LiveSetup } from './messages.ts';

/** What a live judge needs to know and whom it tells. */
export interface LiveJudgeOptions {
  /** Entry file of the worker: compiled JavaScript that calls `serveLive`. */
  workerUrl: URL;
  journal: string;
  specs: readonly CheckerSpec[];
  onFound: (checker: string, anomaly: Anomaly) => void;
  onTrouble: (what: string) => void;
  /** Memory of the worker's heap. Default 1024. */
  memoryMb?: number;
}

/** What the live judge did, once the run was over. */
export interface LiveEnding {
  /** Operations judged; null when it did not get to the end of the journal. */
  operations: number | null;
  checkers: LiveCheckerReport[];
}

/** How long the worker may take over what is left of the journal when the run is over. */
const END_MS = 10_000;

/** Judges one run while it goes. */
export class LiveJudge {
  readonly #worker: Worker | null;
  readonly #options: LiveJudgeOptions;
  #over: ((ending: LiveEnding) => void) | null = null;
  #dead = false;

  constructor(options: LiveJudgeOptions) {
    this.#options = options;
    const setup: LiveSetup = { journal: options.journal, specs: options.specs };
    try {
      this.#worker = new Worker(options.workerUrl, {
        workerData: setup,
        resourceLimits: { maxOldGenerationSizeMb: options.memoryMb ?? 1024 },
      });
    } catch (error) {
      this.#worker = null;
      this.#fail(error);
      return;
    }
    this.#worker.on('message', (reply: LiveReply) => this.#heard(reply));
    this.#worker.on('error', (error) => this.#fail(error));
  }

  /**
   * The journal is complete: waits for the rest to be judged, at most ten seconds and not once `leave` aborts, and
   * ends the worker.
   */
  async end(leave: AbortSignal): Promise<LiveEnding> {
    const worker = this.#worker;
    const nothing: LiveEnding = { operations: null, checkers: [] };
    if (worker === null || this.#dead || leave.aborted) {
      await worker?.terminate();
      return nothing;
    }
    const ending = await new Promise<LiveEnding>((resolve) => {
      const timer = after(END_MS, () => {
        this.#options.onTrouble(`the live check was not done ${END_MS / 1000} s after the run and was ended`);
        resolve(nothing);
      });
      const left = (): void => this.#over?.(nothing);
      leave.addEventListener('abort', left, { once: true });
      this.#over = (found) => {
        timer.cancel();
        leave.removeEventListener('abort', left);
        resolve(found);
      };
      worker.postMessage({ kind: 'end' } satisfies LiveEnd);
    });
    await worker.terminate();
    return ending;
  }

  #heard(reply: LiveReply): void {
    if (reply.kind === 'found') this.#options.onFound(reply.checker, reply.anomaly);
    else if (reply.kind === 'failed') this.#fail(reply.message);
    else if (reply.kind === 'done') {
      this.#over?.({ operations: reply.operations, checkers: reply.checkers });
    }
  }

  #fail(error: unknown): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#options.onTrouble(
      `the live check ended early: ${error instanceof Error ? error.message : String(error)}`,
    );
    this.#over?.({ operations: null, checkers: [] });
  }
}
