/**
 * Clock faults for a cluster's nodes: picks the implementation for what this machine can do.
 */
import type { ClocksFactory } from '../options.ts';
import { unavailableClocks } from '../unavailable-clocks.ts';
import type { ClockSupport } from './clock-support.ts';
import { libfaketimeClocks } from './libfaketime-clocks.ts';
import { vdsoClocks } from './vdso-clocks.ts';

/** A factory of clocks for clusters (`ClusterOptions.clocks`), by what `detectClockSupport` found. */
export function createClocks(support: ClockSupport): ClocksFactory {
  switch (support.mechanism) {
    case 'vdso':
      return vdsoClocks;
    case 'libfaketime':
      return (host) => libfaketimeClocks(host, support.library);
    case 'none':
      return unavailableClocks(support.reason);
  }
}
