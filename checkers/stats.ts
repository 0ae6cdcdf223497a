/**
 * Counts and latencies per function and per node. It describes a run and never fails one: what too little
 * success means is for the gates to say.
 */
import type { CheckerOptions } from '../harness/contracts.ts';
import { type History, INVOKE, NONE, OK, TYPE_NAMES } from '../harness/history/history.ts';
import type { Json } from '../harness/op.ts';
import type { CheckerResult } from '../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from './contract.ts';
import { inTime, Pace } from './pace.ts';
import { quantilesMs } from './quantiles.ts';

/** What happened to the operations of one function, or at one node. */
class Tally {
  invoked = 0;
  /** By outcome code; `open` never completed. */
  readonly outcomes = [0, 0, 0, 0];
  open = 0;
  #latencies = new Float64Array(256);
  #measured = 0;

  add(outcome: number, latencyNs: number): void {
    this.invoked++;
    if (outcome === INVOKE) this.open++;
    else this.outcomes[outcome]!++;
    if (outcome !== OK) return;
    if (this.#measured === this.#latencies.length) {
      const grown = new Float64Array(this.#measured * 2);
      grown.set(this.#latencies);
      this.#latencies = grown;
    }
    this.#latencies[this.#measured++] = latencyNs;
  }

  toJson(): { [name: string]: Json } {
    const counts: { [name: string]: Json } = { invoked: this.invoked };
    for (let code = OK; code < TYPE_NAMES.length; code++) counts[TYPE_NAMES[code]!] = this.outcomes[code]!;
    counts['open'] = this.open;
    counts['latencyMs'] = quantilesMs(this.#latencies.slice(0, this.#measured));
    return counts;
  }
}

/** Counts client operations by function, node and error kind. O(n log n). */
export function stats(
  history: History,
  _options: CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  return inTime(
    () => count(history, new Pace(budget)),
    () => {
      const note = `stopped at the ${budget.reason} before all was counted; a higher limit would settle it`;
      return { verdict: 'unknown', anomalies: [], stats: {}, note };
    },
  );
}

function count(history: History, pace: Pace): CheckerResult {
  const { types, times, processes, fs, nodes, errors, pairs } = history.columns;
  const all = new Tally();
  const byF = new Map<number, Tally>();
  const byNode = new Map<number, Tally>();
  const byError = new Map<number, number>();
  for (let i = 0; i < history.length; i++) {
    pace.step();
    if (types[i] !== INVOKE || processes[i]! < 0) continue;
    const pair = pairs[i]!;
    const outcome = pair === NONE ? INVOKE : types[pair]!;
    const latency = pair === NONE ? 0 : times[pair]! - times[i]!;
    all.add(outcome, latency);
    tallyOf(byF, fs[i]!).add(outcome, latency);
    if (nodes[i] !== NONE) tallyOf(byNode, nodes[i]!).add(outcome, latency);
    const error = pair === NONE ? NONE : errors[pair]!;
    if (error !== NONE) byError.set(error, (byError.get(error) ?? 0) + 1);
  }
  const result: { [name: string]: Json } = { operations: all.invoked, ...all.toJson() };
  pace.look();
  result['byFunction'] = named(history, byF);
  pace.look();
  result['byNode'] = named(history, byNode);
  result['errors'] = errorKinds(history, byError);
  return { verdict: 'pass', anomalies: [], stats: result };
}

function tallyOf(tallies: Map<number, Tally>, id: number): Tally {
  let tally = tallies.get(id);
  if (tally === undefined) tallies.set(id, (tally = new Tally()));
  return tally;
}

function named(history: History, tallies: Map<number, Tally>): Json {
  const entries = [...tallies].map(([id, tally]) => [history.names.get(id), tally.toJson()] as const);
  entries.sort((a, b) => (a[0] < b[0] ? -1 : 1));
  return Object.fromEntries(entries);
}

/** Error objects differ by message; people want to see them by kind. */
function errorKinds(history: History, byError: Map<number, number>): Json {
  const counts = new Map<string, number>();
  for (const [id, count] of byError) {
    const error = history.values.get(id) as { kind?: Json } | null;
    const kind = typeof error?.kind === 'string' ? error.kind : 'unnamed';
    counts.set(kind, (counts.get(kind) ?? 0) + count);
  }
  return Object.fromEntries([...counts].sort((a, b) => b[1] - a[1]));
}

/** The `stats` checker. */
export const statsChecker: Checker = {
  name: 'stats',
  summary: 'counts and latencies per function and node; describes, never fails',
  options: {},
  reads: {},
  anomalies: {},
  check: stats,
};
