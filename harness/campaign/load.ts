/**
 * Reads a campaign and everything it names. Every problem is reported at once, each where it stands.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { placeOf, readSource } from '../config/load.ts';
import type { Origin } from '../config/origin.ts';
import { resolvePlugins } from '../config/plugin-names.ts';
import type { Path, Problem } from '../config/problem.ts';
import { joined, type Source } from '../config/source.ts';
import { validate } from '../config/validate.ts';
import { UsageError } from '../registry.ts';
import { type CampaignKnown, checkEntries, checkSelections } from './checks.ts';
import { demandDifferent, nemesisItems, systemItems, workloadItems } from './entries.ts';
import { setAt } from './layers.ts';
import { matrixOf } from './matrix.ts';
import { CAMPAIGN_SCHEMA } from './schema.ts';
import type { CampaignConfig, LeftOutCell, Scenario } from './types.ts';

/** Names looked for in a folder, in this order. */
export const CAMPAIGN_NAMES = [
  'faultline.campaign.yaml',
  'faultline.campaign.yml',
  'faultline.campaign.json',
  'faultline.campaign.ts',
] as const;

/** A campaign that passed all checks. */
export interface LoadedCampaign {
  config: CampaignConfig;
  /** Absolute path of the file. */
  file: string;
  directory: string;
  scenarios: Scenario[];
  leftOut: LeftOutCell[];
  /** Where a scenario is declared: the line of its system, or null in a campaign that is a program. */
  lineOf(scenario: string): number | null;
  /** Where the campaign sets a value of a scenario. */
  origin(scenario: string, path: Path): Origin;
}

/** Reads and checks a campaign: a file, or a folder that has one. Throws one `UsageError` that holds all problems. */
export async function loadCampaign(path: string, known: CampaignKnown): Promise<LoadedCampaign> {
  const file = campaignFile(resolve(path), path);
  const directory = dirname(file);
  const source = await readSource(file);
  if (known.load !== undefined) await resolvePlugins(source, file, known.load);
  const config = checked(source, known);
  const systems = await systemItems(config, directory, known);
  const workloads = workloadItems(config);
  const nemeses = nemesisItems(config);
  demandDifferent('systems', systems, source.file);
  demandDifferent('workloads', workloads ?? [], source.file);
  const labels = {
    systems: systems.map(({ label }) => label),
    workloads: (workloads ?? []).map(({ label }) => label),
    nemeses: nemeses.map(({ label }) => label),
  };
  refuse(source, checkSelections(config, labels, known));
  // Everything is loaded by now; there may be very many cells.
  const names = { ...known };
  const { scenarios, leftOut, problems, layers } = matrixOf(config, { systems, workloads, nemeses }, names);
  refuse(source, problems);
  if (scenarios.length === 0) {
    const why = leftOut.slice(0, 3).map(({ name, because }) => `${name}: ${because}`);
    throw new UsageError('this campaign has no run', {
      file: source.file,
      hint: why.length > 0 ? why.join('; ') : 'no system says which workload it speaks: list workloads',
    });
  }
  return {
    ...{ config, file, directory, scenarios, leftOut },
    lineOf(name) {
      const index = labels.systems.indexOf(scenarios.find((one) => one.name === name)?.system ?? '');
      if (index < 0) return null;
      return source.place({ path: ['systems', index], at: 'value', message: '' }).line ?? null;
    },
    origin(name, path) {
      const at = setAt(path, layers.get(name) ?? []);
      const place = at === null ? source.file : placeOf(source, at);
      return { from: 'campaign', at: `${place}, cell ${name}` };
    },
  };
}

/** Does this file look like a campaign? For saying so where a configuration is expected. */
export function isCampaignFile(path: string): boolean {
  if (!/\.(ya?ml|json)$/.test(path) || !existsSync(path)) return false;
  const text = readFileSync(path, 'utf8');
  return /^\s*"?campaign"?\s*:/m.test(text) && /^\s*"?systems"?\s*:/m.test(text);
}

function checked(source: Source, known: CampaignKnown): CampaignConfig {
  if (source.value === null || source.value === undefined) {
    throw new UsageError('this campaign is empty', {
      file: source.file,
      hint: 'say at least campaign: nightly, systems: [raft], nemeses: { storm: [partition] }',
    });
  }
  refuse(source, validate(CAMPAIGN_SCHEMA, source.value));
  const config = source.value as CampaignConfig;
  refuse(source, checkEntries(config, known));
  return config;
}

function refuse(source: Source, problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const all = problems.map((problem) => source.place(problem));
  all.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
  throw joined(all);
}

/** The campaign of a folder, or null. */
export function findCampaign(directory: string): string | null {
  return CAMPAIGN_NAMES.map((name) => join(directory, name)).find((path) => existsSync(path)) ?? null;
}

function campaignFile(path: string, shown: string): string {
  if (!existsSync(path)) {
    throw new UsageError('there is no such campaign', { file: shown, hint: `looked for ${path}` });
  }
  if (!statSync(path).isDirectory()) return path;
  const found = findCampaign(path);
  if (found !== null) return found;
  throw new UsageError('there is no campaign in this folder', {
    file: basename(path) === '' ? shown : path,
    hint: `one of: ${CAMPAIGN_NAMES.join(', ')}`,
  });
}
