/**
 * Tonight against earlier nights: what fails for the first time, what fails still, what is fixed. Fixed is said only
 * when the very seeds that failed pass; that other seeds pass proves nothing.
 */
import { joinVerdicts, type Verdict } from '../verdict.ts';
import type { RunResult } from './attempts.ts';
import { FAILED_SEEDS, type FailedSeed, nightsOf, type TrendLine } from './trend.ts';
import type { RunKind } from './types.ts';

/**
 * `new`: fails, or fails in a way it did not the last time. `still`: fails as the last time. `fixed`: what failed
 * passes. `unproved`: nothing failed, but the seeds that failed were not tried. `plain`: nothing to say.
 */
export type State =
  | 'new'
  | 'still'
  | 'fixed'
  | 'unproved'
  | 'new-unknown'
  | 'new-broken'
  | 'slower'
  | 'fewer-operations'
  | 'plain';

/** One scenario of tonight. */
export interface ScenarioSummary {
  name: string;
  kind: RunKind;
  verdict: Verdict;
  verdicts: Partial<Record<Verdict, number>>;
  state: State;
  /** What the state rests on, for people. */
  said: string;
  kinds: string[];
  /** Kinds of anomalies it failed by the last night. */
  known: string[];
  failed: FailedSeed[];
  runs: number;
  meanMs: number;
  operations: number;
  flaky: number;
  /** Its last nights, oldest first, at most `PAST`. */
  past: { night: string; commit: string | null; verdict: Verdict; flaky: number; meanMs: number }[];
}

/** Nights shown of a scenario. */
export const PAST = 30;
/** A run is slower when it takes this much longer than lately, and at least so much. */
const SLOWER = 1.5;
const SLOWER_MS = 2_000;
/** Operations of a run are fewer when they are less than this share of lately. */
const FEWER = 0.5;

/** Summaries of all scenarios that ran, in the order of their first run. O(runs + nights). */
export function summarizeScenarios(
  runs: readonly RunResult[],
  trend: readonly TrendLine[],
): ScenarioSummary[] {
  const byName = new Map<string, RunResult[]>();
  for (const run of runs) byName.set(run.scenario, [...(byName.get(run.scenario) ?? []), run]);
  return [...byName].map(([name, own]) => summarize(name, own, nightsOf(trend, name)));
}

function summarize(name: string, runs: readonly RunResult[], nights: readonly TrendLine[]): ScenarioSummary {
  const verdicts: Partial<Record<Verdict, number>> = {};
  for (const { verdict } of runs) verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
  const failures = runs.filter(({ verdict }) => verdict === 'fail');
  const tonight = {
    name,
    kind: runs.find(({ kind }) => kind !== 'again')?.kind ?? 'run',
    verdict: joinVerdicts(runs.map(({ verdict }) => verdict)),
    verdicts,
    kinds: [...new Set(failures.flatMap(({ kinds }) => kinds))].sort(),
    known: knownKinds(nights),
    failed: failures.slice(0, FAILED_SEEDS).map(({ seed, kinds }) => ({ seed: seed ?? 0, kinds })),
    runs: runs.length,
    meanMs: Math.round(mean(runs.map(({ tookMs }) => tookMs))),
    operations: runs.reduce((sum, { operations }) => sum + operations, 0),
    flaky: runs.filter(({ broke, twice }) => broke > 0 || twice === 'different').length,
  };
  const past = nights.slice(-PAST).map((line) => ({
    night: line.night,
    commit: line.commit,
    verdict: verdictOf(line),
    flaky: line.flaky,
    meanMs: line.meanMs,
  }));
  return { ...tonight, ...stateOf(tonight, runs, nights), past };
}

function knownKinds(nights: readonly TrendLine[]): string[] {
  return [...new Set((nights.at(-1)?.failed ?? []).flatMap(({ kinds }) => kinds))].sort();
}

/**
 * What one run is compared with the last night. A scenario is new when any of its runs fails by something new; a run
 * of it that fails as the scenario did before is not.
 */
export function stateOfRun(
  { verdict, kinds }: Pick<RunResult, 'verdict' | 'kinds'>,
  { state, said, known }: Pick<ScenarioSummary, 'state' | 'said' | 'known'>,
): Pick<ScenarioSummary, 'state' | 'said'> {
  const seen = kinds.length > 0 && kinds.every((kind) => known.includes(kind));
  return verdict === 'fail' && state === 'new' && seen
    ? { state: 'still', said: 'the scenario failed the last night by the same' }
    : { state, said };
}

