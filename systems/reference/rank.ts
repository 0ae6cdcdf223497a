/**
 * The order of node names: by length, then alphabet, so that n10 is above n9.
 */

/** True when node a ranks above node b. */
export function isAbove(a: string, b: string): boolean {
  return a.length === b.length ? a > b : a.length > b.length;
}

/** Compares for sorting, lowest first. */
export function byRank(a: string, b: string): number {
  return a === b ? 0 : isAbove(a, b) ? 1 : -1;
}
