/**
 * Annotations for GitHub: workflow commands on standard output that show up on the page of the job and beside the
 * line of the campaign. Few, one for each class of anomaly, and nothing a run said can become a command.
 */
import { stateOfRun } from '../../harness/campaign/compare.ts';
import type { CampaignSummary, NightRun } from '../../harness/campaign/summary.ts';
import { reproducedText, stateWord } from './text.ts';

/** GitHub shows about ten of a kind for each step; the rest would be lost silently. */
export const MOST_ANNOTATIONS = 8;

/** Workflow commands, one a line. `lineOf` finds the line of the campaign file that declares a scenario. */
export function annotations(summary: CampaignSummary, lineOf: (scenario: string) => number | null): string[] {
  const classes = new Map<string, NightRun[]>();
  for (const run of summary.runs) {
    if (run.verdict === 'pass') continue;
    const name = classOf(run);
    classes.set(name, [...(classes.get(name) ?? []), run]);
  }
  const all = [...classes];
  const shown = all.slice(0, all.length > MOST_ANNOTATIONS ? MOST_ANNOTATIONS - 1 : MOST_ANNOTATIONS);
  const lines = shown.map(([name, runs]) => command(name, runs, summary, lineOf));
  const more = all.length - shown.length;
  if (more > 0)
    lines.push(`::warning title=faultline::${data(`${more} more classes of failures are in the summary`)}`);
  return lines;
}

/** Runs that fail alike: the class of what was found, or how it ended. */
function classOf({ verdict, kinds, canary, twice }: NightRun): string {
  if (canary !== null) return 'canary';
  if (twice === 'different') return 'not deterministic';
  return verdict === 'fail' ? (kinds[0] ?? 'fail') : verdict;
}

function command(
  name: string,
  runs: readonly NightRun[],
  { file, scenarios }: CampaignSummary,
  lineOf: (scenario: string) => number | null,
): string {
  const [first] = runs;
  const { verdict, scenario, sentence, repro } = first!;
  const level = verdict === 'fail' || verdict === 'broken' ? 'error' : 'warning';
  const own = scenarios.find((one) => one.name === scenario);
  const state = own === undefined ? '' : stateWord(stateOfRun(first!, own).state);
  const more = runs.length > 1 ? ` (and ${runs.length - 1} more)` : '';
  const what = verdict === name ? verdict : `${verdict} ${name}`;
  const title = [what, scenario, state].filter((word) => word !== '').join(', ');
  const line = lineOf(scenario);
  const where = `file=${property(file)}${line === null ? '' : `,line=${line}`}`;
  const text = [sentence + more, reproducedText(first!), repro].filter((part) => part !== '').join('\n');
  return `::${level} ${where},title=${property(title)}::${data(text)}`;
}

/** The value of a property of a workflow command. */
function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** The message of a workflow command: on one line, and no command of its own. */
function data(text: string): string {
  return text
    .slice(0, 2_000)
    .replaceAll('%', '%25')
    .replaceAll('\r', '%0D')
    .replaceAll('\n', '%0A')
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
}
