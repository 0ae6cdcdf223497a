/**
 * The real CLOCK_REALTIME in nanoseconds: what skews of node clocks are relative to. Nothing here is ever skewed;
 * the harness patches other processes, never its own.
 */
import { wallMs } from '../../time.ts';

/** What `realNs` can tell apart, ns. */
export const REAL_TIME_STEP_NS = 1_000_000n;

/** Nanoseconds since the epoch, to the millisecond. */
export function realNs(): bigint {
  return BigInt(wallMs()) * 1_000_000n;
}
