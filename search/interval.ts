/**
 * How sure a share is: the interval of a proportion that was observed in few tries.
 */

/** A share with the interval that holds the true one in 95 of 100 cases. */
export interface Share {
  failed: number;
  of: number;
  /** From 0 to 1. */
  low: number;
  high: number;
}

/** Two-sided, 95 %. */
const Z = 1.959964;

/** The share of `failed` in `of` tries with Wilson's score interval, which is right for few tries and for none. */
export function shareOf(failed: number, of: number): Share {
  if (of === 0) return { failed, of, low: 0, high: 1 };
  const p = failed / of;
  const z2 = (Z * Z) / of;
  const centre = (p + z2 / 2) / (1 + z2);
  const half = (Z * Math.sqrt((p * (1 - p)) / of + z2 / (4 * of))) / (1 + z2);
  return {
    failed,
    of,
    low: failed === 0 ? 0 : Math.max(0, centre - half),
    high: failed === of ? 1 : Math.min(1, centre + half),
  };
}

/** `9 of 10 tries, 60 to 98 %`. */
export function shareText({ failed, of, low, high }: Share): string {
  const percent = (x: number): string => `${Math.round(x * 100)}`;
  return `${failed} of ${of} tries, ${percent(low)} to ${percent(high)} %`;
}
