/**
 * The matrix: systems x workloads x packages of faults, less what is excluded and what a system does not speak, with
 * what is included laid over it. Pure.
 */
import type { Problem } from '../config/problem.ts';
import { type CampaignKnown, checkScenario } from './checks.ts';
import { type Entry, type SystemItem, unlistedWorkload, type WorkloadItem } from './entries.ts';
import { type Layer, mergeLayers } from './layers.ts';
import type { CampaignConfig, Inclusion, LeftOutCell, Scenario, Selection } from './types.ts';

/** The three lists. */
export interface Lists {
  systems: readonly SystemItem[];
  /** Null: what each system speaks. */
  workloads: readonly WorkloadItem[] | null;
  nemeses: readonly Entry[];
}

/** Cells that run, cells that do not and why, and what is wrong with them. */
export interface Matrix {
  scenarios: Scenario[];
  leftOut: LeftOutCell[];
  problems: Problem[];
  /** What each scenario is laid over each other of, by its name. */
  layers: ReadonlyMap<string, readonly Layer[]>;
}

interface Cell {
  system: SystemItem;
  workload: WorkloadItem;
  nemesis: Entry;
}

/** All cells of a campaign, in the order of its lists. O(cells x (inclusions + exclusions)). */
export function matrixOf(config: CampaignConfig, lists: Lists, known: CampaignKnown): Matrix {
  const leftOut = new Map<string, LeftOutCell>();
  const problems = new Map<string, Problem>();
  const scenarios: Scenario[] = [];
  const layersByName = new Map<string, readonly Layer[]>();
  for (const cell of [...cellsOf(lists), ...addedCells(config, lists)]) {
    const name = nameOf(cell);
    if (layersByName.has(name)) continue;
    const because = obstacle(cell, config);
    if (because !== null) {
      if (!leftOut.has(name)) leftOut.set(name, { name, because });
      continue;
    }
    const layers = layersOf(cell, config);
    for (const problem of checkScenario(layers, known)) problems.set(JSON.stringify(problem), problem);
    scenarios.push(scenarioOf(cell, config, layers));
    layersByName.set(name, layers);
  }
  // A cell that is excluded and added all the same is not left out.
  const kept = [...leftOut.values()].filter(({ name }) => !layersByName.has(name));
  return { scenarios, leftOut: kept, problems: [...problems.values()], layers: layersByName };
}

function cellsOf({ systems, workloads, nemeses }: Lists): Cell[] {
  return systems.flatMap((system) =>
    (workloads ?? ownWorkloads(system)).flatMap((workload) =>
      nemeses.map((nemesis) => ({ system, workload, nemesis })),
    ),
  );
}

function ownWorkloads({ own, speaks }: SystemItem): WorkloadItem[] {
  const names = own !== null ? [own] : (speaks ?? []);
  return names.map((name) => {
    const item = unlistedWorkload(name);
    // The options its configuration gives stay with it.
    return own === null ? item : { ...item, layers: [] };
  });
}

/** Cells that an inclusion names in full. */
function addedCells({ include = [] }: CampaignConfig, lists: Lists): (Cell & { added: true })[] {
  return include.flatMap(({ system, workload, nemesis }) => {
    if (system === undefined || workload === undefined || nemesis === undefined) return [];
    return words(system).flatMap((s) =>
      words(workload).flatMap((w) =>
        words(nemesis).flatMap((n) => {
          const found = {
            system: lists.systems.find(({ label }) => label === s),
            workload: lists.workloads?.find(({ label }) => label === w) ?? unlistedWorkload(w),
            nemesis: lists.nemeses.find(({ label }) => label === n),
          };
          return found.system === undefined || found.nemesis === undefined
            ? []
            : [{ ...(found as Cell), added: true as const }];
        }),
      ),
    );
  });
}

function obstacle(cell: Cell | (Cell & { added: true }), config: CampaignConfig): string | null {
  const { system, workload } = cell;
  if (system.speaks !== null && !system.speaks.includes(workload.workload))
    return `${system.label} does not speak ${workload.workload}`;
  if ('added' in cell) return null;
  return (config.exclude ?? []).some((one) => selects(one, cell)) ? 'excluded' : null;
}

function scenarioOf(cell: Cell, config: CampaignConfig, layers: readonly Layer[]): Scenario {
  const { system, workload, nemesis } = cell;
  const over = inclusionsOf(cell, config);
  const weight = over.findLast((one) => one.weight !== undefined)?.weight;
  const seeds = over.findLast((one) => one.seeds !== undefined)?.seeds;
  return {
    name: nameOf(cell),
    system: system.label,
    workload: workload.label,
    nemesis: nemesis.label,
    weight: weight ?? system.weight * workload.weight * nemesis.weight,
    seeds: seeds ?? config.seeds ?? 1,
    config: mergeLayers(layers),
    directory: system.directory,
  };
}

function layersOf(cell: Cell, config: CampaignConfig): Layer[] {
  const { system, workload, nemesis } = cell;
  return [
    ...(config.settings === undefined ? [] : [{ config: config.settings, path: ['settings'] }]),
    ...system.layers,
    ...nemesis.layers,
    ...workload.layers,
    ...(config.include ?? []).flatMap((one, i) =>
      selects(one, cell) ? [{ config: settingsOf(one), path: ['include', i] }] : [],
    ),
  ];
}

function settingsOf(inclusion: Inclusion): Layer['config'] {
  const { system, workload, nemesis, weight, seeds, ...settings } = inclusion;
  return settings;
}

function inclusionsOf(cell: Cell, { include = [] }: CampaignConfig): Inclusion[] {
  return include.filter((one) => selects(one, cell));
}

function selects(selection: Selection, { system, workload, nemesis }: Cell): boolean {
  const has = (given: string | string[] | undefined, label: string): boolean =>
    given === undefined || words(given).includes(label);
  return (
    has(selection.system, system.label) &&
    has(selection.workload, workload.label) &&
    has(selection.nemesis, nemesis.label)
  );
}

function nameOf({ system, workload, nemesis }: Cell): string {
  return `${system.label}/${workload.label}/${nemesis.label}`;
}

function words(given: string | string[]): string[] {
  return typeof given === 'string' ? [given] : given;
}
