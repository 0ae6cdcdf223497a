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
import { type Job, MAX_SHARING, type Reply, type WorkerSetup } from './messages.ts';
import { WorkBudget } from './work-budget.ts';

/** As much of a checker as running it takes. */
export interface Runnable {
  /** Does what a check needs and may not do itself: loads files its options name. */
  prepare?(options: CheckerOptions): Promise<void>;
  check(history: History, options: CheckerOptions, budget: WorkBudget): CheckerResult;
  /** The same check for several workers, or null where that does not pay. */
  share?(history: History, options: CheckerOptions, budget: WorkBudget): Sharing | null;
}

/** A check that several workers make together. */
export interface Sharing {
  readonly boardBytes: number;
  work(board: ArrayBufferLike): unknown;
  merge(shares: readonly unknown[]): CheckerResult;
}

/** Serves the judge that started this worker with these checkers; call it once, in a worker's entry file. */
export function serveCheckers(checkers: Readonly<Record<string, Runnable>>): void {
  const port = parentPort;
  if (port === null) throw new Error('this file only works as a worker of the judge');
  const { history: transfer, limits, progress } = workerData as WorkerSetup;
  const history = History.fromTransfer(transfer);
  const say = (reply: Reply): void => port.postMessage(reply);
  let merge: Sharing['merge'] | null = null;
  port.on('message', (job: Job) => {
    const from = monotonicNs();
    const failed = (error: unknown): Reply => {
      return { kind: 'failed', message: messageOf(error), millis: millisSince(from) };
    };
    void run(job, from).catch(failed).then(say);
  });
  say({ kind: 'ready' });

  async function run(job: Job, from: number): Promise<Reply> {
    if (job.kind === 'merge') {
      const result = merge!(job.shares);
      merge = null;
      return { kind: 'result', result, millis: millisSince(from) };
    }
    const checker = named(job.spec.name);
    await checker.prepare?.(job.spec.options);
    if (job.kind === 'help') {
      const { work, place, timeoutMs, spec } = job;
      const budget = new WorkBudget({ ...limits, timeoutMs }, progress, work.usage, place);
      const share = checker.share!(history, spec.options, budget)!.work(work.board);
      work.usage[place] = 0;
      return { kind: 'share', share, millis: millisSince(from) };
    }
    const usage = new Float64Array(new SharedArrayBuffer(8 * MAX_SHARING));
    const budget = new WorkBudget(limits, progress, usage);
    const sharing = checker.share?.(history, job.spec.options, budget) ?? null;
    if (sharing === null) {
      const result = checker.check(history, job.spec.options, budget);
      return { kind: 'result', result, millis: millisSince(from) };
    }
    const board = new SharedArrayBuffer(sharing.boardBytes);
    budget.after(limits.shareAfterMs, () => say({ kind: 'sharing', work: { board, usage } }));
    merge = (shares) => sharing.merge(shares);
    return { kind: 'share', share: sharing.work(board), millis: millisSince(from) };
  }

  function named(name: string): Runnable {
    const checker = Object.hasOwn(checkers, name) ? checkers[name] : undefined;
    if (checker !== undefined) return checker;
    const known = Object.keys(checkers).sort().join(', ');
    throw new Error(`there is no checker "${name}"; there are: ${known}`);
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
