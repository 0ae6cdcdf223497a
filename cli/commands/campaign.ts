/**
 * `faultline campaign`: a night of runs, each in a process of its own, and what they say together.
 */
import { relative, resolve } from 'node:path';
import type { Attempt } from '../../harness/campaign/attempts.ts';
import type { Unfinished } from '../../harness/campaign/journal.ts';
import { type LoadedCampaign, loadCampaign } from '../../harness/campaign/load.ts';
import { planCampaign } from '../../harness/campaign/plan.ts';
import type { Shard } from '../../harness/campaign/shard.ts';
import { readTrend, type Trend } from '../../harness/campaign/trend.ts';
import type { CampaignPlan, PlannedRun } from '../../harness/campaign/types.ts';
import { withoutSecrets } from '../../harness/campaign/workers/address.ts';
import type { RemoteRunner } from '../../harness/campaign/workers/remote-runner.ts';
import { parseDuration } from '../../harness/config/units.ts';
import { lookup, UsageError } from '../../harness/registry.ts';
import { commitOf } from '../../harness/run/environment.ts';
import { duration } from '../../reports/format.ts';
import { GLYPH } from '../../reports/terminal/style.ts';
import { isClusterScenario } from '../../search/cluster/cluster-scenario.ts';
import { readRegression, regressionsIn } from '../../search/regression.ts';
import { canariesOf } from '../campaign/canaries.ts';
import { endNight, mergeNights, type Occasion, trendFileOf } from '../campaign/end.ts';
import { campaignNames } from '../campaign/known.ts';
import { beginNight, carryOut, type NightChoices, resumeNight } from '../campaign/night.ts';
import {
  announced,
  closeWay,
  demandWorkers,
  type WayToWorkers,
  wayToWorkers,
} from '../campaign/over-workers.ts';
import { type Command, flag, list, type OptionValues, text } from '../command.ts';
import { programName, quoted } from '../command-line.ts';
import { wholeNumber } from '../explore-terrain.ts';
import { seedFlag, wantsJson } from '../flags.ts';
import { type Io, json, line } from '../io.ts';
import { listen } from '../signals.ts';

/** The command. */
export const campaign: Command = {
  name: 'campaign',
  summary:
    'a night of runs: systems x workloads x faults x seeds, within a budget, compared with the last night',
  args: [{ form: '[config]', summary: 'a campaign file, or a folder that has faultline.campaign.yaml' }],
  options: [
    { flags: '--budget <time>', summary: 'after this nothing more is started; what was skipped is said' },
    { flags: '--jobs <n>', summary: 'runs at a time (default 1)' },
    { flags: '--shard <i/n>', summary: 'the i-th of n parts, balanced by how long runs took lately' },
    {
      flags: '--workers [redis]',
      summary: 'have workers carry it out: redis://host:6379; default FAULTLINE_REDIS',
    },
    { flags: '--store <place>', summary: 'with --workers: a folder they all see, or s3://bucket/prefix' },
    { flags: '--patience <time>', summary: 'with --workers: wait so long for one that can (default 60s)' },
    { flags: '--merge <folder>', summary: 'no run: one summary of the shards in these folders', many: true },
    { flags: '--resume [folder]', summary: 'go on with a night that was cut short; default the latest' },
    { flags: '--only <scenario>', summary: 'these scenarios, or all that begin so: raft/', many: true },
    { flags: '--seed <n>', summary: 'draw seeds from this instead of from the commit' },
    { flags: '--trend <file>', summary: 'where nights are remembered' },
    { flags: '--out <folder>', summary: 'folder of this night; default below .faultline/' },
    { flags: '--list', summary: 'say what would run; run nothing' },
    { flags: '--json', summary: 'print summary.json on stdout, and nothing else there' },
    { flags: '--ascii', summary: 'only ASCII glyphs' },
  ],
  examples: [
    'faultline campaign nightly.yaml --budget 60m --jobs 2',
    'faultline campaign nightly.yaml --shard 2/4 --out shard-2',
    'faultline campaign nightly.yaml --merge shard-1 --merge shard-2',
    'faultline campaign nightly.yaml --only raft/ --list',
    'faultline campaign nightly.yaml --workers redis://ci-redis:6379 --store /mnt/nights',
    'faultline campaign nightly.yaml --resume',
  ],
  async run(io, [what = '.'], options) {
    const loaded = await loadCampaign(resolve(io.cwd, what), campaignNames());
    const trendFile = trendFileOf(io, loaded, text(options, 'trend'));
    const trend = readTrend(trendFile);
    const choices: NightChoices = {
      jobs: wholeNumber(options, 'jobs', '--jobs') ?? loaded.config.jobs ?? 1,
      budgetMs: budgetOf(loaded, text(options, 'budget')),
      command: `${programName(io.env)} ${quoted(process.argv.slice(2).map(withoutSecrets))}`,
      file: shown(io, loaded.file),
    };
    const merge = list(options, 'merge');
    if (merge.length > 0) return mergeNights(io, loaded, { merge, trend, trendFile, choices, options });
    const fresh = options['resume'] === undefined;
    const plan = fresh ? await planOf(io, loaded, trend, options) : null;
    if (flag(options, 'list') && plan !== null) return listRuns(io, plan, options);
    const way = await wayToWorkers(io, options);
    try {
      const night =
        plan === null
          ? resumeNight(io, loaded.config.campaign, text(options, 'resume'))
          : beginNight(io, plan, choices, text(options, 'out'));
      return await throughNight(io, loaded, night, { trend, trendFile, choices, options, way });
    } finally {
      way?.exchange.close();
    }
  },
};

