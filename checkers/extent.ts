/**
 * The least and the greatest of many numbers. `Math.min(...numbers)` puts every one of them on the stack, which a
 * long history overflows.
 */

/** The least of the numbers, Infinity of none. */
export function least(numbers: Iterable<number>): number {
  let found = Number.POSITIVE_INFINITY;
  for (const number of numbers) if (number < found) found = number;
  return found;
}

/** The greatest of the numbers, -Infinity of none. */
export function greatest(numbers: Iterable<number>): number {
  let found = Number.NEGATIVE_INFINITY;
  for (const number of numbers) if (number > found) found = number;
  return found;
}
