/**
 * What a night established: one document, from the plan, all tries, and earlier nights. Everything else that is said
 * of a campaign (terminal, JUnit, Markdown, HTML, the trend) is a rendering of it. Pure.
 */
import { joinVerdicts, type Verdict } from '../verdict.ts';
import {
  type Attempt,
  type LeftOutReruns,
  type Purpose,
  type RunResult,
  resultOf,
  UNTAKEN,
} from './attempts.ts';
import { runsIn, type ScenarioSummary, stateOfRun, summarizeScenarios } from './compare.ts';
import type { StoredPlan } from './journal.ts';
import type { TrendLine } from './trend.ts';
import type { LeftOutCell } from './types.ts';

/** One machine's part of a night. */
export interface NightPart {
  plan: StoredPlan;
  attempts: readonly Attempt[];
  skipped: readonly { id: string; because: string }[];
  /** Failures with fewer reruns than they should have had. */
  notRerun: readonly ({ id: string } & LeftOutReruns)[];
  jobs: number;
  elapsedMs: number;
  interrupted: boolean;
  /** What comes before the folders of its runs, seen from the summary: empty, or the shard's folder and a slash. */
  prefix: string;
}

/** A result with where it ran. */
export interface NightRun extends RunResult {
  shard: number;
}

/** A stretch of one job's time. */
export interface Span {
  shard: number;
  slot: number;
  run: string;
  purpose: Purpose;
  verdict: Verdict;
  fromMs: number;
  toMs: number;
  /** The machine of the worker that did it; null: that of the campaign. */
  worker: string | null;
}

/** An earlier night as a whole. */
export interface PastNight {
  night: string;
  commit: string | null;
  runs: number;
  verdicts: Partial<Record<Verdict, number>>;
  flaky: number;
}

/** summary.json. */
export interface CampaignSummary {
  schema: 1;
  name: string;
  verdict: Verdict;
  sentence: string;
  /** ISO 8601. */
  started: string;
  commit: string | null;
  seedSource: string;
  command: string;
  file: string;
  versions: StoredPlan['versions'];
  elapsedMs: number;
  budgetMs: number | null;
  interrupted: boolean;
  allow: Verdict[];
  /** Runs of the matrix, seeds that failed before and regressions by verdict; canaries are counted on their own. */
  counts: Record<Verdict, number>;
  planned: number;
  /** Failures first, new ones before known ones, then as they were planned. */
  runs: NightRun[];
  scenarios: ScenarioSummary[];
  canaries: { planned: number; caught: number; missed: string[]; without: readonly string[] };
  twice: { compared: number; different: number };
  /** Scenarios that broke and were tried again, or were not the same twice. */
  flaky: string[];
  skipped: { id: string; because: string }[];
  leftOut: readonly LeftOutCell[];
  shards: {
    index: number;
    of: number;
    jobs: number;
    runs: number;
    elapsedMs: number;
    interrupted: boolean;
  }[];
  spans: Span[];
  cost: {
    machineMs: number;
    operations: number;
    faultsFired: number;
    faultsPlanned: number;
    attempts: number;
  };
  nights: PastNight[];
  notes: string[];
}

/** What a summary is made of, beside its parts. */
export interface SummaryParts {
  parts: readonly NightPart[];
  trend: readonly TrendLine[];
  notes: readonly string[];
  allow: readonly Verdict[];
  budgetMs: number | null;
}

/** Nights shown of the campaign as a whole. */
const NIGHTS = 60;
const ORDER: readonly Verdict[] = ['fail', 'broken', 'unknown', 'vacuous', 'pass'];

