/**
 * A circle may have as many transactions as the history: nobody reads a million steps, and they would take more
 * memory than the history. Of a long one the beginning and the end are shown.
 */

/** Steps shown of a circle. */
export const SHOWN = 64;

/** Whether step i of a circle of `length` is shown. */
export function isShown(i: number, length: number): boolean {
  return length <= SHOWN || i < SHOWN / 2 || i >= length - SHOWN / 2;
}

/** Names one after the other, those in the middle of many left out. */
export function inWords(names: readonly string[], between: string): string {
  if (names.length <= 16) return names.join(between);
  const left = `... (${names.length - 10} more)`;
  return [...names.slice(0, 8), left, ...names.slice(-2)].join(between);
}
