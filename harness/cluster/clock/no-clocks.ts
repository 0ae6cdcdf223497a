/**
 * Clocks where no mechanism works: every request answers `skipped` with the reason, so that a plan with clock
 * faults still runs and says what it could not do.
 */
import type { Evidence } from '../../contracts.ts';
import type { NodeClocks } from './node-clocks.ts';

/** Clocks that cannot be moved, because of `reason`. */
export function noClocks(reason: string): NodeClocks {
  const skipped = async (): Promise<Evidence> => ({
    state: 'skipped',
    bit: null,
    summary: `no clock was touched: ${reason}`,
    measures: { mechanism: 'none', reason },
  });
  return {
    mechanism: 'none',
    unavailable: reason,
    set: skipped,
    reset: skipped,
    read: async () => null,
    startEnv: () => ({}),
    onStarted: () => undefined,
    close: () => undefined,
  };
}
