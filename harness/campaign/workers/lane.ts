/**
 * Tries that wait for workers: one lane for all that need the same of a worker.
 */
import type { Ran, Task } from '../runner.ts';
import type { Needs } from './needs.ts';
import type { CampaignQueue } from './redis.ts';

/** A try on its way to a worker. */
export interface Waiting {
  task: Task;
  key: string;
  id: string;
  /** It was sent before: somebody may have begun it. */
  again: boolean;
  settle(ran: Ran): void;
  fail(error: unknown): void;
}

/** Tries that need the same. */
export interface Lane {
  key: string;
  needs: Needs;
  queue: CampaignQueue;
  waiting: Waiting[];
  /** In Redis, by id of the job. */
  sent: Map<string, Waiting>;
  /** For how long there is nobody, ms; null: there is somebody. */
  aloneMs: number | null;
  told: boolean;
}

/** It only counts how often a failure comes back. */
export function isRerun({ task }: Pick<Waiting, 'task'>): boolean {
  return task.purpose === 'rerun';
}

/** Whether a try waits here that decides something and that none of the `busy` ids is. */
export function hasFirst(
  { waiting, sent }: Pick<Lane, 'waiting' | 'sent'>,
  busy: ReadonlySet<string>,
): boolean {
  return [...waiting, ...sent.values()].some((one) => !isRerun(one) && !busy.has(one.id));
}