/** Carries the night out, here or by workers, and says what came of it. */
async function throughNight(
  io: Io,
  loaded: LoadedCampaign,
  night: { folder: string; night: Unfinished },
  occasion: Occasion & { way: WayToWorkers | null },
): Promise<number> {
  const { choices, way } = occasion;
  const { plan, ended } = night.night;
  const { runs } = plan;
  sayWhatComes(io, night, choices, way);
  const interrupts = listen(io, ['ending the runs, judging what there is (again: leave)', 'leaving']);
  let runner: RemoteRunner | null = null;
  try {
    const how = { resumed: ended.length + night.night.open.length > 0, interrupts };
    runner = way === null ? null : await announced(io, loaded, way, plan, how);
    let done = new Set(ended.map(({ run }) => run)).size;
    const onAttempt = (run: PlannedRun, attempt: Attempt): void => {
      if (attempt.attempt === 1) done++;
      line(io.err, progress(run, attempt, done, runs.length));
    };
    const told = runner ?? undefined;
    const conducted = await carryOut(io, loaded.config, night, choices, interrupts, onAttempt, told);
    const { attempts, interrupted } = conducted;
    if (way !== null && runner !== null) demandWorkers(runner, way, attempts.length, interrupted);
    const code = await endNight(io, loaded, { ...occasion, night, conducted }, interrupts);
    if (way !== null && runner !== null) await closeWay(way, runner, plan, night.folder, !interrupted);
    return code;
  } finally {
    // Whatever went wrong, nobody waits for a night that nobody watches.
    await runner?.close(false);
    interrupts.release();
  }
}

function sayWhatComes(
  io: Io,
  { folder, night }: { folder: string; night: Unfinished },
  { jobs }: NightChoices,
  way: WayToWorkers | null,
): void {
  const { runs, shard, seedSource } = night.plan;
  const part = shard.of > 1 ? `, shard ${shard.index} of ${shard.of}` : '';
  const where = way === null ? `${jobs} at a time` : `by workers at ${way.address.shown}`;
  const before = night.ended.length > 0 ? `, ${night.ended.length} tries done before` : '';
  line(io.err, `campaign   ${runs.length} runs${part}, ${where}${before}`);
  line(io.err, `seeds      ${seedSource}`);
  line(io.err, `out        ${folder}`);
  if (way !== null) line(io.err, `store      ${way.store.shown}`);
}