/** The summary of a night. Throws nothing; what is missing is said in `notes`. */
export function summarize({ parts, trend: all, notes, allow, budgetMs }: SummaryParts): CampaignSummary {
  const first = parts[0]!.plan;
  // What an earlier part of this night was remembered as is no earlier night.
  const trend = all.filter(({ night }) => night !== first.started);
  const runs = parts.flatMap(resultsOf);
  const own = runs.filter(({ kind }) => kind !== 'canary');
  const counts: Record<Verdict, number> = { pass: 0, fail: 0, unknown: 0, vacuous: 0, broken: 0 };
  for (const { verdict } of own) counts[verdict]++;
  const scenarios = summarizeScenarios(runs, trend);
  const canaries = canariesOf(runs, parts);
  const missing = missingRuns(parts);
  const untaken = parts.flatMap(({ skipped }) => skipped.filter(isUntaken));
  const verdicts = [
    ...runs.map(({ verdict }) => verdict),
    // A night that ran nothing, or could not show that its checkers work, proved too little.
    ...(own.length === 0 || missing.length > 0 || untaken.length > 0 || canaries.tried < canaries.planned
      ? ['vacuous' as const]
      : []),
  ];
  const verdict = joinVerdicts(verdicts);
  const attempts = parts.flatMap((part) => part.attempts);
  const compared = runs.filter(({ twice }) => twice !== null);
  const { tried, ...canaryCounts } = canaries;
  return {
    schema: 1,
    name: first.name,
    verdict,
    sentence:
      interruptedText(parts, runs) + sentenceOf(verdict, runs, scenarios, canaries, { missing, untaken }),
    started: first.started,
    commit: first.commit,
    seedSource: first.seedSource,
    command: parts.length === 1 ? first.command : wholeOf(first.command),
    file: first.file,
    versions: first.versions,
    elapsedMs: Math.max(...parts.map(({ elapsedMs }) => elapsedMs)),
    budgetMs,
    interrupted: parts.some(({ interrupted }) => interrupted),
    allow: [...allow],
    counts,
    planned: parts.reduce((sum, { plan }) => sum + plan.runs.length, 0),
    runs: failuresFirst(runs, scenarios),
    scenarios,
    canaries: canaryCounts,
    twice: {
      compared: compared.length,
      different: compared.filter(({ twice }) => twice === 'different').length,
    },
    flaky: scenarios.filter(({ flaky }) => flaky > 0).map(({ name }) => name),
    skipped: parts.flatMap(({ skipped }) => [...skipped]),
    leftOut: first.leftOut,
    shards: parts.map(({ plan, jobs, elapsedMs, interrupted }) => ({
      ...{ index: plan.shard.index, of: plan.shard.of, jobs, runs: plan.runs.length, elapsedMs, interrupted },
    })),
    spans: parts.flatMap(spansOf),
    cost: costOf(attempts),
    nights: pastNights(trend),
    notes: [
      ...notes,
      ...noteOf(missing, 'in no shard'),
      ...noteOf(doubleRuns(parts), 'in more than one shard'),
    ],
  };
}

function noteOf(ids: readonly string[], where: string): string[] {
  if (ids.length === 0) return [];
  const more = ids.length > 5 ? ', ...' : '';
  return [`${counted(ids.length, 'run is', 'runs are')} ${where}: ${ids.slice(0, 5).join(', ')}${more}`];
}

/** Half a night must not read like a whole one. */
function interruptedText(parts: readonly NightPart[], runs: readonly NightRun[]): string {
  if (parts.every(({ interrupted }) => !interrupted)) return '';
  const planned = parts.reduce((sum, { plan }) => sum + plan.runs.length, 0);
  return `interrupted, ${runs.length} of ${planned} runs done: `;
}

function resultsOf({ plan, attempts, notRerun, prefix }: NightPart): NightRun[] {
  const byRun = new Map<string, Attempt[]>();
  for (const attempt of attempts) byRun.set(attempt.run, [...(byRun.get(attempt.run) ?? []), attempt]);
  const left = new Map(notRerun.map(({ id, tries, because }) => [id, { tries, because }]));
  return plan.runs.flatMap((run) => {
    const result = resultOf(run, byRun.get(run.id) ?? [], left.get(run.id));
    return result === null ? [] : [{ ...result, folder: prefix + result.folder, shard: plan.shard.index }];
  });
}

function spansOf({ plan, attempts }: NightPart): Span[] {
  const finders = new Map(
    plan.runs.flatMap(({ id, foundBy }) => (foundBy === undefined ? [] : [[id, foundBy]])),
  );
  return attempts.map(({ slot, run, purpose, verdict, foundBy, fromMs, toMs, worker = null }) => {
    // A canary that is caught is as it should be.
    const caught = foundBy.includes(finders.get(run) ?? '');
    const shown = caught ? 'pass' : verdict;
    return { shard: plan.shard.index, slot, run, purpose, verdict: shown, fromMs, toMs, worker };
  });
}

function failuresFirst(runs: readonly NightRun[], scenarios: readonly ScenarioSummary[]): NightRun[] {
  const byName = new Map(scenarios.map((one) => [one.name, one]));
  const rank = (run: NightRun): number => {
    const scenario = byName.get(run.scenario);
    const isNew = run.verdict === 'fail' && scenario && stateOfRun(run, scenario).state === 'new';
    return 2 * ORDER.indexOf(run.verdict) - (isNew ? 1 : 0);
  };
  return [...runs].sort((a, b) => rank(a) - rank(b));
}

/** Planned runs that no part has: shards that were not merged, or that planned from different trends. */
function missingRuns(parts: readonly NightPart[]): string[] {
  if (parts.length === 1 && parts[0]!.plan.shard.of > 1) return [];
  const have = new Set(parts.flatMap(({ plan }) => plan.runs.map(({ id }) => id)));
  const wanted = new Set(parts.flatMap(({ plan }) => plan.all));
  return [...wanted].filter((id) => !have.has(id));
}

