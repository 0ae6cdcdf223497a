/**
 * The three lists of a campaign in one shape: a label, a weight, and the layers of settings each brings along.
 */
import { basename, dirname, extname, resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/types.ts';
import { UsageError } from '../registry.ts';
import type { CampaignKnown } from './checks.ts';
import type { Layer } from './layers.ts';
import type { CampaignConfig, NemesisEntry, SystemEntry } from './types.ts';

/** One item of a list. */
export interface Entry {
  label: string;
  weight: number;
  layers: Layer[];
}

/** A system; `speaks` are the workloads it understands, null where nobody knows. */
export interface SystemItem extends Entry {
  directory: string;
  speaks: readonly string[] | null;
  /** The workload its configuration names. */
  own: string | null;
}

/** A workload. */
export interface WorkloadItem extends Entry {
  workload: string;
}

/** Systems, with the configuration files they name. Throws `UsageError` for files that are wrong. */
export async function systemItems(
  { systems }: CampaignConfig,
  directory: string,
  known: CampaignKnown,
): Promise<SystemItem[]> {
  const items: SystemItem[] = [];
  for (const [i, entry] of systems.entries()) items.push(await systemItem(entry, i, directory, known));
  return items;
}

async function systemItem(
  entry: string | SystemEntry,
  index: number,
  directory: string,
  known: CampaignKnown,
): Promise<SystemItem> {
  if (typeof entry === 'string') {
    const layers: Layer[] = [{ config: { system: entry }, path: ['systems', index], whole: true }];
    return { ...plain(entry, layers), directory, speaks: speaks({ system: entry }, known), own: null };
  }
  const { as, weight = 1, config: file, ...settings } = entry;
  const layers: Layer[] = [];
  let loaded: { config: Config; directory: string } = { config: {}, directory };
  if (file !== undefined) {
    loaded = await loadConfig(resolve(directory, file), known);
    // Its seed and its expectation are of its own runs.
    const { seed, expect, foundBy, because, $schema, name, ...config } = loaded.config;
    layers.push({ config, path: null });
  }
  layers.push({ config: settings, path: ['systems', index] });
  const config = { ...loaded.config, ...settings };
  const label = as ?? settings.system ?? config.name ?? nameOf(file, loaded.config);
  const { workload } = config as Config;
  return {
    label,
    weight,
    layers,
    directory: loaded.directory,
    speaks: speaks(config, known),
    own: workload === undefined ? null : typeof workload === 'string' ? workload : workload.name,
  };
}

function nameOf(file: string | undefined, config: Config): string {
  if (config.system !== undefined) return config.system;
  if (file === undefined) return 'command';
  const name = basename(file, extname(file));
  return name.startsWith('faultline') ? basename(dirname(resolve(file))) : name;
}

function speaks(config: Config, known: CampaignKnown): readonly string[] | null {
  const { system, command } = config;
  if (command === undefined) return system === undefined ? null : (known.speaks?.[system] ?? null);
  if (Array.isArray(command.maelstrom)) return command.maelstrom;
  if (command.maelstrom === true) return null;
  const listed = Object.keys(command.operations ?? {});
  const others = Object.entries(known.askedAs ?? {}).filter(([, spoken]) => listed.includes(spoken));
  const named = [...listed, ...others.map(([name]) => name)];
  return command.leader === undefined ? named : [...new Set([...named, 'leader'])];
}

/** Workloads as listed; null: none are. */
export function workloadItems({ workloads }: CampaignConfig): WorkloadItem[] | null {
  if (workloads === undefined) return null;
  return workloads.map((entry, i) => {
    const path = ['workloads', i];
    if (typeof entry === 'string')
      return { ...plain(entry, [{ config: { workload: entry }, path, whole: true }]), workload: entry };
    const { as = entry.name, ...workload } = entry;
    const layer: Layer = { config: { workload: workload as typeof entry }, path, whole: true };
    return { ...plain(as, [layer]), workload: entry.name };
  });
}

/** A workload that no list has. */
export function unlistedWorkload(name: string): WorkloadItem {
  return { ...plain(name, [{ config: { workload: name }, path: null }]), workload: name };
}

/** Packages of faults. */
export function nemesisItems({ nemeses }: CampaignConfig): Entry[] {
  return Object.entries(nemeses).map(([label, entry]) => {
    const path = ['nemeses', label];
    if (typeof entry === 'string' || Array.isArray(entry))
      return plain(label, [{ config: { nemesis: entry }, path, whole: true }]);
    const { weight = 1, ...config } = entry as NemesisEntry;
    return { label, weight, layers: [{ config, path }] };
  });
}

function plain(label: string, layers: Layer[]): Entry {
  return { label, weight: 1, layers };
}

/** Throws `UsageError` when two items of a list have one label. */
export function demandDifferent(list: string, items: readonly Entry[], file: string): void {
  const seen = new Set<string>();
  for (const { label } of items) {
    if (seen.has(label))
      throw new UsageError(`two of the ${list} are called "${label}"`, {
        file,
        hint: 'give one of them another name: { ..., as: another }',
      });
    seen.add(label);
  }
}