async function planOf(
  io: Io,
  loaded: LoadedCampaign,
  { lines }: Trend,
  options: OptionValues,
): Promise<CampaignPlan> {
  const { config, directory, leftOut } = loaded;
  const only = list(options, 'only');
  const scenarios = only.length === 0 ? loaded.scenarios : chosen(loaded, only);
  const { canaries, without } = canariesOf(config.canaries, scenarios);
  const regressions = config.regressions ?? 'regressions';
  const files =
    regressions === false || only.length > 0 ? [] : regressionsIn(resolve(directory, regressions));
  const commit = await commitOf(io.cwd);
  return planCampaign({
    name: config.campaign,
    file: shown(io, loaded.file),
    scenarios,
    leftOut: only.length === 0 ? leftOut : [],
    canaries,
    withoutCanary: without,
    regressions: files.map((path) => {
      const regression = readRegression(path);
      return { name: regression.name, path: shown(io, path), deterministic: !isClusterScenario(regression) };
    }),
    trend: lines,
    twice: config.twice ?? 0.05,
    plugins: list(options, 'plugin'),
    commit: commit?.replace(/\+$/, '') ?? null,
    seed: seedFlag(text(options, 'seed')) ?? null,
    shard: shardFlag(text(options, 'shard')),
  });
}

function chosen({ scenarios }: LoadedCampaign, only: readonly string[]): LoadedCampaign['scenarios'] {
  const byName = Object.fromEntries(scenarios.map((scenario) => [scenario.name, scenario]));
  const names = only.flatMap((word) => {
    const starting = scenarios.filter(({ name }) => name === word || name.startsWith(word));
    return starting.length > 0 ? starting.map(({ name }) => name) : [lookup('scenario', byName, word).name];
  });
  return scenarios.filter(({ name }) => names.includes(name));
}

function budgetOf({ config }: LoadedCampaign, given: string | undefined): number | null {
  const budget = given ?? config.budget;
  return budget === undefined ? null : parseDuration(budget);
}

function shardFlag(value: string | undefined): Shard {
  if (value === undefined) return { index: 1, of: 1 };
  const match = /^(\d+)\/(\d+)$/.exec(value);
  const [index, of] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || index < 1 || of < index) {
    throw new UsageError(`--shard takes i/n with i from 1 to n, not "${value}"`, { hint: 'write 2/4' });
  }
  return { index, of };
}

function listRuns(io: Io, plan: CampaignPlan, options: OptionValues): number {
  if (wantsJson(options)) {
    json(io.out, plan);
    return 0;
  }
  for (const { id, seeds, estimateMs, twice, kind } of plan.runs) {
    const seed = seeds.length === 0 ? 'seed of its own' : `seed ${seeds[0]}`;
    const more = [kind === 'run' ? '' : kind, twice ? 'twice' : ''].filter(Boolean).join(', ');
    line(io.out, `${id}  ${seed}  about ${duration(estimateMs * 1e6)}${more === '' ? '' : `  ${more}`}`);
  }
  for (const { name, because } of plan.leftOut) line(io.out, `${name}  left out: ${because}`);
  return 0;
}

function progress(run: PlannedRun, attempt: Attempt, done: number, of: number): string {
  const { verdict, purpose, seed, fromMs, toMs, sentence } = attempt;
  const which = purpose === 'first' ? '' : `  ${purpose}`;
  const caught = run.kind === 'canary' && attempt.foundBy.includes(run.foundBy!);
  const glyph = caught ? GLYPH.pass : GLYPH[verdict];
  const said = verdict === 'pass' ? '' : caught ? '  caught' : `  ${sentence}`;
  const where = attempt.worker ? `  on ${attempt.worker}` : '';
  return `${String(done).padStart(String(of).length)}/${of} ${glyph} ${run.id}  seed ${seed ?? attempt.ownSeed}  ${duration((toMs - fromMs) * 1e6)}${where}${which}${said}`;
}

function shown(io: Io, path: string): string {
  const short = relative(io.cwd, path);
  return short === '' || short.startsWith('..') ? path : short;
}
