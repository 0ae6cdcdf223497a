/**
 * When nobody says which nodes are faulty: the smallest set of at most so many nodes whose word need not count for
 * everything else to hold. It is tried, set by set; with few faults and few nodes that is little work.
 */

/** Sets that are tried at most. */
const MAX_SETS = 20_000;

/**
 * The first of the smallest sets that `explains`, in the order of the nodes; null when none does, undefined when
 * there are too many to try. Calls `explains` at most 20,000 times.
 */
export function smallestSuspects(
  nodes: readonly string[],
  most: number,
  explains: (suspects: readonly string[]) => boolean,
): readonly string[] | null | undefined {
  let left = MAX_SETS;
  for (let size = 1; size <= Math.min(most, nodes.length); size++) {
    for (const set of subsets(nodes, size)) {
      if (left-- === 0) return undefined;
      if (explains(set)) return set;
    }
  }
  return null;
}

/** All subsets of one size, in the order of the positions of their members. */
function* subsets(nodes: readonly string[], size: number): Generator<string[]> {
  const at = Array.from({ length: size }, (_, i) => i);
  while (size <= nodes.length) {
    yield at.map((i) => nodes[i]!);
    let i = size - 1;
    while (i >= 0 && at[i] === nodes.length - size + i) i--;
    if (i < 0) return;
    at[i]!++;
    for (let j = i + 1; j < size; j++) at[j] = at[j - 1]! + 1;
  }
}
