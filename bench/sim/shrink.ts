/**
 * How small planted bugs of raft get, and how soon: failures that the search finds, each from seeds of its own, are
 * reduced as `faultline shrink` does. Medians of faults, operations and seconds, for each bug and over all.
 * `npm run bench -- sim/shrink [failures of each bug] [bugs, comma-separated, or all]`
 */
import { monotonicNs } from '../../harness/time.ts';
import { correctTerrain, explore, type Found } from '../../search/explore.ts';
import { signatureText } from '../../search/scenario.ts';
import { shrinkScenario } from '../../search/shrink.ts';
import type { Terrain } from '../../search/terrain.ts';
import { RAFT_BUGS } from '../../systems/raft-bugs.ts';

const FAILURES = Number(process.argv[2] ?? 11);
/** Bugs of elections, logs, reads and snapshots that are found soon. */
const SOME = ['forget-vote', 'two-votes', 'ack-before-quorum', 'stale-read', 'snapshot-without-sync'];
const BUGS = bugsOf(process.argv[3]);

/** Between the first seeds of two searches, and runs after which a search is given up. */
const SEEDS_APART = 1_000_000;
const MOST_RUNS = 2_000;

interface Row {
  bug: string;
  signature: string;
  from: { faults: number; ops: number };
  faults: number;
  /** Operations of clients. */
  ops: number;
  nodes: number;
  runs: number;
  wallS: number;
  cpuS: number;
  complete: boolean;
}

function bugsOf(word: string | undefined): string[] {
  if (word === undefined) return SOME;
  return word === 'all' ? Object.keys(RAFT_BUGS) : word.split(',');
}

/** The n-th failure of a bug, by the checker that should find it; null when no run shows it. */
function failure(bug: string, n: number): Found | null {
  const { checker, config, search } = RAFT_BUGS[bug]!;
  const terrain: Terrain = {
    ...correctTerrain('raft'),
    bugs: [bug],
    settings: { ...(config?.['set'] as Terrain['settings'] | undefined) },
    ...(search === undefined ? {} : { hints: search }),
  };
  const limits = {
    budgetMs: 600_000,
    maxRuns: MOST_RUNS,
    firstSeed: 1 + n * SEEDS_APART,
    until: { checker },
  };
  return explore(terrain, limits).found.find(({ signature }) => signature.checker === checker) ?? null;
}

function reduce(bug: string, { scenario, signature, shownNs }: Found): Row {
  const cpu = process.cpuUsage();
  const began = monotonicNs();
  const reduced = shrinkScenario(scenario, signature, shownNs);
  const used = process.cpuUsage(cpu);
  return {
    bug,
    signature: signatureText(signature),
    from: { faults: scenario.case.faults.length, ops: scenario.case.ops.length },
    faults: reduced.case.faults.length,
    ops: reduced.case.ops.length,
    nodes: reduced.case.nodes.length,
    runs: reduced.runs,
    wallS: (monotonicNs() - began) / 1e9,
    cpuS: (used.user + used.system) / 1e6,
    complete: reduced.complete,
  };
}

function median(rows: readonly Row[], value: (row: Row) => number): number {
  const sorted = rows.map(value).sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
}

function say(name: string, rows: readonly Row[]): void {
  const of = (value: (row: Row) => number, digits = 0): string => median(rows, value).toFixed(digits);
  const most = (value: (row: Row) => number): number => Math.max(...rows.map(value));
  const cut = rows.filter(({ complete }) => !complete).length;
  process.stdout.write(
    `${name.padEnd(40)} ${String(rows.length).padStart(3)} failures of ${of((row) => row.from.faults)} faults, ` +
      `${of((row) => row.from.ops)} operations; left (median, most): ` +
      `faults ${of((row) => row.faults)}, ${most((row) => row.faults)}; ` +
      `operations ${of((row) => row.ops)}, ${most((row) => row.ops)}; nodes ${of((row) => row.nodes)}; ` +
      `${of((row) => row.runs)} runs; ${of((row) => row.wallS, 1)} s, ${most((row) => row.wallS).toFixed(1)} s wall; ` +
      `${of((row) => row.cpuS, 1)} CPU s${cut > 0 ? `; ${cut} cut off by the budget` : ''}\n`,
  );
}

function main(): void {
  const all: Row[] = [];
  for (const bug of BUGS) {
    const rows: Row[] = [];
    for (let n = 0; n < FAILURES; n++) {
      const found = failure(bug, n);
      if (found !== null) rows.push(reduce(bug, found));
    }
    if (rows.length === 0) process.stdout.write(`${bug}: no run of ${MOST_RUNS} shows it\n`);
    else say(bug, rows);
    all.push(...rows);
  }
  if (all.length === 0) return;
  say('all', all);
  const [faults, ops, wallS] = [
    median(all, (r) => r.faults),
    median(all, (r) => r.ops),
    median(all, (r) => r.wallS),
  ];
  const isMet = faults <= 2 && ops <= 6 && wallS < 5;
  process.stdout.write(`at most 2 faults, 6 operations, 5 s in the median: ${isMet ? 'met' : 'not met'}\n`);
}

main();
