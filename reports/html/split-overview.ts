/**
 * The overview is read before anything is drawn, so it is small whatever the run was like. Of lists that are too long
 * for it, it holds what the first picture shows; the whole of them travels deflated and is read with the operations, so
 * nothing is merged, rounded or lost.
 */
import type { Overview, OverviewRest } from './overview.ts';

/** Largest overview, in bytes. */
export const OVERVIEW_BYTES = 64_000;

type Name = keyof OverviewRest;

/** An overview of at most `limit` bytes, and the lists that it does not hold whole; null when it holds all. */
export function splitOverview(
  whole: Overview,
  limit = OVERVIEW_BYTES,
): { first: Overview; rest: OverviewRest | null } {
  const first = { ...whole };
  const sizes = new Map<Name, number>();
  for (const name of Object.keys(HALF) as Name[]) sizes.set(name, size(whole[name]));
  let total = size(whole);
  const rest: OverviewRest = {};
  while (total > limit && sizes.size > 0) {
    const [name, before] = [...sizes].sort((a, b) => b[1] - a[1])[0]!;
    shorten(first, name);
    Object.assign(rest, { [name]: whole[name] });
    const after = size(first[name]);
    total += after - before;
    if (after < before) sizes.set(name, after);
    else sizes.delete(name);
  }
  return { first, rest: Object.keys(rest).length === 0 ? null : rest };
}

function size(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function shorten<N extends Name>(overview: Overview, name: N): void {
  const half = HALF[name] as (list: Overview[N]) => Overview[N];
  overview[name] = half(overview[name]);
}

const HALF: { readonly [N in Name]: (list: Overview[N]) => Overview[N] } = {
  beliefs: longest,
  overlaps: longest,
  nodeSpans: longest,
  // Rows know errors by number, so the first stay where they are.
  errors: (list) => list.slice(0, list.length >> 1),
  findings: (list) =>
    list.map((finding) => ({
      ...finding,
      rows: finding.rows.slice(0, Math.max(1, finding.rows.length >> 1)),
      said: finding.said.slice(0, finding.said.length >> 1),
      sentence: finding.sentence.slice(0, Math.max(20, finding.sentence.length >> 1)),
    })),
  // Every edge stays.
  faults: (list) =>
    list.map((fault) => ({ ...fault, evidence: fault.evidence.slice(0, fault.evidence.length >> 1) })),
};

/** The longer half of stretches of time, in the order they had. */
function longest<T extends { from: number; to: number }>(list: T[]): T[] {
  const kept = new Set([...list].sort((a, b) => b.to - b.from - (a.to - a.from)).slice(0, list.length >> 1));
  return list.filter((one) => kept.has(one));
}
