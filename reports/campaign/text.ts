/**
 * A night on a terminal: the counts, then what is not a pass, failures first, each with the command that runs it
 * again. Returns lines; who prints them decides how.
 */
import { stateOfRun } from '../../harness/campaign/compare.ts';
import type { CampaignSummary, NightRun } from '../../harness/campaign/summary.ts';
import type { Verdict } from '../../harness/verdict.ts';
import { count, counted, duration } from '../format.ts';
import { GLYPH, type Line, span, TONE } from '../terminal/style.ts';

/** Rows of runs shown; the rest is counted. */
const ROWS = 20;
const VERDICTS: readonly Verdict[] = ['fail', 'broken', 'unknown', 'vacuous', 'pass'];

/** Everything a reader needs in the morning. */
export function nightLines(summary: CampaignSummary): Line[] {
  return [
    headLine(summary),
    [span(`cost       ${costText(summary)}`)],
    [span('runs       '), ...VERDICTS.flatMap((verdict) => countSpans(verdict, summary.counts[verdict]))],
    ...rows(summary),
    ...scenarioLines(summary),
    ...canaryLines(summary),
    ...twiceLine(summary),
    ...(summary.flaky.length > 0 ? [[span(`flaky      ${listed(summary.flaky)}`, 'warn')]] : []),
    ...skippedLines(summary),
    ...summary.notes.map((note) => [span(`note       ${note}`)]),
    [
      span(`${GLYPH[summary.verdict]} ${summary.verdict.toUpperCase()}`, TONE[summary.verdict]),
      span(`  ${summary.sentence}`),
    ],
  ];
}

function headLine({ name, commit, shards, elapsedMs, budgetMs }: CampaignSummary): Line {
  const [first] = shards;
  const shard = shards.length === 1 && first!.of > 1 ? `   shard ${first!.index}/${first!.of}` : '';
  const merged = shards.length > 1 ? `   ${shards.length} shards` : '';
  const budget = budgetMs === null ? '' : ` of ${duration(budgetMs * 1e6)} budget`;
  return [
    span(name, 'strong'),
    span(` ${commit ?? 'no commit'}${shard}${merged}   ${duration(elapsedMs * 1e6)}${budget}`),
  ];
}

/** `12 runs and 1 canary in 13 tries, 24 machine minutes, 3.1 M operations judged, 212 of 215 faults fired`. */
export function costText({ cost, runs }: CampaignSummary): string {
  const minutes = cost.machineMs / 60_000;
  // The counts of verdicts are without them.
  const canaries = runs.filter(({ kind }) => kind === 'canary').length;
  const also = canaries === 0 ? '' : ` and ${counted(canaries, 'canary', 'canaries')}`;
  return [
    `${counted(runs.length - canaries, 'run')}${also} in ${counted(cost.attempts, 'try', 'tries')}`,
    `${minutes < 10 ? minutes.toFixed(1) : count(minutes)} machine minutes`,
    `${count(cost.operations)} operations judged`,
    `${count(cost.faultsFired)} of ${counted(cost.faultsPlanned, 'fault')} fired`,
  ].join(', ');
}

function countSpans(verdict: Verdict, value: number): Line {
  return [span(`${GLYPH[verdict]} ${value} ${verdict}   `, value === 0 ? 'dim' : TONE[verdict])];
}

function rows({ runs, scenarios }: CampaignSummary): Line[] {
  const shown = runs.filter(({ verdict, kind, canary }) =>
    kind === 'canary' ? canary?.caught !== true : verdict !== 'pass',
  );
  const lines = shown.slice(0, ROWS).flatMap((run) => {
    const scenario = scenarios.find(({ name }) => name === run.scenario);
    return rowLines(run, scenario === undefined ? '' : stateWord(stateOfRun(run, scenario).state));
  });
  const more = shown.length - ROWS;
  return more > 0 ? [...lines, [span(`   and ${more} more`)]] : lines;
}

function rowLines(run: NightRun, state: string): Line[] {
  const head = [run.scenario, run.seed === null ? '' : `seed ${run.seed}`, state, reproducedText(run)];
  return [
    [
      span(`${GLYPH[run.verdict]} `, TONE[run.verdict]),
      span(head.filter((word) => word !== '').join('   '), 'strong'),
    ],
    [span(`  ${run.sentence}`)],
    [span(`  ${run.repro}`, 'dim')],
  ];
}

/** `3 of 4 reproduce`, `1 of 1 reproduce, 3 tries skipped: budget`; empty for what did not fail. */
export function reproducedText({ reproduced }: Pick<NightRun, 'reproduced'>): string {
  if (reproduced === null) return '';
  const { failed, of, skipped } = reproduced;
  const less =
    skipped === null ? '' : `, ${counted(skipped.tries, 'try', 'tries')} skipped: ${skipped.because}`;
  return `${failed} of ${of} reproduce${less}`;
}

/** A state of a scenario in words. */
export function stateWord(state: CampaignSummary['scenarios'][number]['state']): string {
  const words = {
    new: 'new',
    still: 'still failing',
    fixed: 'fixed',
    unproved: 'not seen again',
    'new-unknown': 'new unknown',
    'new-broken': 'newly broken',
    slower: 'slower',
    'fewer-operations': 'fewer operations',
    plain: '',
  } as const;
  return words[state];
}

/** What changed and does not show among the failures. */
function scenarioLines({ scenarios }: CampaignSummary): Line[] {
  const told = ['fixed', 'unproved', 'slower', 'fewer-operations'];
  return scenarios
    .filter(({ state }) => told.includes(state))
    .map(({ name, state, said }) => [
      span(`${stateWord(state).padEnd(10)} `, state === 'fixed' ? 'good' : 'warn'),
      span(`${name}: ${said}`),
    ]);
}

function canaryLines({ canaries }: CampaignSummary): Line[] {
  const { planned, caught, missed, without } = canaries;
  if (planned === 0 && without.length === 0) return [[span('canary     none', 'warn')]];
  const bad = caught < planned;
  const text = `canary     ${caught} of ${counted(planned, 'known bug')} caught`;
  const lines: Line[] = [[span(text, bad ? 'bad' : 'plain')]];
  if (missed.length > 0) lines.push([span(`           missed: ${listed(missed)}`, 'bad')]);
  if (without.length > 0) lines.push([span(`           without a canary: ${listed(without)}`, 'dim')]);
  return lines;
}

function twiceLine({ twice }: CampaignSummary): Line[] {
  if (twice.compared === 0) return [];
  const different = twice.different > 0;
  const text = `twice      ${counted(twice.compared, 'deterministic run')} carried out twice, ${twice.different} different`;
  return [[span(text, different ? 'bad' : 'plain')]];
}

function skippedLines({ skipped, leftOut }: CampaignSummary): Line[] {
  const lines: Line[] = [];
  if (skipped.length > 0) {
    const shown = listed(skipped.map(({ id }) => id));
    lines.push([
      span(`skipped    ${counted(skipped.length, 'run')}, ${skipped[0]!.because}: ${shown}`, 'warn'),
    ]);
  }
  if (leftOut.length > 0) {
    const reasons = [...new Set(leftOut.map(({ because }) => because))];
    lines.push([span(`left out   ${counted(leftOut.length, 'cell')}: ${listed(reasons)}`, 'dim')]);
  }
  return lines;
}

/** The first few, and how many more. */
export function listed(items: readonly string[], most = 5): string {
  const more = items.length - most;
  return `${items.slice(0, most).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
