/**
 * `faultline tune`: lets ways to search race for the planted bugs of a system, and says whether another one than
 * the default is worth its while.
 */
import { basename, extname, relative, resolve } from 'node:path';
import { formatDuration, parseDuration } from '../../harness/config/units.ts';
import { UsageError } from '../../harness/registry.ts';
import { loadNodeModule } from '../../harness/sim/node-module.ts';
import { EXIT_CODE } from '../../harness/verdict.ts';
import { STRATEGIES } from '../../search/terrain.ts';
import { type Arm, armOf, type Control, type Prey, tune as race, type Tuning } from '../../search/tune.ts';
import { type Comparison, compareArms, isWorthChanging, WORTH } from '../../search/tune-figures.ts';
import { type Command, flag, list, type OptionValues, text } from '../command.ts';
import { type Suite, suitesOf, terrainFor, wholeNumber } from '../explore-terrain.ts';
import { seedFlag, wantsJson } from '../flags.ts';
import { json, line } from '../io.ts';
import { SYSTEMS } from '../registries.ts';
import { comparisonLines, controlLines, trialLines } from '../tune-table.ts';

/** The command. */
export const tune: Command = {
  name: 'tune',
  summary: 'compare ways to search by how soon they find planted bugs',
  args: [
    {
      form: '<suite>',
      summary:
        'a reference system, a configuration of one; all for every system; a module of your own, with --broken',
    },
  ],
  options: [
    {
      flags: '--arm <way>',
      summary: `a strategy (${STRATEGIES.join(', ')}), with a number of faults and of nodes if wanted: dense:40@3; the first is compared with (default: all strategies, with mixed)`,
      many: true,
    },
    { flags: '--bug <name>', summary: 'planted bugs to search for; default all of the system', many: true },
    {
      flags: '--broken <module>',
      summary: 'the module of your own once more, with a bug planted in it; any failure counts as its find',
      many: true,
    },
    { flags: '--trials <n>', summary: 'searches for each bug with each way, from other seeds (default 5)' },
    {
      flags: '--max-runs <n>',
      summary: 'runs of one search; a bug not found by then needs more (default 300)',
    },
    { flags: '--budget <time>', summary: 'ends the bench; what is measured by then is told (default 10m)' },
    {
      flags: '--hints',
      summary:
        'look where the switch of a bug says, as explore --bug does; default: search as if nobody knew',
    },
    { flags: '--workload <name>', summary: 'workloads to draw from', many: true },
    { flags: '--nemesis <faults>', summary: 'faults to draw from', many: true },
    { flags: '--set <key=value>', summary: 'option of the system', many: true },
    { flags: '--seed <n>', summary: 'seed of the first run of the first trial (default 1)' },
    { flags: '--json', summary: 'print everything as JSON on stdout, and nothing else there' },
  ],
  examples: [
    'faultline tune raft --budget 10m',
    'faultline tune queue --arm mixed --arm dense:10 --arm dense:80 --trials 11',
    'faultline tune all --trials 3 --budget 30m --json',
    'faultline tune ./node.ts --broken ./node-stale.ts --broken ./node-forgets.ts --workload register',
  ],
  async run(io, [word], options) {
    const suites = await suitesOf(word!, io.cwd);
    const arms = armsOf(options);
    const preys = suites.flatMap((suite) => preysOf(suite, suites.length > 1, io.cwd, options));
    if (preys.length === 0) {
      throw new UsageError(`${word} has no planted bugs to race for`, {
        hint: suites.some(isModule)
          ? '--broken ./node-with-a-bug.ts, the same module with a bug planted in it'
          : 'faultline list systems --json lists them',
      });
    }
    const controls = suites.map((suite): Control => {
      const { hints: _, ...terrain } = terrainFor(suite, [], options);
      return { system: suite.name, terrain };
    });
    const limits = {
      trials: wholeNumber(options, 'trials', '--trials') ?? 5,
      maxRuns: wholeNumber(options, 'maxRuns', '--max-runs') ?? 300,
      budgetMs: parseDuration(text(options, 'budget') ?? '10m'),
      firstSeed: seedFlag(text(options, 'seed')) ?? 1,
    };
    const many = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
    line(
      io.err,
      `tune       ${many(preys.length, 'bug')}, ${many(arms.length, 'way')} to search, ${many(limits.trials, 'trial')}`,
    );
    const tuning = await race(preys, controls, arms, limits, ({ system, bug, trials }) => {
      const done = trials[arms[0]!.name]!.length;
      line(io.err, `tune       ${system} ${bug}: ${done} of ${limits.trials}`);
    });
    const compared = comparisons(tuning, arms);
    const out = wantsJson(options) ? io.err : io.out;
    for (const said of [
      ...trialLines(tuning, arms),
      ...comparisonLines(tuning, arms, compared),
      ...controlLines(tuning),
      spentText(tuning),
      conclusion(tuning, arms, compared),
    ])
      line(out, said);
    if (wantsJson(options)) json(io.out, { arms, limits, ...tuning, compared });
    if (tuning.controls.some(({ failures }) => failures > 0)) return EXIT_CODE.fail;
    return measured(tuning) === 0 ? EXIT_CODE.unknown : EXIT_CODE.pass;
  },
};

