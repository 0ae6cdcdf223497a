/**
 * What a run of a campaign needs of a worker, from its configuration: a backend, what its faults work on, the program
 * of a real system, and the files of the project where it names any.
 */
import { extname } from 'node:path';
import type { PlannedRun, Scenario } from '../../harness/campaign/types.ts';
import { type Needs, PROJECT } from '../../harness/campaign/workers/needs.ts';
import type { Config } from '../../harness/config/types.ts';
import { SYSTEMS } from '../registries.ts';
import { INSTALLED } from './abilities.ts';

/** What a configuration needs. */
export function needsOfConfig(config: Config): Needs {
  const { system, command } = config;
  const known = system === undefined ? undefined : SYSTEMS[system];
  const backends = backendsOf(config, known?.backends ?? ['stdio']);
  const simulated = backends.length === 1 && backends[0] === 'sim';
  const faults = simulated ? [] : faultsOf(config);
  const onHost = backends.some((name) => name !== 'docker' && name !== 'ssh' && name !== 'sim');
  const own = typeof config.set?.['binary'] === 'string';
  return [
    backends,
    ...(config.virtualTime === true ? [['virtual-time']] : []),
    ...(faults.includes('clock') ? [['clock']] : []),
    ...(faults.some((name) => name === 'disk' || name === 'power') ? [['disk']] : []),
    ...(onHost && !own && system !== undefined && INSTALLED[system] !== undefined ? [[system]] : []),
    ...(command !== undefined || namesFiles(config) ? [[PROJECT]] : []),
  ];
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

/** Whether something in it is a path: a module, a key, a context of an image. */
function namesFiles(config: Config): boolean {
  if (config.system === 'module' || config.docker !== undefined || config.ssh !== undefined) return true;
  const texts: string[] = [];
  JSON.stringify(config, (_, value: unknown) => {
    if (typeof value === 'string') texts.push(value);
    return value;
  });
  return texts.some((text) => /^\.{0,2}\//.test(text) || ['.ts', '.js', '.mjs'].includes(extname(text)));
}

/** What each run of a night needs; `programs`: the campaign is a program, and only its folder has what it imports. */
export function needsOfRuns(
  scenarios: readonly Scenario[],
  regressions: ReadonlyMap<string, Config | null>,
  programs: boolean,
): (run: PlannedRun) => Needs {
  const byName = new Map(scenarios.map((scenario) => [scenario.name, scenario.config]));
  return ({ kind, scenario }) => {
    if (kind === 'canary') return [['sim']];
    const config = kind === 'regression' ? regressions.get(scenario) : byName.get(scenario);
    // A simulated case holds all it needs; a scenario that is no longer there tells that itself.
    if (config === null || config === undefined) return kind === 'regression' ? [['sim']] : [[PROJECT]];
    const needs = needsOfConfig(config);
    return programs && !needs.some(([one]) => one === PROJECT) ? [...needs, [PROJECT]] : needs;
  };
}
