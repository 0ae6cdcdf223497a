/**
 * The three ways an injection or its undoing can end, as evidence: one clause for people, figures for reports.
 */
import type { Evidence, Json } from '../harness/contracts.ts';

/** It took; `bit` says whether a measurement shows an effect (null: cannot be measured at this moment). */
export function installed(
  summary: string,
  bit: boolean | null,
  measures: Record<string, Json> = {},
): Evidence {
  return { state: 'installed', bit, summary, measures };
}

/** Not applicable now; nothing was done. */
export function skipped(reason: string, measures: Record<string, Json> = {}): Evidence {
  return { state: 'skipped', bit: null, summary: reason, measures };
}

/** Tried, and it did not take. */
export function failed(reason: string, measures: Record<string, Json> = {}): Evidence {
  return { state: 'failed', bit: false, summary: reason, measures };
}

/** `1 message`, `3 messages`; irregular nouns bring their plural. */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : plural}`;
}
