/**
 * The wall clock of one simulated node: true time, wrong by an offset, a rate and a strobe. Timers run on
 * monotonic time and are not touched, as on real nodes.
 */
import type { ClockSkew } from '../contracts.ts';

/** What wall clocks show at simulated time 0: 2026-01-01T00:00:00Z, in ms. */
export const EPOCH_MS = 1_767_225_600_000;

/** One node's clock. */
export class NodeClock {
  /** How often it was set wrong. */
  skews = 0;
  #skew: ClockSkew | null = null;
  #sinceNs = 0;

  /** From `nowNs` on the clock is wrong by `skew`; null: right. */
  set(skew: ClockSkew | null, nowNs: number): void {
    if (skew !== null) this.skews++;
    this.#skew = skew;
    this.#sinceNs = nowNs;
  }

  /** How wrong the clock is now, ns. */
  offsetNs(nowNs: number): number {
    const skew = this.#skew;
    if (skew === null) return 0;
    const passed = nowNs - this.#sinceNs;
    let offset = skew.offsetNs;
    if (skew.driftPpm !== undefined) offset += Math.round((passed * skew.driftPpm) / 1e6);
    if (skew.strobe !== undefined) {
      const { deltaNs, halfPeriodNs } = skew.strobe;
      if (halfPeriodNs > 0 && Math.floor(passed / halfPeriodNs) % 2 === 1) offset += deltaNs;
    }
    if (skew.steps !== undefined) {
      const { periodNs, offsetsNs } = skew.steps;
      offset += offsetsNs[Math.floor(passed / periodNs) % offsetsNs.length] ?? 0;
    }
    return offset;
  }

  /** Whole milliseconds since the epoch. */
  wallMs(nowNs: number): number {
    return EPOCH_MS + Math.floor((nowNs + this.offsetNs(nowNs)) / 1e6);
  }
}