/** The verdict of a scenario in an earlier night. */
export function verdictOf({ verdicts }: TrendLine): Verdict {
  return joinVerdicts(Object.keys(verdicts) as Verdict[]);
}

type Tonight = Omit<ScenarioSummary, 'state' | 'said' | 'past'>;

function stateOf(
  tonight: Tonight,
  runs: readonly RunResult[],
  nights: readonly TrendLine[],
): Pick<ScenarioSummary, 'state' | 'said'> {
  const last = nights.at(-1);
  const before = last === undefined ? null : verdictOf(last);
  if (tonight.verdict === 'fail') return failing(tonight, nights);
  if (last !== undefined && before === 'fail') return ended(last, runs);
  if (tonight.verdict === 'broken' && before !== 'broken')
    return { state: 'new-broken', said: 'broke for the first time since it last ran' };
  if (tonight.verdict === 'unknown') {
    const count = streak(nights, 'unknown') + 1;
    return count === 1
      ? { state: 'new-unknown', said: 'unknown for the first time since it last ran' }
      : { state: 'plain', said: `unknown, night ${count} in a row` };
  }
  return pace(tonight, nights);
}

function failing(
  { kinds, known }: Tonight,
  nights: readonly TrendLine[],
): Pick<ScenarioSummary, 'state' | 'said'> {
  const last = nights.at(-1);
  if (last === undefined) return { state: 'new', said: 'first night of this scenario' };
  if (verdictOf(last) !== 'fail') {
    let passed = 0;
    while (passed < nights.length && verdictOf(nights.at(-1 - passed)!) !== 'fail') passed++;
    return {
      state: 'new',
      said: `did not fail in the ${passed === 1 ? 'last night' : `last ${passed} nights`}`,
    };
  }
  const other = kinds.filter((kind) => !known.includes(kind));
  if (other.length > 0) return { state: 'new', said: `failed before, but not by ${other.join(', ')}` };
  return { state: 'still', said: `night ${streak(nights, 'fail') + 1} in a row` };
}

function ended(last: TrendLine, runs: readonly RunResult[]): Pick<ScenarioSummary, 'state' | 'said'> {
  const passed = runs.filter(({ verdict }) => verdict === 'pass').map(({ seed }) => seed);
  const proved = last.failed.filter(({ seed }) => passed.includes(seed)).map(({ seed }) => seed);
  // A regression has no seed of its own: it is the same run every night.
  const same = runs.every(({ kind, verdict }) => kind === 'regression' && verdict === 'pass');
  if (proved.length > 0 || same) {
    const seeds = proved.length > 0 ? `, seed ${proved.join(', ')}` : '';
    return { state: 'fixed', said: `passes what failed the last time${seeds}` };
  }
  return {
    state: 'unproved',
    said: `did not fail, but the seeds that did (${last.failed.map(({ seed }) => seed).join(', ')}) did not pass tonight`,
  };
}

function pace(tonight: Tonight, nights: readonly TrendLine[]): Pick<ScenarioSummary, 'state' | 'said'> {
  const lately = nights.slice(-5);
  if (lately.length === 0) return { state: 'plain', said: '' };
  const usualMs = mean(lately.map(({ meanMs }) => meanMs));
  if (tonight.meanMs > usualMs * SLOWER && tonight.meanMs > usualMs + SLOWER_MS) {
    const said = `${(tonight.meanMs / 1000).toFixed(1)} s a run, ${(usualMs / 1000).toFixed(1)} s lately`;
    return { state: 'slower', said };
  }
  const usual = mean(lately.map((line) => line.operations / Math.max(1, runsIn(line))));
  const perRun = tonight.operations / Math.max(1, tonight.runs);
  if (perRun < usual * FEWER) {
    const said = `${Math.round(perRun)} operations a run, ${Math.round(usual)} lately`;
    return { state: 'fewer-operations', said };
  }
  return { state: 'plain', said: '' };
}

/** Runs of a scenario in a night. */
export function runsIn({ verdicts }: TrendLine): number {
  return Object.values(verdicts).reduce((sum, count) => sum + count, 0);
}

/** How many nights in a row, up to the last, ended as this. */
function streak(nights: readonly TrendLine[], verdict: Verdict): number {
  let count = 0;
  while (count < nights.length && verdictOf(nights.at(-1 - count)!) === verdict) count++;
  return count;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
