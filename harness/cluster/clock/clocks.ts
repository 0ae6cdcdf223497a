/**
 * Clock faults for a cluster's nodes: picks the implementation for what this machine can do.
 */
import type { ClocksFactory } from '../options.ts';
import { unavailableClocks } from '../unavailable-clocks.ts';
import type { ClockSupport } from './clock-support.ts';
import { libfaketimeClocks } from './libfaketime-clocks.ts';
import { vdsoClocks } from './vdso-clocks.ts';

/**
 * A factory of clocks for clusters, to be given as `ClusterOptions.clocks`. `support` comes from
 * `detectClockSupport`; `dir` is a folder of the run, used by libfaketime alone.
 */
export function createClocks(support: ClockSupport, dir: string): ClocksFactory {
  switch (support.mechanism) {
    case 'vdso':
      return vdsoClocks;
    case 'libfaketime':
      return (host) => libfaketimeClocks(host, support.library, dir);
    case 'none':
      return unavailableClocks(support.reason);
  }
}
