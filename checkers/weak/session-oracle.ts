/**
 * The oracle of session guarantees: whether a handful of single operations break a set of them, by trying every
 * order of the versions of every key.
 */
import { closed, type PlainTxn } from './oracle.ts';

const [READ_YOUR_WRITES, MONOTONIC_READS, MONOTONIC_WRITES, WRITES_FOLLOW_READS] = [1, 2, 4, 8];

/** Versions of one key whose orders are all tried: 8! = 40,320. */
const MAX_VERSIONS = 8;

/** Whether the operations break the guarantees; null when there are too many versions to try. */
export function breaksGuarantees(all: readonly PlainTxn[], guarantees: number): boolean | null {
  const has = (guarantee: number): boolean => (guarantees & guarantee) !== 0;
  const earlier = (a: number, b: number): boolean => a < b && all[a]!.session === all[b]!.session;
  const past = closed(
    all.map((b, j) => all.map((_, i) => earlier(i, j) || b.reads.some((read) => read.source === i))),
  );
  if (past.some((row, i) => row[i])) return true;
  const visible = visibility(all, earlier, has);
  const keys = new Set(all.flatMap((op) => [...op.writes, ...op.reads.map((read) => read.key)]));
  for (const key of keys) {
    const versions = [...all.keys()].filter((t) => all[t]!.writes.has(key));
    if (versions.length > MAX_VERSIONS) return null;
    const before = precedences(all, key, visible, earlier, has);
    if (before === null) return true;
    if (!ordered(versions, before)) return true;
  }
  return false;
}

/** Per operation the writes its guarantees let it see. */
function visibility(
  all: readonly PlainTxn[],
  earlier: (a: number, b: number) => boolean,
  has: (guarantee: number) => boolean,
): Set<number>[] {
  const sets: Set<number>[] = [];
  for (const [r, op] of all.entries()) {
    const visible = new Set(op.reads.map((read) => read.source).filter((source) => source >= 0));
    for (let o = 0; o < r; o++) {
      if (!earlier(o, r)) continue;
      if (has(READ_YOUR_WRITES!) && all[o]!.writes.size > 0) visible.add(o);
      if (has(MONOTONIC_READS!) && all[o]!.reads.length > 0) for (const w of sets[o]!) visible.add(w);
    }
    // A set grows while it is walked, and what it gains is walked too.
    for (const w of visible) {
      for (let o = 0; o <= w; o++) {
        if (o !== w && !earlier(o, w)) continue;
        if (has(MONOTONIC_WRITES!) && o !== w && all[o]!.writes.size > 0) visible.add(o);
        if (!has(WRITES_FOLLOW_READS!)) continue;
        for (const read of all[o]!.reads) if (read.source >= 0) visible.add(read.source);
      }
    }
    sets.push(visible);
  }
  return sets;
}

/** Pairs of versions of a key of which the first must come first; null when a read of the initial value saw one. */
function precedences(
  all: readonly PlainTxn[],
  key: number,
  visible: readonly Set<number>[],
  earlier: (a: number, b: number) => boolean,
  has: (guarantee: number) => boolean,
): [number, number][] | null {
  const writes = (t: number): boolean => all[t]!.writes.has(key);
  const pairs: [number, number][] = [];
  for (const [t, op] of all.entries()) {
    for (const { key: of, source } of op.reads) {
      if (of !== key) continue;
      const others = [...visible[t]!].filter((w) => w !== source && writes(w));
      if (source < 0 && others.length > 0) return null;
      pairs.push(...others.map((w): [number, number] => [w, source]));
    }
    if (!writes(t)) continue;
    for (let o = 0; o <= t; o++) {
      if (o !== t && !earlier(o, t)) continue;
      if (has(MONOTONIC_WRITES!) && o !== t && writes(o)) pairs.push([o, t]);
      if (!has(WRITES_FOLLOW_READS!)) continue;
      for (const { key: of, source } of all[o]!.reads) if (of === key && source >= 0) pairs.push([source, t]);
    }
  }
  return pairs;
}

/** Whether some order of the versions has every pair in order. */
function ordered(versions: readonly number[], pairs: readonly [number, number][]): boolean {
  const orders: { order: number[]; left: readonly number[] }[] = [{ order: [], left: versions }];
  for (let top = orders.pop(); top !== undefined; top = orders.pop()) {
    const { order, left } = top;
    if (left.length === 0) {
      if (pairs.every(([a, b]) => order.indexOf(a) < order.indexOf(b))) return true;
      continue;
    }
    for (const w of left) orders.push({ order: [...order, w], left: left.filter((other) => other !== w) });
  }
  return false;
}
