/**
 * Plug-ins of the user's own on the command line: those of the configuration of this folder, those of `--plugin`, those
 * that stand as a path where a name may, and those a stored run or a regression file was made of.
 */
import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { findCampaign } from '../harness/campaign/load.ts';
import { findConfig, readSource } from '../harness/config/load.ts';
import {
  type NamedKind,
  namedWord,
  type PluginLoader,
  resolvePlugins,
} from '../harness/config/plugin-names.ts';
import type { PlannedPlugin } from '../harness/plan/index.ts';
import { UsageError } from '../harness/registry.ts';
import { readJson } from '../harness/store/atomic.ts';
import { RunFolder } from '../harness/store/run-folder.ts';
import { Store } from '../harness/store/store.ts';
import { registeredPlugins, registerPlugin } from '../plugins/registered.ts';
import { isRegressionFile } from '../search/regression.ts';
import type { Command, OptionValues } from './command.ts';
import { type Io, line } from './io.ts';
import { rememberNames } from './own-names.ts';
import { watchUncaught } from './uncaught.ts';

/** The option that every command has which knows names. */
export const PLUGIN_OPTION = {
  flags: '--plugin <file>',
  summary: 'a module of your own with a system, workload, fault or checker; paths work as names, too',
  many: true,
} as const;

/** Loads what a configuration mentions, and says what is called so. */
export const loadNamed: PluginLoader = async (path, shown, kind) => {
  const found = await registerPlugin(path, shown);
  if (kind === null) return '';
  const fitting = found.filter((one) => one.kind === kind);
  if (fitting.length === 1) return fitting[0]!.name;
  const what = found.map((one) => `the ${one.kind} ${one.name}`).join(', ');
  throw new UsageError(`${shown} holds ${what || 'nothing'}, and a ${kind} is wanted here`, {
    hint:
      fitting.length > 1
        ? `load it with --plugin ${shown}, and say which: ${fitting.map(({ name }) => name).join(', ')}`
        : `a ${found[0]?.kind ?? kind} is given ${WHERE[found[0]?.kind ?? kind]}`,
  });
};

const WHERE: Readonly<Record<NamedKind, string>> = {
  system: 'with --system, or under system in a configuration',
  workload: 'with --workload, or under workload in a configuration',
  fault: 'with --nemesis, or under nemesis in a configuration',
  checker: 'with --checker, or under checkers in a configuration',
};

/** Options that take names, and of what. */
const NAMING: Readonly<Record<string, NamedKind>> = {
  system: 'system',
  workload: 'workload',
  nemesis: 'fault',
  checker: 'checker',
};

/** The command with `--plugin`, and with everything loaded that its words mention before it runs. */
export function withPlugins(command: Command): Command {
  return {
    ...command,
    options: [...command.options, PLUGIN_OPTION],
    async run(io, args, options) {
      await loadProject(io);
      for (const file of words(options, 'plugin')) await registerPlugin(resolve(io.cwd, file), file);
      const named = await withNames(options, io.cwd);
      for (const arg of args) if (arg !== undefined) await loadStored(io, command.name, arg);
      if (STORED.includes(command.name) && args[0] === undefined) await loadStored(io, command.name, 'last');
      rememberNames(io.cwd);
      if (registeredPlugins().length > 0) watchUncaught(io);
      return command.run(io, args, named);
    },
  };
}

/** The options with names in place of paths. */
async function withNames(options: OptionValues, cwd: string): Promise<OptionValues> {
  const named: Record<string, string | boolean | string[] | undefined> = { ...options };
  for (const [option, kind] of Object.entries(NAMING)) {
    if (options[option] === undefined) continue;
    const list: string[] = [];
    for (const word of words(options, option)) list.push(await namedWord(word, kind, cwd, loadNamed));
    named[option] = Array.isArray(options[option]) ? list : list.join(',');
  }
  return named;
}

function words(options: OptionValues, name: string): string[] {
  const value = options[name];
  const items = Array.isArray(value) ? value : typeof value === 'string' ? [value] : [];
  return items.flatMap((item) => item.split(',')).map((item) => item.trim());
}

/** What the configuration and the campaign of this folder name. A file that cannot be read is told of, no more. */
async function loadProject(io: Io): Promise<void> {
  for (const file of [findConfig(io.cwd), findCampaign(io.cwd)]) {
    if (file === null) continue;
    let source: Awaited<ReturnType<typeof readSource>>;
    try {
      source = await readSource(file);
    } catch (error) {
      // Whoever needs this file says what is wrong with it.
      if (!(error instanceof UsageError)) throw error;
      line(io.err, `plug-ins   those of ${relative(io.cwd, file)} are not loaded: it cannot be read`);
      continue;
    }
    const { plugins } = Object(source.value) as { plugins?: unknown };
    if (plugins === undefined) continue;
    source.value = { plugins };
    await resolvePlugins(source, file, loadNamed);
  }
}

/** Commands whose argument is a stored run, the last one when there is none. */
const STORED: readonly string[] = ['check', 'replay', 'shrink', 'report', 'show'];

/** What the run or the regression file of a word was made of, where it says. */
async function loadStored(io: Io, command: string, word: string): Promise<void> {
  const path = resolve(io.cwd, word);
  if (isRegressionFile(path)) {
    const { plugins } = readJson(path, 'regression') as { plugins?: readonly PlannedPlugin[] };
    if (Array.isArray(plugins)) await loadPlanned(io, plugins, [io.cwd], word);
    return;
  }
  if (!STORED.includes(command)) return;
  const folder = storedRun(io, word);
  if (folder === null) return;
  const { plugins } = folder.readPlan();
  if (plugins === undefined) return;
  const cwds = folder.has('run') ? [folder.readMeta().cwd, io.cwd] : [io.cwd];
  await loadPlanned(io, plugins, cwds, folder.id);
}

/** The run a word means, when it has a plan; whatever else it means is the command's to say. */
function storedRun(io: Io, word: string): RunFolder | null {
  try {
    const path = resolve(io.cwd, word);
    const folder = existsSync(path) ? new RunFolder(path) : new Store(io.cwd).resolve(word);
    return folder.has('plan') ? folder : null;
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}

/** Loads them from the first folder that has them; says what is gone, and what is not what it was. */
async function loadPlanned(
  io: Io,
  plugins: readonly PlannedPlugin[],
  folders: readonly string[],
  what: string,
): Promise<void> {
  for (const { kind, name, file, sha256 } of plugins) {
    const path = folders.map((folder) => resolve(folder, file)).find((one) => existsSync(one));
    if (path === undefined) {
      throw new UsageError(`${what} was made with the ${kind} "${name}" of ${file}, and that file is gone`, {
        hint: `looked for ${folders.map((folder) => resolve(folder, file)).join(' and ')}`,
      });
    }
    const found = await registerPlugin(path, relative(io.cwd, path) || path);
    const now = found.find((one) => one.kind === kind && one.name === name);
    if (now === undefined) {
      throw new UsageError(
        `${what} was made with the ${kind} "${name}" of ${file}, which has no such ${kind} now`,
      );
    }
    if (now.sha256 === sha256) continue;
    line(
      io.err,
      `plug-ins   ${kind} ${name} has changed since: ${file} was ${sha256.slice(0, 12)}, is ${now.sha256.slice(0, 12)}`,
    );
  }
}
