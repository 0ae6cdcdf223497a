/**
 * What a run of a campaign needs of a worker, from its configuration: a backend, what its faults work on, the program
 * of a real system, and the files of the project where it names any.
 */
import { extname } from 'node:path';
import type { PlannedRun, Scenario } from '../../harness/campaign/types.ts';
import { type Needs, PROGRAM, PROJECT } from '../../harness/campaign/workers/needs.ts';
import { splitCommand } from '../../harness/config/split-command.ts';
import type { Config } from '../../harness/config/types.ts';
import { SYSTEMS } from '../registries.ts';
import { INSTALLED } from './abilities.ts';

/** What of the user's own comes to workers with the night; else they need a checkout of the project. */
export interface Travel {
  /** Plug-ins, and configurations that are programs. */
  modules: boolean;
  /** Programs under test, and whatever else a configuration names by its path. */
  programs: boolean;
}

/** What a configuration needs. */
export function needsOfConfig(config: Config, travel: Travel = { modules: false, programs: false }): Needs {
  const { system, command } = config;
  const known = system === undefined ? undefined : SYSTEMS[system];
  const backends = backendsOf(config, known?.backends ?? ['stdio']);
  const simulated = backends.length === 1 && backends[0] === 'sim';
  const faults = simulated ? [] : faultsOf(config);
  const onHost = backends.some((name) => name !== 'docker' && name !== 'ssh' && name !== 'sim');
  // An image the engine has holds its program.
  const inImage = backends.length === 1 && backends[0] === 'docker';
  const own = typeof config.set?.['binary'] === 'string';
  return [
    backends,
    ...(config.virtualTime === true ? [['virtual-time']] : []),
    ...(faults.includes('clock') ? [['clock']] : []),
    ...(faults.some((name) => name === 'disk' || name === 'power') ? [['disk']] : []),
    ...(onHost && !own && system !== undefined && INSTALLED[system] !== undefined ? [[system]] : []),
    ...(onHost && command !== undefined ? programOf(command) : []),
    ...(!travel.programs && ((command !== undefined && !inImage) || namesFiles(config, inImage))
      ? [[PROJECT]]
      : []),
  ];
}

/** The program that is started, where it has to be installed: not one of the project's own files. */
function programOf({ start }: NonNullable<Config['command']>): string[][] {
  const [program] = (typeof start === 'string' ? splitCommand(start) : start) ?? [];
  if (program === undefined || program.includes('{{')) return [];
  return program.includes('/') && !program.startsWith('/') ? [] : [[`${PROGRAM}${program}`]];
}

function backendsOf(
  { backend, virtualTime, command, docker, ssh }: Config,
  listed: readonly string[],
): string[] {
  if (backend !== undefined) return [backend];
  if (virtualTime === true) return ['stdio'];
  if (command === undefined) return [...listed];
  if (docker !== undefined) return ['docker'];
  if (ssh !== undefined) return ['ssh'];
  return command.maelstrom === undefined || command.maelstrom === false ? ['tcp'] : ['stdio'];
}

function faultsOf({ nemesis = [] }: Config): string[] {
  const specs = typeof nemesis === 'string' ? nemesis.split(',') : nemesis;
  return specs.map((spec) => (typeof spec === 'string' ? spec.trim().split(/[:@]/)[0]! : spec.fault));
}

/** Whether an image is made of files. */
function isMade(docker: Config['docker']): boolean {
  return docker?.build !== undefined || docker?.tarball !== undefined;
}

/** Whether something in it is a path: a module, a key, a context of an image. */
function namesFiles({ command, ...config }: Config, inImage: boolean): boolean {
  if (config.system === 'module' || isMade(config.docker) || config.ssh !== undefined) return true;
  const texts: string[] = [];
  // What is in an image needs no file of the project.
  JSON.stringify(inImage ? config : { command, ...config }, (_, value: unknown) => {
    if (typeof value === 'string') texts.push(value);
    return value;
  });
  return texts.some((text) => /^\.{0,2}\//.test(text) || ['.ts', '.js', '.mjs'].includes(extname(text)));
}

/** What each run of a night needs, given what travels. */
export function needsOfRuns(
  scenarios: readonly Scenario[],
  regressions: ReadonlyMap<string, Config | null>,
  travel: Travel,
): (run: PlannedRun) => Needs {
  const byName = new Map(scenarios.map((scenario) => [scenario.name, scenario.config]));
  return ({ kind, scenario }) => {
    if (kind === 'canary') return [['sim']];
    const config = kind === 'regression' ? regressions.get(scenario) : byName.get(scenario);
    // A simulated case holds all it needs; a scenario that is no longer there tells that itself.
    if (config === null || config === undefined) return kind === 'regression' ? [['sim']] : [[PROJECT]];
    const needs = needsOfConfig(config, travel);
    return !travel.modules && !needs.some(([one]) => one === PROJECT) ? [...needs, [PROJECT]] : needs;
  };
}
