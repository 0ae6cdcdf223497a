/**
 * Where a history comes from, for messages: a history made by a simulation can say how to make it again. Kept
 * beside the history, so that nothing that reads histories has to know.
 */
import type { History } from './history.ts';

/** Lines that say how a history was made and how to make it again. */
export type Origin = () => string[];

const origins = new WeakMap<History, Origin>();

/** Remembers where a history comes from; returns the history. */
export function withOrigin(history: History, origin: Origin): History {
  origins.set(history, origin);
  return history;
}

/** The lines of a history that remembers; none for any other. */
export function originOf(history: History): string[] {
  return origins.get(history)?.() ?? [];
}
