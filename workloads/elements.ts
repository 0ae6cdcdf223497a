/**
 * Unique elements that are added, some of them removed again later: the operations of sets and carts in which
 * removal must last.
 */
import type { Draws, OpTemplate } from '../harness/generator/index.ts';

/** Elements added before one is removed: an element is removed long after it was added. */
const LATER = 15;

/** Operation n of a stream: mostly adds of n, removals of older elements, reads. */
export function elementOperation(
  n: number,
  draws: Draws,
  shares: { reads: number; removes: number },
): OpTemplate {
  const draw = draws.float();
  if (draw < shares.reads) return { f: 'read' };
  if (draw < shares.reads + shares.removes && n >= 2 * LATER) {
    return { f: 'remove', value: n - LATER - draws.int(0, LATER) };
  }
  return { f: 'add', value: n };
}
