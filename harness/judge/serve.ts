/**
 * The worker's side of judging: rebuilds the history once, then runs one checker per message under a budget.
 * Which checkers exist is the caller's business, so that this layer needs to know none.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { CheckerOptions } from '../contracts.ts';
import { History } from '../history/history.ts';
import { UsageError } from '../registry.ts';
import { monotonicNs } from '../time.ts';
import type { CheckerResult } from '../verdict.ts';
import type { Job, Reply, WorkerSetup } from './messages.ts';
import { WorkBudget } from './work-budget.ts';

/** As much of a checker as running it takes. */
export interface Runnable {
  /** Does what a check needs and may not do itself: loads files its options name. */
  prepare?(options: CheckerOptions): Promise<void>;
  check(history: History, options: CheckerOptions, budget: WorkBudget): CheckerResult;
}

/** Serves the judge that started this worker with these checkers; call it once, in a worker's entry file. */
export function serveCheckers(checkers: Readonly<Record<string, Runnable>>): void {
  const port = parentPort;
  if (port === null) throw new Error('this file only works as a worker of the judge');
  const { history: transfer, limits, progress } = workerData as WorkerSetup;
  const history = History.fromTransfer(transfer);
  port.on('message', (job: Job) => void run(job).then((reply) => port.postMessage(reply)));
  port.postMessage({ kind: 'ready' } satisfies Reply);

  async function run(job: Job): Promise<Reply> {
    const from = monotonicNs();
    try {
      const checker = Object.hasOwn(checkers, job.spec.name) ? checkers[job.spec.name] : undefined;
      if (checker === undefined) {
        const known = Object.keys(checkers).sort().join(', ');
        throw new Error(`there is no checker "${job.spec.name}"; there are: ${known}`);
      }
      await checker.prepare?.(job.spec.options);
      const result = checker.check(history, job.spec.options, new WorkBudget(limits, progress));
      return { kind: 'result', result, millis: millisSince(from) };
    } catch (error) {
      const message = messageOf(error);
      return { kind: 'failed', message, millis: millisSince(from) };
    }
  }
}

/** Bad input says where it stands. */
function messageOf(error: unknown): string {
  if (error instanceof UsageError) return error.format();
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

function millisSince(fromNs: number): number {
  return Math.round((monotonicNs() - fromNs) / 1e4) / 100;
}