/** Runs that several parts have, for the same reasons. */
function doubleRuns(parts: readonly NightPart[]): string[] {
  const seen = new Set<string>();
  const double: string[] = [];
  for (const { id } of parts.flatMap(({ plan }) => plan.runs)) {
    if (seen.has(id)) double.push(id);
    seen.add(id);
  }
  return double;
}

interface Canaries {
  planned: number;
  tried: number;
  caught: number;
  missed: string[];
  without: readonly string[];
}

function canariesOf(runs: readonly NightRun[], parts: readonly NightPart[]): Canaries {
  const canaries = runs.flatMap(({ canary }) => canary ?? []);
  return {
    planned: parts.flatMap(({ plan }) => plan.runs).filter(({ kind }) => kind === 'canary').length,
    tried: canaries.length,
    caught: canaries.filter(({ caught }) => caught).length,
    missed: canaries.filter(({ caught }) => !caught).map(({ by }) => by),
    without: parts[0]!.plan.withoutCanary,
  };
}

/** The command of one shard, as one machine would be given it for the whole night. */
function wholeOf(command: string): string {
  return command.replace(/ --(?:shard|out)[ =](?:'[^']*'|\S+)/g, '');
}

function costOf(attempts: readonly Attempt[]): CampaignSummary['cost'] {
  const sum = (of: (attempt: Attempt) => number): number => attempts.reduce((all, one) => all + of(one), 0);
  return {
    machineMs: sum(({ fromMs, toMs }) => toMs - fromMs),
    operations: sum(({ operations }) => operations),
    faultsFired: sum(({ faults }) => faults.fired),
    faultsPlanned: sum(({ faults }) => faults.planned),
    attempts: attempts.length,
  };
}

function pastNights(trend: readonly TrendLine[]): PastNight[] {
  const byNight = new Map<string, PastNight>();
  for (const line of trend) {
    if (line.kind === 'canary') continue;
    const { night, commit } = line;
    const past = byNight.get(night) ?? { night, commit, runs: 0, verdicts: {}, flaky: 0 };
    past.runs += runsIn(line);
    past.flaky += line.flaky;
    for (const [verdict, count] of Object.entries(line.verdicts) as [Verdict, number][])
      past.verdicts[verdict] = (past.verdicts[verdict] ?? 0) + count;
    byNight.set(night, past);
  }
  return [...byNight.values()].slice(-NIGHTS);
}

function sentenceOf(
  verdict: Verdict,
  runs: readonly NightRun[],
  scenarios: readonly ScenarioSummary[],
  canaries: Canaries,
  { missing, untaken }: { missing: readonly string[]; untaken: readonly { because: string }[] },
): string {
  const own = runs.filter(({ kind }) => kind !== 'canary');
  const worst = failuresFirst(runs, scenarios).filter((run) => run.verdict === verdict);
  if (verdict === 'fail') {
    const fresh = scenarios.filter(({ verdict: v, state }) => v === 'fail' && state === 'new').length;
    const failing = scenarios.filter((scenario) => scenario.verdict === 'fail').length;
    return `${counted(failing, 'scenario fails', 'scenarios fail')}, ${fresh} of them new: ${worst[0]!.sentence}`;
  }
  if (canaries.missed.length > 0)
    return `nothing that passed tonight can be believed: ${canaries.missed.join(', ')} missed a planted bug`;
  if (own.length === 0 && untaken.length === 0) return 'nothing ran';
  if (verdict === 'pass') {
    return `${counted(own.length, 'run', 'runs')} of ${counted(scenarios.filter(({ kind }) => kind !== 'canary').length, 'scenario', 'scenarios')} passed`;
  }
  if (worst.length === 0 && untaken.length > 0)
    return `${counted(untaken.length, 'run was', 'runs were')} not carried out: ${untaken[0]!.because}`;
  if (worst.length === 0) {
    return missing.length > 0
      ? `${counted(missing.length, 'run is', 'runs are')} in no shard`
      : 'not every canary was tried: the budget ended before';
  }
  return `${counted(worst.length, 'run is', 'runs are')} ${verdict}: ${worst[0]!.sentence}`;
}

/** A run that no worker could carry out says nothing about what it was to test. */
function isUntaken({ because }: { because: string }): boolean {
  return because.includes(UNTAKEN);
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Tonight as lines of the trend. */
export function trendLines({ started, commit, scenarios }: CampaignSummary): TrendLine[] {
  return scenarios.map(({ name, kind, verdicts, failed, meanMs, operations, flaky }) => ({
    schema: 1,
    night: started,
    ...{ commit, scenario: name, kind, verdicts, failed, meanMs, operations, flaky },
  }));
}
