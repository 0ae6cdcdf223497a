/**
 * `faultline run`: a cluster, a workload, faults, a verdict.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { isCampaignFile } from '../../harness/campaign/load.ts';
import { findConfig, loadConfig } from '../../harness/config/load.ts';
import type { Origin, OriginOf } from '../../harness/config/origin.ts';
import { resolveConfig } from '../../harness/config/resolve.ts';
import type { Config } from '../../harness/config/types.ts';
import { lookup, suggest, UsageError } from '../../harness/registry.ts';
import { isRegressionFile } from '../../search/regression.ts';
import { bugDefaults } from '../bug-defaults.ts';
import { scenarioConfig } from '../campaign/scenario.ts';
import { type Command, flag, list, type OptionValues, text } from '../command.ts';
import { programName, quoted, reproCommand } from '../command-line.ts';
import { compose } from '../compose.ts';
import { execute } from '../execute.ts';
import { configFlags, OUTPUT_OPTIONS, RUN_OPTIONS, wantsJson } from '../flags.ts';
import { knownNames } from '../known.ts';
import { withModelPaths } from '../models.ts';
import { SYSTEMS } from '../registries.ts';
import { rerunRegression } from '../rerun-regression.ts';
import { drawSeed } from '../seed.ts';

/** The command. */
export const run: Command = {
  name: 'run',
  summary: 'run a workload against a cluster under faults, and judge it',
  args: [
    {
      form: '[what]',
      summary: 'a configuration, a folder that has one, a regression file, or a system; default this folder',
    },
  ],
  options: [
    ...RUN_OPTIONS,
    { flags: '--scenario <name>', summary: 'one scenario of a campaign file: raft/register/partitions' },
    ...OUTPUT_OPTIONS,
  ],
  examples: [
    'faultline run faultline.yaml --nemesis partition,pause,kill,clock --time-limit 30s --seed 7',
    'faultline run raft --workload register --nemesis partition,kill --rate 500',
    'faultline run raft --bug forget-vote --json',
  ],
  async run(io, [what], options) {
    const path = what === undefined ? null : resolve(io.cwd, what);
    if (path !== null && isRegressionFile(path)) return rerunRegression(io, path, options);
    if (path !== null && isCampaignFile(path) && text(options, 'scenario') === undefined) {
      throw new UsageError('this is a campaign of many runs', {
        ...(what === undefined ? {} : { file: what }),
        hint: `run it: faultline campaign ${what}, or one of them: --scenario <name>, as --list names them`,
      });
    }
    const { config, directory, file, origin } = await source(io.cwd, what, options);
    const flags = configFlags(options);
    const seedSource =
      flags.seed !== undefined
        ? 'from --seed'
        : config.seed !== undefined
          ? 'from the configuration'
          : 'drawn';
    const name = flags.system ?? (typeof config.system === 'string' ? config.system : undefined);
    const bugs = name === undefined ? {} : bugDefaults(lookup('system', SYSTEMS, name), list(options, 'bug'));
    const resolved = resolveConfig(
      { ...bugs, ...config },
      {
        flags,
        directory,
        ...(file === undefined ? {} : { file }),
        origin: beside(bugs, config, origin, list(options, 'bug')[0]),
        seed: drawSeed(),
        known: knownNames(),
      },
    );
    const words = process.argv.slice(2);
    const program = programName(io.env);
    const out = text(options, 'out');
    resolved.checkers = withModelPaths(resolved.checkers, directory, io.cwd);
    const composed = await compose(resolved, {
      command: 'run',
      commandLine: `${program} ${quoted(words)}`,
      repro: reproCommand(program, words, resolved.seed),
      cwd: io.cwd,
      seedSource,
      ...(out === undefined ? {} : { out: resolve(io.cwd, out) }),
    });
    return execute(io, composed, { json: wantsJson(options), ascii: flag(options, 'ascii') });
  },
};

interface ConfigSource {
  config: Config;
  directory: string;
  file?: string;
  origin?: OriginOf;
}

/** Origins of the configuration, and of what a named bug lays beneath it. */
function beside(
  bugs: Config,
  config: Config,
  origin: OriginOf | undefined,
  bug: string | undefined,
): OriginOf {
  const said: Origin = { from: 'flag', at: 'the command line' };
  const beneath: Origin = { from: 'system', at: `what shows bug ${bug ?? ''}` };
  return (path) => {
    const key = path[0]! as keyof Config;
    return config[key] === undefined && bugs[key] !== undefined ? beneath : (origin?.(path) ?? said);
  };
}

/** A module that plugs something in, by its text: it is not evaluated for that. */
function isPluginFile(path: string): boolean {
  if (!/\.m?[jt]s$/.test(path) || !existsSync(path) || !statSync(path).isFile()) return false;
  const text = readFileSync(path, 'utf8');
  return /faultline\/plugin/.test(text) && !/defineConfig/.test(text);
}

/** A folder without a configuration that is called as a system: data of that system, most likely. */
function isMereFolder(cwd: string, what: string): boolean {
  const path = resolve(cwd, what);
  return Object.hasOwn(SYSTEMS, what) && statSync(path).isDirectory() && findConfig(path) === null;
}

/** A configuration by path, a system by name, or the configuration of this folder. */
async function source(cwd: string, what: string | undefined, options: OptionValues): Promise<ConfigSource> {
  const system = text(options, 'system');
  const scenario = text(options, 'scenario');
  if (scenario !== undefined) return scenarioConfig(cwd, what ?? '.', scenario);
  if (what !== undefined && isPluginFile(resolve(cwd, what))) {
    throw new UsageError('this is a plug-in, not a configuration', {
      file: what,
      hint: `give it where a name may stand: faultline run --system ${what.startsWith('.') ? what : `./${what}`}`,
    });
  }
  if (what !== undefined && existsSync(resolve(cwd, what)) && !isMereFolder(cwd, what))
    return loadConfig(resolve(cwd, what), knownNames());
  if (what !== undefined) {
    if (Object.hasOwn(SYSTEMS, what)) return { config: { system: what }, directory: cwd };
    throw new UsageError(`there is no configuration and no system "${what}"`, {
      hint: suggest(what, Object.keys(SYSTEMS)),
    });
  }
  if (system !== undefined) return { config: {}, directory: cwd };
  const found = findConfig(cwd);
  if (found !== null) return loadConfig(found, knownNames());
  throw new UsageError('nothing says what to run', {
    hint: 'name a configuration or a system: faultline run faultline.yaml, faultline run raft',
  });
}
