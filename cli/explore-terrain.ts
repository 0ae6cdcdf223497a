/**
 * What `explore` and `tune` search: a reference system by name, a configuration, or a module of the user's own,
 * with what the options say on top.
 */
import { existsSync, statSync } from 'node:fs';
import { basename, extname, relative, resolve } from 'node:path';
import { loadConfig } from '../harness/config/load.ts';
import { nemesisList } from '../harness/config/nemesis-spec.ts';
import type { Config } from '../harness/config/types.ts';
import type { System } from '../harness/contracts.ts';
import type { Json } from '../harness/op.ts';
import { lookup, suggest, UsageError } from '../harness/registry.ts';
import { checkSize, promisedBy, survivedBy } from '../search/assumptions.ts';
import { searchableFaults, searchableSystems, searchableWorkloads } from '../search/explore.ts';
import { STRATEGIES, type Strategy, type TerrainSpec } from '../search/terrain.ts';
import { list, type OptionValues, text } from './command.ts';
import { pairs } from './flags.ts';
import { knownNames } from './known.ts';
import { SYSTEMS } from './registries.ts';

/** Something to search, by the name it is told under. */
export interface Suite {
  name: string;
  system: System;
  /** What a configuration decides; empty for a system alone. */
  config: Config;
  /** Settings beyond those of the options. */
  settings: Record<string, Json>;
}

const MODULE = 'module';
const MODULE_TYPES = ['.ts', '.mts', '.js', '.mjs', '.cjs'];

/** The suites a word means: `all`, a system, a configuration or a folder with one, a module. Throws `UsageError`. */
export async function suitesOf(word: string, cwd: string): Promise<Suite[]> {
  const known: Record<string, System> = Object.fromEntries(
    searchableSystems().map((one) => [one, SYSTEMS[one]!]),
  );
  if (word === 'all') return Object.values(known).map((system) => suiteOf(system));
  if (Object.hasOwn(known, word)) return [suiteOf(known[word]!)];
  const path = resolve(cwd, word);
  if (!existsSync(path)) return [suiteOf(lookup('searchable system', known, word))];
  const isModule =
    MODULE_TYPES.includes(extname(path)) &&
    !basename(path).startsWith('faultline.config.') &&
    !statSync(path).isDirectory();
  if (isModule) {
    const module = relative(cwd, path);
    return [{ ...suiteOf(SYSTEMS[MODULE]!), name: basename(path, extname(path)), settings: { module } }];
  }
  const { config, directory, file } = await loadConfig(path, knownNames());
  if (config.system === undefined) {
    throw new UsageError('only what can be simulated can be searched: a reference system, or a module', {
      file: word,
      hint: 'system: raft, or system: module with set: { module: ./node.ts }',
    });
  }
  const system =
    config.system === MODULE ? SYSTEMS[MODULE]! : lookup('searchable system', known, config.system);
  const settings = { ...config.set };
  if (typeof settings['module'] === 'string')
    settings['module'] = relative(cwd, resolve(directory, settings['module']));
  return [{ name: config.name ?? basename(file).replace(/\.[a-z]+$/, ''), system, config, settings }];
}

function suiteOf(system: System): Suite {
  return { name: system.name, system, config: {}, settings: {} };
}

/** The strategy an option names. Throws `UsageError`. */
export function strategyOf(name: string): Strategy {
  if ((STRATEGIES as readonly string[]).includes(name)) return name as Strategy;
  throw new UsageError(`there is no strategy "${name}"`, { hint: suggest(name, STRATEGIES) });
}

/** What is searched of a suite with these bugs. Throws `UsageError` for names that do not exist. */
export function terrainFor(suite: Suite, bugs: readonly string[], options: OptionValues): TerrainSpec {
  const { system, config } = suite;
  for (const bug of bugs) {
    if (Object.hasOwn(system.bugs, bug)) continue;
    throw new UsageError(`${system.name} has no bug switch "${bug}"`, {
      hint: suggest(bug, Object.keys(system.bugs)),
    });
  }
  const workloads = given(options, 'workload') ?? workloadOf(config);
  const faults = given(options, 'nemesis') ?? faultsOf(config);
  const nodes = wholeNumber(options, 'nodes', '--nodes');
  if (nodes !== undefined) checkSize(system.name, nodes);
  const sizes = nodes ?? sizeOf(config);
  const density = wholeNumber(options, 'faults', '--faults');
  return {
    system: system.name,
    bugs,
    workloads:
      workloads === null
        ? promisedBy(system.name, searchableWorkloads(system))
        : chosen('workload', workloads, searchableWorkloads(system)),
    faults:
      faults === null
        ? survivedBy(system.name, searchableFaults(system))
        : chosen('fault', faults, searchableFaults(system)),
    settings: {
      ...settingsOf(system, bugs),
      ...suite.settings,
      ...pairs(options, 'set', '--set'),
    } as TerrainSpec['settings'],
    strategy: strategyOf(text(options, 'strategy') ?? 'mixed'),
    ...(sizes === null ? {} : { sizes: [sizes] }),
    ...(density === undefined ? {} : { density }),
    ...hintsOf(system, bugs, workloads !== null || faults !== null || nodes !== undefined),
  };
}

/** An option that is a whole number of at least 1. Throws `UsageError`. */
export function wholeNumber(options: OptionValues, name: string, shown: string): number | undefined {
  const given = text(options, name);
  if (given === undefined) return undefined;
  if (!/^[1-9]\d*$/.test(given))
    throw new UsageError(`${shown} must be a whole number above 0, not "${given}"`);
  return Number(given);
}

function given(options: OptionValues, name: string): string[] | null {
  return options[name] === undefined ? null : list(options, name);
}

function workloadOf({ workload }: Config): string[] | null {
  if (workload === undefined) return null;
  return [typeof workload === 'string' ? workload : workload.name];
}

/** Kinds of faults, without modes and targets: those are drawn. */
function faultsOf({ nemesis }: Config): string[] | null {
  if (nemesis === undefined) return null;
  return [...new Set(nemesisList(nemesis).map(({ fault }) => fault))];
}

function sizeOf({ nodes }: Config): number | null {
  if (nodes === undefined) return null;
  // Short runs name nodes by themselves.
  return typeof nodes === 'number' ? nodes : nodes.length;
}

/** Where the first bug shows, unless the user says where to look. */
function hintsOf(system: System, [bug]: readonly string[], isTold: boolean): Pick<TerrainSpec, 'hints'> {
  const hints = bug === undefined ? undefined : system.bugs[bug]!.search;
  return hints === undefined || isTold ? {} : { hints };
}

/** Settings under which a bug shows, as its switch names them: the liar a bug needs, say. As for `run`, of the first. */
function settingsOf(system: System, bugs: readonly string[]): Record<string, Json> {
  const [bug] = bugs;
  const config = bug === undefined ? undefined : system.bugs[bug]!.config;
  return (config?.['set'] ?? {}) as Record<string, Json>;
}

/** The names that were given, all of which must be there; all there are when none was. */
function chosen(what: string, names: readonly string[], there: readonly string[]): string[] {
  for (const name of names) {
    if (!there.includes(name))
      throw new UsageError(`there is no ${what} "${name}" to search with`, { hint: suggest(name, there) });
  }
  return names.length > 0 ? [...names] : [...there];
}
