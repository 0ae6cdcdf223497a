/**
 * From scenarios to the runs of a night: seeds from the commit, the seeds that failed last time again, runs that must
 * fail, regressions; in the order in which they matter, should the budget end early. Pure: the same campaign, commit
 * and trend give the same plan on every machine.
 */
import type { Config } from '../config/types.ts';
import { parseDuration } from '../config/units.ts';
import { Seed } from '../random.ts';
import { type Shard, shardOf } from './shard.ts';
import { knownMs, nightsOf, type TrendLine } from './trend.ts';
import type { CampaignPlan, LeftOutCell, PlannedRun, Scenario } from './types.ts';

/** A run that must fail, and who must find it. */
export interface Canary {
  system: string;
  bug: string;
  checker: string;
  /** Length of the load, where it is shorter than that of the bug. */
  timeLimit?: string;
}

/** A regression file. */
export interface RegressionFile {
  name: string;
  /** As the command line names it. */
  path: string;
  deterministic: boolean;
}

/** What a night is made of. */
export interface PlanParts {
  name: string;
  /** As the command line names it. */
  file: string;
  scenarios: readonly Scenario[];
  leftOut: readonly LeftOutCell[];
  canaries: readonly Canary[];
  withoutCanary: readonly string[];
  regressions: readonly RegressionFile[];
  trend: readonly TrendLine[];
  /** Share of deterministic runs that are carried out twice. */
  twice: number;
  /** Modules that were named with --plugin, as the command line names them. */
  plugins?: readonly string[];
  commit: string | null;
  /** Takes the place of the commit. */
  seed: number | null;
  shard: Shard;
}

/** Seeds a canary is tried with until it fails. */
const CANARY_SEEDS = [1, 2, 3, 4, 5];
/** How long a simulated run takes when nobody knows better, ms. */
const SIMULATED_MS = 3_000;
/** What starting, healing and judging add to the load when nobody knows better, ms. */
const AROUND_MS = 15_000;

/** The plan of a night, or of one shard of it. */
export function planCampaign(parts: PlanParts): CampaignPlan {
  const base = Seed.of(parts.seed ?? 0).fork('campaign', parts.seed === null ? (parts.commit ?? '') : '');
  const runs = [
    ...parts.regressions.map((one) => regressionRun(one, parts)),
    ...parts.canaries.map((one) => canaryRun(one, parts)),
    ...parts.scenarios.flatMap((scenario) => failedBefore(scenario, parts, base)),
    ...inOrderOfWeight(parts, base),
  ];
  const all = withTwice(runs, parts.twice, base);
  return {
    schema: 1,
    name: parts.name,
    commit: parts.commit,
    seedSource: seedSourceOf(parts),
    shard: parts.shard,
    runs: shardOf(all, parts.shard),
    all: all.map(({ id }) => id),
    leftOut: parts.leftOut,
    withoutCanary: parts.withoutCanary,
  };
}

function seedSourceOf({ seed, commit }: PlanParts): string {
  if (seed !== null) return `from --seed ${seed} and the name of the scenario`;
  if (commit !== null) return `from commit ${commit} and the name of the scenario`;
  return 'from the name of the scenario alone: there is no commit here, so every night has the same';
}

/** The k-th seed of a scenario of weight w comes at (k + 1) / w: whoever weighs more is further when time is up. */
function inOrderOfWeight(parts: PlanParts, base: Seed): PlannedRun[] {
  const placed = parts.scenarios.flatMap((scenario) =>
    seedsOf(scenario, base).map((seed, k) => ({
      at: (k + 1) / scenario.weight,
      run: scenarioRun(`${scenario.name}#${k + 1}`, 'run', scenario, seed, parts),
    })),
  );
  // Sorting is stable: equals stay in the order of the lists.
  return placed.sort((a, b) => a.at - b.at).map(({ run }) => run);
}

function seedsOf({ name, seeds }: Scenario, base: Seed): number[] {
  if (typeof seeds !== 'number') return [...seeds];
  return Array.from({ length: seeds }, (_, k) => base.fork(name, k).rng().int(1, 999_999_999));
}

/** Seeds that failed when the scenario last ran, and are not drawn tonight anyway: only they can say that it is fixed. */
function failedBefore(scenario: Scenario, parts: PlanParts, base: Seed): PlannedRun[] {
  const last = nightsOf(parts.trend, scenario.name).at(-1);
  const drawn = seedsOf(scenario, base);
  const [first, second] = (last?.failed ?? []).filter(({ seed }) => !drawn.includes(seed));
  return [first, second].flatMap((one) =>
    one === undefined
      ? []
      : [scenarioRun(`${scenario.name}@${one.seed}`, 'again', scenario, one.seed, parts)],
  );
}

function scenarioRun(
  id: string,
  kind: 'run' | 'again',
  { name, config }: Scenario,
  seed: number,
  parts: PlanParts,
): PlannedRun {
  return {
    id,
    kind,
    scenario: name,
    words: ['run', parts.file, '--scenario', name, ...pluginWords(parts)],
    seeds: [seed],
    deterministic: isDeterministic(config),
    twice: false,
    estimateMs: Math.round(knownMs(parts.trend, name) ?? estimateOf(config)),
  };
}

function pluginWords({ plugins = [] }: PlanParts): string[] {
  return plugins.flatMap((path) => ['--plugin', path]);
}

function canaryRun({ system, bug, checker, timeLimit }: Canary, parts: PlanParts): PlannedRun {
  const scenario = `canary/${checker}`;
  return {
    id: scenario,
    kind: 'canary',
    scenario,
    words: [
      ...['run', system, '--bug', bug, '--backend', 'sim'],
      ...(timeLimit === undefined ? [] : ['--time-limit', timeLimit]),
    ],
    seeds: CANARY_SEEDS,
    deterministic: true,
    twice: false,
    estimateMs: Math.round(knownMs(parts.trend, scenario) ?? SIMULATED_MS),
    foundBy: checker,
  };
}

function regressionRun({ name, path, deterministic }: RegressionFile, parts: PlanParts): PlannedRun {
  const scenario = `regression/${name}`;
  return {
    id: scenario,
    kind: 'regression',
    scenario,
    words: ['run', path, ...pluginWords(parts)],
    seeds: [],
    deterministic,
    twice: false,
    estimateMs: Math.round(knownMs(parts.trend, scenario) ?? (deterministic ? SIMULATED_MS : 4 * AROUND_MS)),
  };
}

/** In the simulator and on virtual time the same seed gives the same bytes. */
function isDeterministic({ backend, virtualTime }: Config): boolean {
  return backend === 'sim' || virtualTime === true;
}

function estimateOf(config: Config): number {
  if (config.backend === 'sim') return SIMULATED_MS;
  return parseDuration(config.timeLimit ?? '30s') + AROUND_MS;
}

/** Marks a drawn share of the deterministic runs of the matrix, at least one where there is any. */
function withTwice(runs: readonly PlannedRun[], share: number, base: Seed): PlannedRun[] {
  const candidates = runs.filter(({ kind, deterministic }) => kind === 'run' && deterministic);
  const count = Math.ceil(candidates.length * share);
  const drawn = new Set(base.fork('twice').rng().shuffle(candidates).slice(0, count));
  return runs.map((run) => (drawn.has(run) ? { ...run, twice: true } : run));
}
