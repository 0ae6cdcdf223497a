/**
 * Clocks of a cluster that has none to offer: every request is skipped with the reason, so that a plan with
 * clock faults says why nothing happened.
 */
import type { Evidence } from '../contracts.ts';
import type { ClocksFactory } from './options.ts';

/** A factory of clocks that skip everything, for `reason`. */
export function unavailableClocks(reason: string): ClocksFactory {
  const skipped: Evidence = { state: 'skipped', bit: null, summary: reason, measures: {} };
  return () => ({
    mechanism: 'none',
    unavailable: reason,
    set: async () => skipped,
    reset: async () => skipped,
    read: async () => null,
  });
}
