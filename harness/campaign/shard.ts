/**
 * Runs over several machines: the longest first, each to the machine that has least to do. Every machine computes
 * the same from the same plan, so none has to ask another.
 */

/** One part of a campaign, counting from 1. */
export interface Shard {
  index: number;
  of: number;
}

/** The runs of a shard, in the order they were given. Ties fall by id. O(n log n). */
export function shardOf<T extends { id: string; estimateMs: number }>(runs: readonly T[], shard: Shard): T[] {
  const loads = new Array<number>(shard.of).fill(0);
  const mine = new Set<string>();
  const longest = [...runs].sort((a, b) => b.estimateMs - a.estimateMs || (a.id < b.id ? -1 : 1));
  for (const { id, estimateMs } of longest) {
    const least = loads.indexOf(Math.min(...loads));
    loads[least]! += Math.max(1, estimateMs);
    if (least === shard.index - 1) mine.add(id);
  }
  return runs.filter(({ id }) => mine.has(id));
}
