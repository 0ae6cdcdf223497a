/**
 * The end of a night: the summary, what is written beside it, and the exit code.
 */
import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Conducted } from '../../harness/campaign/conduct.ts';
import { CAMPAIGN_FILES, readCampaign, type Unfinished } from '../../harness/campaign/journal.ts';
import type { LoadedCampaign } from '../../harness/campaign/load.ts';
import {
  type CampaignSummary,
  type NightPart,
  summarize,
  trendLines,
} from '../../harness/campaign/summary.ts';
import { appendTrend, type Trend } from '../../harness/campaign/trend.ts';
import { UsageError } from '../../harness/registry.ts';
import { readJson, writeAtomic, writeJson } from '../../harness/store/atomic.ts';
import { EXIT_CODE } from '../../harness/verdict.ts';
import { annotations } from '../../reports/campaign/github.ts';
import { campaignHtml } from '../../reports/campaign/html/page.ts';
import { campaignJunit } from '../../reports/campaign/junit.ts';
import { campaignMarkdown } from '../../reports/campaign/markdown.ts';
import { nightLines } from '../../reports/campaign/text.ts';
import { paint, wantsColour } from '../../reports/terminal/style.ts';
import { flag, type OptionValues, text } from '../command.ts';
import { wantsJson } from '../flags.ts';
import { type Io, json, line, type Output } from '../io.ts';
import type { Interrupts } from '../signals.ts';
import { familyOf, type NightChoices } from './night.ts';
import { witnessIn } from './witnesses.ts';

/** What an ending night has, beside its runs. */
export interface Occasion {
  trend: Trend;
  trendFile: string;
  choices: NightChoices;
  options: OptionValues;
}

/** Where nights of a campaign are remembered: by the flag, by the file, or in its folder of the store. */
export function trendFileOf(
  io: Io,
  { config, directory }: LoadedCampaign,
  given: string | undefined,
): string {
  if (given !== undefined) return resolve(io.cwd, given);
  if (config.trend !== undefined) return resolve(directory, config.trend);
  return join(familyOf(io, config.campaign), 'trend.jsonl');
}

/** Writes what a night, or a shard of one, came to; resolves with the exit code. */
export async function endNight(
  io: Io,
  loaded: LoadedCampaign,
  occasion: Occasion & { night: { folder: string; night: Unfinished }; conducted: Conducted },
  interrupts: Interrupts,
): Promise<number> {
  const { config } = loaded;
  const { night, conducted, trend, choices } = occasion;
  const slots = new Set(conducted.attempts.map(({ slot }) => slot)).size;
  const jobs = Math.max(choices.jobs, slots);
  const part: NightPart = { plan: night.night.plan, jobs, prefix: '', ...conducted };
  const summary = summarize({
    parts: [part],
    trend: trend.lines,
    notes: [...trend.notes, ...conducted.notes],
    allow: config.allow ?? [],
    budgetMs: choices.budgetMs,
  });
  await publish(io, summary, night.folder, occasion, loaded);
  // A shard is not a night, and half a night would look like one that lost its scenarios.
  if (part.plan.shard.of === 1 && !conducted.interrupted)
    appendTrend(occasion.trendFile, trendLines(summary));
  return exitCode(summary, interrupts.exitCode());
}

/** One summary of the shards in these folders; resolves with the exit code. */
export async function mergeNights(
  io: Io,
  loaded: LoadedCampaign,
  occasion: Occasion & { merge: readonly string[] },
): Promise<number> {
  const { config } = loaded;
  const out = text(occasion.options, 'out');
  if (out === undefined) {
    throw new UsageError('--merge needs --out <folder> beside it', { hint: 'the summary is written there' });
  }
  const folder = resolve(io.cwd, out);
  const parts = occasion.merge.map((shard) => storedPart(resolve(io.cwd, shard), folder, config.campaign));
  const summary = summarize({
    parts: parts.sort((a, b) => a.plan.shard.index - b.plan.shard.index),
    trend: occasion.trend.lines,
    notes: occasion.trend.notes,
    allow: config.allow ?? [],
    budgetMs: occasion.choices.budgetMs,
  });
  await publish(io, summary, folder, occasion, loaded);
  if (!summary.interrupted) appendTrend(occasion.trendFile, trendLines(summary));
  return exitCode(summary, null);
}

function storedPart(folder: string, seenFrom: string, name: string): NightPart {
  const { plan, ended } = readCampaign(folder);
  if (plan.name !== name)
    throw new UsageError(`this is a night of ${plan.name}, not of ${name}`, { file: folder });
  const path = join(folder, CAMPAIGN_FILES.summary);
  // A shard that was killed has no summary: what it journalled counts, and it says so.
  const summary = existsSync(path) ? (readJson(path, 'summary') as CampaignSummary) : null;
  return {
    plan,
    attempts: ended,
    skipped: summary?.skipped ?? [],
    notRerun: (summary?.runs ?? []).flatMap(({ id, reproduced }) =>
      reproduced?.skipped ? [{ id, ...reproduced.skipped }] : [],
    ),
    jobs: summary?.shards[0]?.jobs ?? 1,
    elapsedMs: summary?.elapsedMs ?? Math.max(0, ...ended.map(({ toMs }) => toMs)),
    interrupted: summary?.interrupted ?? true,
    prefix: `${relative(seenFrom, folder)}/`,
  };
}

async function publish(
  io: Io,
  summary: CampaignSummary,
  folder: string,
  { options }: Occasion,
  { lineOf }: LoadedCampaign,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const markdown = campaignMarkdown(summary);
  writeJson(join(folder, CAMPAIGN_FILES.summary), summary);
  writeAtomic(
    join(folder, CAMPAIGN_FILES.junit),
    campaignJunit(summary, ({ folder: run }) => witnessIn(join(folder, run))),
  );
  writeAtomic(join(folder, CAMPAIGN_FILES.markdown), markdown);
  writeAtomic(join(folder, CAMPAIGN_FILES.report), campaignHtml(summary));
  if (wantsJson(options)) json(io.out, summary);
  const to = wantsJson(options) ? io.err : io.out;
  const look = { colour: wantsColour(io.env, to.isTTY), ascii: flag(options, 'ascii') };
  for (const said of nightLines(summary)) line(to, paint(said, 400, look));
  tellGithub(io, summary, markdown, to, lineOf);
  line(io.err, `report     ${join(folder, CAMPAIGN_FILES.report)}`);
}

/** The page of the job, and marks beside the campaign file, where GitHub runs us. */
function tellGithub(
  io: Io,
  summary: CampaignSummary,
  markdown: string,
  to: Output,
  lineOf: LoadedCampaign['lineOf'],
): void {
  const page = io.env['GITHUB_STEP_SUMMARY'];
  if (page !== undefined && page !== '') {
    try {
      appendFileSync(page, markdown);
    } catch (error) {
      line(io.err, `note       the job summary cannot be written: ${(error as Error).message}`);
    }
  }
  if (io.env['GITHUB_ACTIONS'] === 'true') for (const said of annotations(summary, lineOf)) line(to, said);
}

/** The worst verdict, fail first; an interrupt hides no failure. */
function exitCode({ verdict, allow }: CampaignSummary, interrupted: number | null): number {
  if (verdict === 'fail') return EXIT_CODE.fail;
  if (allow.includes(verdict)) return interrupted ?? 0;
  return interrupted ?? EXIT_CODE[verdict];
}
