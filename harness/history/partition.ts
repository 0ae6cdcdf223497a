/**
 * Groups positions by the value of a column with one counting sort, so that per-key and per-process work
 * costs O(n) in all and allocates two arrays, however many groups there are.
 */

/** Positions grouped by column value. Group g has the value `ids[g]` and the positions `lists[g]`, ascending. */
export interface Partition {
  /** Distinct column values in order of first appearance. */
  ids: Int32Array;
  /** One list per value, views into one array. */
  lists: Int32Array[];
}

/**
 * Groups `positions` (default: all) by `column`. O(n + r) with r the spread of the values when it is
 * comparable to n, else O(n) expected through a map.
 */
export function partitionColumn(column: Int32Array, positions?: Int32Array): Partition {
  const n = positions?.length ?? column.length;
  const groupOf = new Int32Array(n);
  const ids: number[] = [];
  const group = grouping(column, positions, n, ids);
  const sizes: number[] = [];
  for (let i = 0; i < n; i++) {
    const g = group(column[positions === undefined ? i : positions[i]!]!);
    groupOf[i] = g;
    sizes[g] = (sizes[g] ?? 0) + 1;
  }
  const sorted = new Int32Array(n);
  const next = new Int32Array(ids.length);
  const lists: Int32Array[] = [];
  let at = 0;
  for (let g = 0; g < ids.length; g++) {
    next[g] = at;
    lists.push(sorted.subarray(at, at + sizes[g]!));
    at += sizes[g]!;
  }
  for (let i = 0; i < n; i++) {
    const g = groupOf[i]!;
    sorted[next[g]!] = positions === undefined ? i : positions[i]!;
    next[g]!++;
  }
  return { ids: Int32Array.from(ids), lists };
}

/** A function from column value to dense group number that fills `ids` as new values appear. */
function grouping(
  column: Int32Array,
  positions: Int32Array | undefined,
  n: number,
  ids: number[],
): (value: number) => number {
  let low = 0;
  let high = 0;
  for (let i = 0; i < n; i++) {
    const value = column[positions === undefined ? i : positions[i]!]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (high - low <= 4 * n + 1024) {
    const table = new Int32Array(high - low + 1);
    return (value) => {
      const known = table[value - low]!;
      if (known !== 0) return known - 1;
      ids.push(value);
      table[value - low] = ids.length;
      return ids.length - 1;
    };
  }
  const map = new Map<number, number>();
  return (value) => {
    let g = map.get(value);
    if (g === undefined) {
      g = ids.length;
      ids.push(value);
      map.set(value, g);
    }
    return g;
  };
}
