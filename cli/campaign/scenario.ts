/**
 * One scenario of a campaign as the configuration of a run: `faultline run nightly.yaml --scenario raft/set/storm`.
 */
import { resolve } from 'node:path';
import { loadCampaign } from '../../harness/campaign/load.ts';
import type { OriginOf } from '../../harness/config/origin.ts';
import type { Config } from '../../harness/config/types.ts';
import { lookup } from '../../harness/registry.ts';
import { campaignNames } from './known.ts';

/** The configuration of a scenario. Throws `UsageError` when the campaign has none of this name. */
export async function scenarioConfig(
  cwd: string,
  file: string,
  name: string,
): Promise<{ config: Config; directory: string; file: string; origin: OriginOf }> {
  const campaign = await loadCampaign(resolve(cwd, file), campaignNames());
  const byName = Object.fromEntries(campaign.scenarios.map((scenario) => [scenario.name, scenario]));
  const { config, directory } = lookup('scenario', byName, name);
  const run = `${campaign.config.campaign}-${name.replaceAll('/', '-')}`;
  const origin: OriginOf = (path) => campaign.origin(name, [...path]);
  return { config: { ...config, name: run }, directory, file: campaign.file, origin };
}
