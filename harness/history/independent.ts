/**
 * Tells a history whose values are `[key value]` pairs, as Jepsen's independent keys are written: nothing in the
 * file says so, but a read that asks for `[3 nil]` and is answered `[3 7]` asks key 3.
 */
import type { Json } from '../op.ts';
import { type History, INVOKE } from './history.ts';

/** Enough operations to be sure of the shape; the others were written by the same test. */
const LOOKED_AT = 10_000;

/**
 * Is the value of every client operation a pair of a plain key and a value, with reads that ask for `[key nil]`?
 * O(1): looks at the first ten thousand operations.
 */
export function looksIndependent(history: History): boolean {
  const { processes, types, pairs } = history.columns;
  let asking = 0;
  for (let i = 0; i < history.length && i < LOOKED_AT; i++) {
    if (processes[i]! < 0) continue;
    const pair = asPair(history.value(i));
    if (pair === null || history.key(i) !== undefined) return false;
    if (types[i] === INVOKE && pair[1] === null) asking++;
    if (types[i] === INVOKE || pairs[i]! < 0) continue;
    if (asPair(history.value(pairs[i]!))?.[0] !== pair[0]) return false;
  }
  return asking > 0;
}

function asPair(value: Json): readonly [Json, Json] | null {
  if (!Array.isArray(value) || value.length !== 2) return null;
  const [key, held] = value as [Json, Json];
  return typeof key === 'number' || typeof key === 'string' ? [key, held] : null;
}
