/**
 * Quantiles of measured durations, in the one form every checker reports them.
 */
import type { Json } from '../harness/op.ts';

/** `{count, p50, p95, p99, max}` in milliseconds of durations in nanoseconds; sorts its input. O(n log n). */
export function quantilesMs(durationsNs: Float64Array): { [name: string]: Json } {
  const n = durationsNs.length;
  if (n === 0) return { count: 0 };
  durationsNs.sort();
  const at = (q: number): number => toMs(durationsNs[Math.min(n - 1, Math.floor(q * n))]!);
  return { count: n, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: toMs(durationsNs[n - 1]!) };
}

/** Nanoseconds as milliseconds, to the microsecond. */
export function toMs(ns: number): number {
  return Math.round(ns / 1e3) / 1e3;
}

/** `3.20 s`: a moment of the run, as sentences word it. */
export function moment(ns: number): string {
  return `${(ns / 1e9).toFixed(ns < 100e9 ? 2 : 1)} s`;
}

/** `3.204 s`: a moment at which one operation began or ended. */
export function instant(ns: number): string {
  return `${(ns / 1e9).toFixed(3)} s`;
}

/** `3.71 s` or `420 ms`: a length of time, as sentences word it; as exact as the moments around it. */
export function span(ns: number): string {
  return ns < 1e9 ? `${Math.round(ns / 1e6)} ms` : `${Number((ns / 1e9).toFixed(2))} s`;
}
