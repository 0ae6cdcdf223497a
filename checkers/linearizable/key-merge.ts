/**
 * The verdict on a history from what one thread or several found out about its keys: the same, whoever judged
 * which key. What was found in rounds after the first with a violation is left out, as one thread alone would
 * not have begun them.
 */
import type { Json } from '../../harness/op.ts';
import type { Anomaly, CheckerResult } from '../../harness/verdict.ts';
import { isBuiltIn } from '../models/registry.ts';
import { fastPathOf } from './fast-paths.ts';
import { MAX_ANOMALIES } from './findings.ts';
import type { Inquiry } from './inquiry.ts';
import { type KeyShare, larger, type Open } from './key-work.ts';
import type { Parts } from './parts.ts';

/** Puts the shares together; `path` is the name of the fast path, if there was one. */
export function mergeKeys(
  inquiry: Inquiry,
  parts: Parts,
  path: string | null,
  shares: readonly KeyShare[],
): CheckerResult {
  const all = shares.flatMap(({ violations }) => violations);
  const last = all.reduce((least, { round }) => Math.min(least, round), Number.POSITIVE_INFINITY);
  const violations = all
    .filter(({ round }) => round <= last)
    .sort((a, b) => a.round - b.round || a.part - b.part);
  const sum = (of: (share: KeyShare) => number): number =>
    shares.reduce((total, share) => total + of(share), 0);
  const settled = sum((share) => share.settled);
  const searched = sum((share) => share.searched);
  const search = searchStats(shares, last, searched);
  const stats: Record<string, Json> = {
    model: inquiry.model.name,
    operations: parts.calls.length,
    keys: parts.keys.length,
    violatedKeys: violations.length,
    engine: engineName(path, settled, searched),
    fastKeys: settled,
    search,
  };
  if (violations.length > 0) {
    const told = violations
      .map(({ anomaly }) => anomaly)
      .filter((anomaly): anomaly is Anomaly => anomaly !== null);
    const anomalies = told.slice(0, MAX_ANOMALIES);
    return { verdict: 'fail', anomalies, anomalyCount: violations.length, stats };
  }
  const note = search.undecided > 0 ? noteOf(inquiry, parts, shares, search) : null;
  const doubt = note ?? shares.find((share) => share.doubt !== null)?.doubt ?? null;
  if (doubt !== null) return { verdict: 'unknown', anomalies: [], stats, note: doubt };
  return { verdict: 'pass', anomalies: [], stats };
}

/** What decided: the fast path by its name, the search, or both. */
export function engineName(path: string | null, settled: number, searched: number): string {
  if (path === null || (settled === 0 && searched > 0)) return 'search';
  return searched === 0 ? path : `${path} and search`;
}

interface SearchStats {
  [name: string]: number;
  keys: number;
  undecided: number;
  steps: number;
  mostConfigurations: number;
  settledByBounds: number;
}

function searchStats(shares: readonly KeyShare[], last: number, keys: number): SearchStats {
  const stats: SearchStats = { keys, undecided: keys, steps: 0, mostConfigurations: 0, settledByBounds: 0 };
  for (const { rounds } of shares) {
    for (const [round, each] of rounds.entries()) {
      if (round > last) break;
      stats.undecided -= each.decided;
      stats.steps += each.steps;
      stats.mostConfigurations = Math.max(stats.mostConfigurations, each.mostConfigurations);
      stats.settledByBounds += each.settledByBounds;
    }
  }
  return stats;
}

function noteOf(inquiry: Inquiry, parts: Parts, shares: readonly KeyShare[], stats: SearchStats): string {
  let worst: (Open & { why: string }) | null = null;
  for (const { open, why } of shares) {
    if (open !== null && (worst === null || larger(open.size, open.part, worst))) worst = { ...open, why };
  }
  if (worst === null)
    return `${stats.undecided} of ${stats.keys} keys stayed open; a higher limit may settle it`;
  const key = parts.keys[worst.part]!;
  const name = key < 0 ? 'the object' : `key ${JSON.stringify(inquiry.history.values.get(key))}`;
  const within =
    worst.optional === null
      ? 'operations and was not searched'
      : `operations, ${worst.optional} of them of unknown outcome, in ${worst.classes} kinds`;
  return (
    `${stats.undecided} of ${stats.keys} keys stayed open at the ${worst.why}; the largest, ${name}, has ` +
    `${worst.size} ${within}. ${remedyFor(inquiry)}`
  );
}

/** What would settle what a search of this model left open. */
function remedyFor(inquiry: Inquiry): string {
  if (!isBuiltIn(inquiry.model)) {
    return 'A higher limit, functions said to be readOnly, or a partition into smaller objects may settle it.';
  }
  if (fastPathOf(inquiry) !== null)
    return 'Values written only once, judged with engine auto, would settle it.';
  return 'A higher limit, fewer operations of unknown outcome, or fewer processes per object may settle it.';
}