function armsOf(options: OptionValues): Arm[] {
  const words = options['arm'] === undefined ? STRATEGIES : list(options, 'arm');
  const arms = [...new Set(words)].map(armOf);
  if (arms.length < 2) {
    throw new UsageError('one way to search has nothing to be compared with', {
      hint: '--arm mixed --arm dense:40',
    });
  }
  return arms;
}

/** The bugs of a suite. Of several suites, each has those among the named that it knows. */
function preysOf(suite: Suite, isOneOfMany: boolean, cwd: string, options: OptionValues): Prey[] {
  const { bugs } = suite.system;
  if (isModule(suite)) return brokenOnes(suite, cwd, options);
  if (options['broken'] !== undefined) {
    throw new UsageError(`--broken is for a module of your own; ${suite.name} has bugs of its own`, {
      hint: `--bug ${Object.keys(bugs)[0] ?? ''}`.trim(),
    });
  }
  const wanted =
    options['bug'] === undefined ? (suite.config.bugs ?? Object.keys(bugs)) : list(options, 'bug');
  const names = isOneOfMany ? wanted.filter((name) => Object.hasOwn(bugs, name)) : wanted;
  return names.map((bug) => {
    const { hints, ...terrain } = terrainFor(suite, [bug], options);
    const looked = flag(options, 'hints') && hints !== undefined ? { ...terrain, hints } : terrain;
    return { system: suite.name, bug, checker: bugs[bug]!.checker, terrain: looked };
  });
}

function isModule({ system }: Suite): boolean {
  return system === SYSTEMS['module'];
}

/** Modules with a bug planted in them, each in place of the right one and named by its file. */
function brokenOnes(suite: Suite, cwd: string, options: OptionValues): Prey[] {
  const paths = options['broken'] === undefined ? [] : list(options, 'broken');
  const names = paths.map((path) => basename(path, extname(path)));
  return paths.map((path, i) => {
    const isAlone = names.filter((name) => name === names[i]).length === 1;
    const settings = { ...suite.settings, module: relative(cwd, resolve(cwd, path)) };
    // One that cannot be loaded is said before anything is searched.
    loadNodeModule(settings.module);
    const terrain = terrainFor({ ...suite, settings }, [], options);
    return { system: suite.name, bug: isAlone ? names[i]! : path, checker: null, terrain };
  });
}

function comparisons({ rows }: Tuning, arms: readonly Arm[]): Comparison[] {
  const [base, ...others] = arms;
  const bugs = rows.map(({ trials }) => trials).filter((trials) => trials[base!.name]!.length > 0);
  return others.map(({ name }) => compareArms(bugs, base!.name, name));
}

function measured({ rows }: Tuning): number {
  return rows.filter(({ trials }) => Object.values(trials).some((list) => list.length > 0)).length;
}

function spentText({ complete, tookMs, cpuMs }: Tuning): string {
  const cut = complete ? '' : '; the budget ended before all trials were done';
  return `spent      ${formatDuration(Math.round(tookMs))}, ${(cpuMs / 1e3).toFixed(1)} s of processor time${cut}`;
}

/** What follows, in one sentence. */
function conclusion(tuning: Tuning, arms: readonly Arm[], compared: readonly Comparison[]): string {
  const base = arms[0]!.name;
  if (tuning.controls.some(({ failures }) => failures > 0))
    return 'conclusion a system without bugs failed: nothing above is worth anything before that is understood';
  if (measured(tuning) === 0) return 'conclusion none: the budget ended in the first trial';
  const worth = compared.filter(isWorthChanging).sort((a, b) => b.cpu.value - a.cpu.value)[0];
  if (worth !== undefined) {
    return `conclusion ${worth.arm} instead of ${base}: ${worth.runs.value.toFixed(1)} times sooner in runs, ${worth.cpu.value.toFixed(1)} times in processor time`;
  }
  const unsure = compared.filter(({ runs, cpu }) => runs.value >= WORTH && cpu.value >= WORTH);
  if (unsure.length > 0) {
    const names = unsure.map(({ arm }) => arm).join(', ');
    return `conclusion ${base} stays: ${names} may be ${WORTH} times as fast, but that is not sure, or it misses bugs; more --trials tell`;
  }
  return `conclusion ${base} stays: nothing is ${WORTH} times as fast in runs and in processor time`;
}
