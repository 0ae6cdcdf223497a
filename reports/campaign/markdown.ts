/**
 * A night as Markdown, for a job summary, an issue or a chat: the counts always, then as many rows as fit. Servers
 * drop a summary that is too long as a whole, so rows are left out and counted instead.
 */
import { stateOfRun } from '../../harness/campaign/compare.ts';
import type { CampaignSummary, NightRun } from '../../harness/campaign/summary.ts';
import { counted, duration } from '../format.ts';
import { fence, inline } from '../markdown-text.ts';
import { costText, listed, reproducedText, stateWord } from './text.ts';

/** What a job summary may be long: a fourth of what GitHub takes. */
export const SUMMARY_BYTES = 256 * 1024;

/** The document, at most so many bytes of UTF-8. */
export function campaignMarkdown(summary: CampaignSummary, maxBytes = SUMMARY_BYTES): string {
  const head = headPart(summary);
  const tail = tailPart(summary);
  const rows = summary.runs.filter(({ verdict }) => verdict !== 'pass').map((run) => rowPart(run, summary));
  let left = maxBytes - bytes(head) - bytes(tail) - 200;
  const shown: string[] = [];
  for (const row of rows) {
    left -= bytes(row) + 1;
    if (left < 0) break;
    shown.push(row);
  }
  const more = rows.length - shown.length;
  const note = more > 0 ? `\n${more} more are in summary.json.\n` : '';
  const text = [head, ...shown, note, tail].join('\n');
  // What is always there may itself be too long: hundreds of notes, say.
  return bytes(text) <= maxBytes
    ? text
    : `${head.slice(0, Math.floor(maxBytes / 4) - 40)}\n\nThe rest is in summary.json.\n`;
}

function headPart(summary: CampaignSummary): string {
  const { name, verdict, sentence, commit, counts, elapsedMs, budgetMs, shards } = summary;
  const budget = budgetMs === null ? '' : ` of ${duration(budgetMs * 1e6)} budget`;
  const parts = shards.length > 1 ? `, ${shards.length} shards` : '';
  return [
    `## ${inline(name)}: ${verdict.toUpperCase()}`,
    '',
    inline(clip(sentence)),
    '',
    `${inline(commit ?? 'no commit')}, ${duration(elapsedMs * 1e6)}${budget}${parts}. ${costText(summary)}.`,
    '',
    '| fail | broken | unknown | vacuous | pass |',
    '| ---: | ---: | ---: | ---: | ---: |',
    `| ${counts.fail} | ${counts.broken} | ${counts.unknown} | ${counts.vacuous} | ${counts.pass} |`,
    '',
  ].join('\n');
}

function rowPart(run: NightRun, { scenarios }: CampaignSummary): string {
  const scenario = scenarios.find(({ name }) => name === run.scenario);
  const { state, said } =
    scenario === undefined ? { state: 'plain' as const, said: '' } : stateOfRun(run, scenario);
  const more = [stateWord(state), reproducedText(run), said].filter((word) => word !== '');
  return [
    `### ${run.verdict.toUpperCase()} ${inline(run.scenario)}${run.seed === null ? '' : `, seed ${run.seed}`}`,
    '',
    inline(clip(run.sentence)),
    ...(more.length > 0 ? ['', inline(more.join('; '))] : []),
    '',
    ...fence([run.repro]),
    '',
  ].join('\n');
}

function tailPart(summary: CampaignSummary): string {
  const { scenarios, canaries, twice, flaky, skipped, notes } = summary;
  const fixed = scenarios.filter(({ state }) => state === 'fixed').map(({ name }) => name);
  const slower = scenarios.filter(({ state }) => state === 'slower' || state === 'fewer-operations');
  const lines = [
    `Canaries: ${canaries.caught} of ${counted(canaries.planned, 'known bug')} caught${canaries.missed.length > 0 ? `; missed: ${listed(canaries.missed)}` : ''}.`,
    ...(twice.compared > 0
      ? [`Carried out twice: ${counted(twice.compared, 'run')}, ${twice.different} different.`]
      : []),
    ...(fixed.length > 0 ? [`Fixed: ${listed(fixed, 20)}.`] : []),
    ...slower.slice(0, 10).map(({ name, said }) => `Slower or less: ${name}, ${said}.`),
    ...(flaky.length > 0 ? [`Flaky: ${listed(flaky, 20)}.`] : []),
    ...(skipped.length > 0
      ? [
          `Skipped: ${counted(skipped.length, 'run')}, ${skipped[0]!.because}: ${listed(skipped.map(({ id }) => id))}.`,
        ]
      : []),
    ...notes.slice(0, 10),
  ];
  return `${lines.map((line) => `- ${inline(clip(line))}`).join('\n')}\n`;
}

function clip(text: string): string {
  return text.length <= 1_000 ? text : `${text.slice(0, 999)}…`;
}

function bytes(text: string): number {
  return Buffer.byteLength(text);
}
