/**
 * Clock faults for a cluster's nodes: picks the implementation for what this machine can do.
 */
import type { ClocksFactory } from '../options.ts';
import { unavailableClocks } from '../unavailable-clocks.ts';
import { type ClockSupport, detectClockSupport } from './clock-support.ts';
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

/**
 * The clocks this machine allows, found by trying (about 100 ms): what a run gives to its cluster. Never rejects;
 * where nothing works the clocks skip every request and take `clock.skew` from the cluster's offers.
 */
export async function clocksHere(dir: string): Promise<ClocksFactory> {
  return createClocks(await detectClockSupport(), dir);
}
