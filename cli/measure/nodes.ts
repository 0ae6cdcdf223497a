/**
 * Numbers of nodes as words: `3..33` for a range, `3,5,9` for a list.
 */
import { UsageError } from '../../harness/registry.ts';

/** Sizes a range is measured at: both ends, and about as many steps between. */
const STEPS = 10;

/** Reads `3..33`, `3,5,9` or `7`; ranges are walked in about ten steps. Throws `UsageError`. */
export function nodeCounts(word: string, least: number, most: number): number[] {
  const range = /^(\d+)\.\.(\d+)$/.exec(word);
  const counts = range === null ? word.split(',').map(Number) : walked(Number(range[1]), Number(range[2]));
  const wrong = counts.find((n) => !Number.isInteger(n) || n < least || n > most);
  if (counts.length > 0 && wrong === undefined) return counts;
  throw new UsageError(`--nodes cannot be "${word}"`, {
    hint: `write 3..33 or 3,5,9 with numbers from ${least} to ${most}`,
  });
}

function walked(from: number, to: number): number[] {
  const step = Math.max(1, Math.ceil((to - from) / STEPS));
  const counts: number[] = [];
  for (let n = from; n < to; n += step) counts.push(n);
  return from <= to ? [...counts, to] : [];
}
