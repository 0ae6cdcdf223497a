/**
 * What the schema cannot say about a campaign: names that must exist, one program per system, and every setting in
 * the light of the scenario it ends up in.
 */
import { check, type KnownNames } from '../config/checks.ts';
import type { Path, Problem } from '../config/problem.ts';
import type { Config } from '../config/types.ts';
import { suggest } from '../registry.ts';
import { type Layer, mergeLayers, placed } from './layers.ts';
import type { CampaignConfig, Selection } from './types.ts';

/** Names a campaign can mention, beyond those of a configuration. */
export interface CampaignKnown extends KnownNames {
  /** Workloads each registered system runs. */
  speaks?: Readonly<Record<string, readonly string[]>>;
  /** Bug switches of each registered system. */
  bugs?: Readonly<Record<string, readonly string[]>>;
  /** Workloads that are asked by the operations of another. */
  askedAs?: Readonly<Record<string, string>>;
}

/** Labels of the three lists. */
export interface Labels {
  systems: readonly string[];
  workloads: readonly string[];
  nemeses: readonly string[];
}

/** Problems that can be seen before any other file is read. */
export function checkEntries(config: CampaignConfig, known: CampaignKnown): Problem[] {
  const problems: Problem[] = [];
  for (const [i, entry] of config.systems.entries()) {
    const path = ['systems', i];
    if (typeof entry === 'string') problems.push(...unknown(path, 'system', entry, known.systems));
    else if ((entry.system === undefined) === (entry.config === undefined)) {
      const message =
        entry.system === undefined ? 'says neither system nor config' : 'says system and config';
      problems.push({ path, at: 'key', message: `systems[${i}] ${message}`, hint: 'exactly one of them' });
    } else if (entry.system !== undefined)
      problems.push(...unknown([...path, 'system'], 'system', entry.system, known.systems));
  }
  for (const [i, entry] of (config.workloads ?? []).entries()) {
    const path = typeof entry === 'string' ? ['workloads', i] : ['workloads', i, 'name'];
    const name = typeof entry === 'string' ? entry : entry.name;
    problems.push(...unknown(path, 'workload', name, known.workloads));
  }
  for (const [i, { system, bug }] of (Array.isArray(config.canaries) ? config.canaries : []).entries()) {
    const path = ['canaries', i];
    const wrong = unknown([...path, 'system'], 'system', system, known.systems);
    problems.push(...wrong);
    if (wrong.length === 0)
      problems.push(...unknown([...path, 'bug'], `bug switch of ${system}`, bug, known.bugs?.[system]));
  }
  return problems;
}

/** Problems of what `include` and `exclude` select. */
export function checkSelections(config: CampaignConfig, labels: Labels, known: CampaignKnown): Problem[] {
  // A cell that is added may have a workload that no list has.
  const workloads = [...new Set([...labels.workloads, ...(known.workloads ?? [])])];
  const problemsOf = (selection: Selection, path: Path): Problem[] => [
    ...names(selection.system, [...path, 'system'], 'system of this campaign', labels.systems),
    ...names(selection.workload, [...path, 'workload'], 'workload', workloads),
    ...names(selection.nemesis, [...path, 'nemesis'], 'package of faults', labels.nemeses),
  ];
  return [
    ...(config.include ?? []).flatMap((one, i) => problemsOf(one, ['include', i])),
    ...(config.exclude ?? []).flatMap((one, i) => problemsOf(one, ['exclude', i])),
  ];
}

/** Problems of one scenario, each where it was written. */
export function checkScenario(layers: readonly Layer[], known: CampaignKnown): Problem[] {
  const config: Config = mergeLayers(layers);
  return check(config, known).flatMap((problem) => placed(problem, layers) ?? []);
}

function names(
  given: string | string[] | undefined,
  path: Path,
  kind: string,
  known: readonly string[],
): Problem[] {
  if (given === undefined) return [];
  if (typeof given === 'string') return unknown(path, kind, given, known);
  return given.flatMap((name, i) => unknown([...path, i], kind, name, known));
}

function unknown(path: Path, kind: string, name: string, known: readonly string[] | undefined): Problem[] {
  if (known === undefined || known.includes(name)) return [];
  return [{ path, at: 'value', message: `there is no ${kind} "${name}"`, hint: suggest(name, known) }];
}
