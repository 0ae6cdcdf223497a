/**
 * Reads whose answers hold everything there is: with a steady share of them the cost of a run grows with the square of
 * its operations.
 */

/** Up to so many operations reads keep their share. */
const DENSE = 1_000;

/** Chance that operation `n` is a read: beyond the first thousand so much less that all answers together stay linear. */
export function thinned(share: number, n: number): number {
  return n <= DENSE ? share : (share * DENSE) / n;
}
