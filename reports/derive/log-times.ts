/**
 * Puts lines of logs on the time axis of the run. Nodes write their own wall clocks; which moment of the run that was
 * follows from when the run started, and in the simulator from where its clocks start. Of clocks that were made wrong
 * the lines are as wrong: the page says whose clock it is.
 */
import type { LogExcerpt, PlacedLine } from '../model.ts';

/** What clocks show at the beginning of a simulated run. */
const SIMULATED_MS = Date.UTC(2026, 0);
/** Lines this long before the start and after the end still belong to the run. */
const SLACK_MS = 5000;

/** All lines with a time, in order of time; those that fit nowhere are left out. `startedMs` is the epoch of the run's time 0. */
export function placeLines(logs: readonly LogExcerpt[], startedMs: number, durationNs: number): PlacedLine[] {
  const bases = [startedMs, SIMULATED_MS].filter((ms) => Number.isFinite(ms));
  const until = durationNs / 1e6 + SLACK_MS;
  const fits = (base: number): number =>
    logs.reduce(
      (sum, { timed = [] }) =>
        sum + timed.filter(({ wallMs }) => wallMs >= base - SLACK_MS && wallMs <= base + until).length,
      0,
    );
  const base = bases.reduce((best, one) => (fits(one) > fits(best) ? one : best), bases[0] ?? 0);
  const placed = logs.flatMap(({ node, path, timed = [] }) =>
    timed.flatMap(({ number, text, crash, wallMs }): PlacedLine[] => {
      const ms = wallMs - base;
      return ms < -SLACK_MS || ms > until
        ? []
        : [{ node, path, number, text, crash, atNs: Math.max(0, ms) * 1e6 }];
    }),
  );
  return placed.sort((a, b) => a.atNs - b.atNs);
}

/** When the run's own time began, since the epoch: before `started` stands what was made ready. NaN when nobody noted it. */
export function zeroOf(started: string, ended: string, durationMs: number | null): number {
  const end = Date.parse(ended);
  return Number.isFinite(end) && durationMs !== null ? end - durationMs : Date.parse(started);
}
